//! Who goes first: among contacts, among agents, among queues.

mod scene;

use acd::{Assignment, Capacity, Command, NotReadyReason};
use scene::*;

#[test]
fn contacts_wait_by_priority_then_arrival_then_number() {
    let mut scene = Scene::new();
    for (contact, priority, arrived_us) in
        [(1, 0, 50), (2, 0, 40), (3, 9, 60), (5, 0, 50), (4, 0, 50)]
    {
        scene.does(enqueue_at(contact, 1, priority, arrived_us));
    }
    assert_eq!(scene.waiting(1), [3, 2, 1, 4, 5]);
}

#[test]
fn the_longest_idle_agent_of_the_queue_is_offered() {
    let mut scene = Scene::new();
    let _elsewhere = scene.ready(1, &[2]);
    let longest_us = scene.ready(2, &[1, 2]);
    scene.ready(3, &[1]);
    scene.now_us += 10;
    let now_us = scene.now_us;
    let events = scene.does(enqueue_at(7, 1, 0, now_us - 4));
    let expires_us = now_us + OFFER_TIMEOUT_US;
    assert_eq!(
        events[1],
        created((7, 2, 1), expires_us, (2, longest_us, 4))
    );
    assert_eq!(offers(&events), [(7, 2)]);
}

#[test]
fn of_agents_idle_since_the_same_moment_the_lowest_number_is_offered() {
    let mut scene = Scene::new();
    for agent in [9, 4, 6] {
        scene.sign_in(agent, &[1]);
        scene.does(ready(agent));
    }
    assert_eq!(offers(&scene.does(enqueue(1, 1))), [(1, 4)]);
}

#[test]
fn a_free_agent_takes_the_best_head_over_their_queues() {
    let mut scene = Scene::new();
    scene.open(3, WRAP_UP_US, 100);
    scene.wait(10, 1, 0);
    scene.wait(20, 2, 5);
    scene.wait(5, 3, 9);
    scene.sign_in(1, &[1, 2]);
    assert_eq!(offers(&scene.does(ready(1))), [(20, 1)]);
    scene.sign_in(2, &[1, 2]);
    assert_eq!(offers(&scene.does(ready(2))), [(10, 2)]);
    assert_eq!(scene.waiting(3), [5]);
}

#[test]
fn of_equal_heads_the_earlier_arrival_wins_whatever_its_queue() {
    let mut scene = Scene::new();
    scene.does(enqueue_at(1, 1, 3, 900));
    scene.does(enqueue_at(2, 2, 3, 800));
    scene.sign_in(1, &[1, 2]);
    assert_eq!(offers(&scene.does(ready(1))), [(2, 1)]);
}

#[test]
fn an_arrival_ahead_of_the_clock_has_waited_nothing() {
    let mut scene = Scene::new();
    let idle_us = scene.ready(1, &[1]);
    let events = scene.does(enqueue_at(7, 1, 0, scene.now_us + 500));
    let expires_us = scene.now_us + OFFER_TIMEOUT_US;
    assert_eq!(events[1], created((7, 1, 1), expires_us, (1, idle_us, 0)));
}

#[test]
fn an_agent_without_any_slot_is_never_offered_nor_counted() {
    let mut scene = Scene::new();
    scene.does(Command::AgentSignIn(Assignment {
        capacity: Capacity::NONE,
        ..assignment(1, &[1])
    }));
    scene.does(ready(1));
    assert_eq!(offers(&scene.does(enqueue(1, 1))), []);
    let queue = scene.machine().snapshot().queues.swap_remove(0);
    assert_eq!((queue.ready, queue.staffed), (0, 0));
}

#[test]
fn the_snapshot_counts_offers_and_staff() {
    let mut scene = Scene::new();
    for agent in 1..=5 {
        scene.ready(agent, &[1, 2]);
    }
    scene.does(not_ready(5, NotReadyReason::Break));
    scene.call(1, 1);
    scene.call(2, 1);
    scene.does(complete(2));
    scene.does(enqueue(3, 2));
    let [first, second] = scene.machine().snapshot().queues.try_into().expect("two");
    // One in a call, one in wrap-up, one reserved for queue 2, one ready, one on a break.
    assert_eq!((first.offered, first.ready, first.staffed), (0, 1, 4));
    assert_eq!((second.offered, second.ready, second.staffed), (1, 1, 4));
}
