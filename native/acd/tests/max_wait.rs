//! Waits that are too long, to the microsecond.

mod scene;

use acd::{
    AfterMaxWait, Arrival, Command, ContactId, DismissReason, Event, MaxWait, QueueId, RefusalCode,
};
use scene::*;

const MOST_US: i64 = 5_000_000;

fn impatient(contact: u64, arrived_us: i64, after_us: i64, then: AfterMaxWait) -> Command {
    Command::Enqueue(Arrival {
        arrived_us,
        max_wait: Some(MaxWait { after_us, then }),
        ..arrival(contact, 1)
    })
}

fn leaving(scene: &mut Scene) -> Vec<Event> {
    scene.does(impatient(1, scene.now_us, MOST_US, AfterMaxWait::Leave))
}

fn dismissed() -> Event {
    Event::ContactDismissed {
        contact: ContactId(1),
        queue: QueueId(1),
        reason: DismissReason::MaxWait,
    }
}

#[test]
fn it_leaves_at_the_very_moment() {
    let mut scene = Scene::new();
    let start_us = scene.now_us;
    leaving(&mut scene);
    assert_eq!(scene.timers(start_us + MOST_US - 1), []);
    assert_eq!(scene.timers(start_us + MOST_US), [dismissed()]);
    assert_eq!(scene.refuses(abandon(1)), RefusalCode::UnknownContact);
}

#[test]
fn it_stays_and_is_told_once() {
    let mut scene = Scene::new();
    scene.does(impatient(1, scene.now_us, MOST_US, AfterMaxWait::Stay));
    let (contact, queue) = (ContactId(1), QueueId(1));
    assert_eq!(
        scene.next_timer(),
        [Event::ContactOverdue { contact, queue }]
    );
    assert_eq!(
        (scene.waiting(1), scene.machine().poll_timeout()),
        (vec![1], None)
    );
}

#[test]
fn an_offer_rings_on_and_may_be_accepted() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    let (agent, epoch) = offer_in(&leaving(&mut scene), 1);
    assert_eq!(scene.next_timer(), []);
    scene.does(accept(1, agent, epoch));
    scene.does(connect(1));
}

#[test]
fn who_comes_back_from_the_offer_is_too_late() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.ready(2, &[1]);
    let (agent, epoch) = offer_in(&leaving(&mut scene), 1);
    scene.next_timer();
    let events = scene.does(reject(1, agent, epoch));
    assert_eq!(events.last(), Some(&dismissed()));
}

#[test]
fn whoever_was_accepted_is_never_sent_away() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    let (agent, epoch) = offer_in(&leaving(&mut scene), 1);
    scene.does(accept(1, agent, epoch));
    scene.timers(scene.now_us + HEARTBEAT_US); // the agent is lost
    assert_eq!(
        (scene.waiting(1), scene.machine().poll_timeout()),
        (vec![1], None)
    );
}

#[test]
fn the_past_counts_after_a_restart() {
    let mut scene = Scene::new();
    let long_ago_us = scene.now_us - MOST_US;
    scene.does(impatient(1, long_ago_us, MOST_US, AfterMaxWait::Leave));
    assert_eq!(scene.timers(scene.now_us), [dismissed()]);
}

#[test]
fn no_time_at_all_is_refused() {
    let mut scene = Scene::new();
    for after_us in [0, -1, acd::DURATION_US_MAX + 1] {
        let command = impatient(1, scene.now_us, after_us, AfterMaxWait::Stay);
        assert_eq!(scene.refuses(command), RefusalCode::Invalid);
    }
}
