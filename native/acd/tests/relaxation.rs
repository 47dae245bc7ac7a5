//! What waiting changes: fewer requirements, another queue.

mod scene;

use acd::{
    Arrival, Assignment, Command, ContactId, Event, QueueId, RefusalCode, Relaxation, SkillId,
    SkillLevel,
};
use scene::*;

const SECOND_US: i64 = 1_000_000;

fn german(level: u8) -> Vec<SkillLevel> {
    let skill = SkillId(7);
    vec![SkillLevel { skill, level }]
}

fn step(after_s: i64, requires: Vec<SkillLevel>, queue: Option<u32>) -> Relaxation {
    Relaxation {
        after_us: after_s * SECOND_US,
        requires,
        queue: queue.map(QueueId),
    }
}

/// A contact in queue 1 that requires German at 8, later at 4, later nothing, later any queue 2.
fn choosy(contact: u64, arrived_us: i64) -> Command {
    relaxing(
        contact,
        arrived_us,
        vec![
            step(10, german(4), None),
            step(20, vec![], None),
            step(30, vec![], Some(2)),
        ],
    )
}

fn relaxing(contact: u64, arrived_us: i64, relax: Vec<Relaxation>) -> Command {
    Command::Enqueue(Arrival {
        arrived_us,
        requires: german(8),
        relax,
        ..arrival(contact, 1)
    })
}

/// Heartbeats don't matter here.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let heartbeat_timeout_us = acd::DURATION_US_MAX;
    scene.does(Command::Configure {
        heartbeat_timeout_us,
    });
    scene
}

fn ready_with(scene: &mut Scene, agent: u32, queue: u32, skills: Vec<SkillLevel>) {
    scene.sign_in(agent, &[queue]);
    scene.does(Command::AgentAssign(Assignment {
        skills,
        ..assignment(agent, &[queue])
    }));
    scene.does(ready(agent));
}

fn relaxed(contact: u64, queue: u32, step: u8) -> Event {
    Event::ContactRelaxed {
        contact: ContactId(contact),
        queue: QueueId(queue),
        step,
    }
}

#[test]
fn each_step_finds_the_agents_that_it_lets_in() {
    let mut scene = scene();
    let start_us = scene.now_us;
    ready_with(&mut scene, 1, 1, german(3));
    ready_with(&mut scene, 2, 1, german(4));
    ready_with(&mut scene, 3, 2, vec![]);
    assert_eq!(offers(&scene.does(choosy(1, start_us))), []);
    let events = scene.next_timer();
    assert_eq!(scene.now_us, start_us + 10 * SECOND_US);
    assert_eq!(events[0], relaxed(1, 1, 1));
    assert_eq!(offers(&events), [(1, 2)]);
}

#[test]
fn it_overflows_to_another_queue_and_keeps_its_place() {
    let mut scene = scene();
    let start_us = scene.now_us;
    scene.does(choosy(1, start_us));
    scene.does(enqueue_at(2, 2, 0, start_us + 5));
    for (queue, step) in [(1, 1), (1, 2), (2, 3)] {
        assert_eq!(scene.next_timer(), [relaxed(1, queue, step)]);
    }
    assert_eq!((scene.waiting(1).len(), scene.waiting(2)), (0, vec![1, 2]));
    ready_with(&mut scene, 3, 2, vec![]);
    assert_eq!(scene.waiting(2), [2]);
}

#[test]
fn a_full_queue_takes_who_overflows() {
    let mut scene = scene();
    scene.open(2, WRAP_UP_US, 0);
    scene.does(choosy(1, scene.now_us));
    (0..3).for_each(|_| drop(scene.next_timer()));
    assert_eq!(scene.waiting(2), [1]);
}

#[test]
fn steps_of_the_past_are_taken_on_arrival() {
    let mut scene = scene();
    scene.now_us += 25 * SECOND_US;
    ready_with(&mut scene, 1, 1, vec![]);
    let arrived_us = scene.now_us - 20 * SECOND_US;
    assert_eq!(offers(&scene.does(choosy(1, arrived_us))), [(1, 1)]);
}

#[test]
fn a_step_during_an_offer_holds_when_it_returns() {
    let mut scene = scene();
    let start_us = scene.now_us;
    ready_with(&mut scene, 1, 1, german(8));
    ready_with(&mut scene, 2, 1, german(4));
    let (agent, epoch) = offer_in(&scene.does(choosy(1, start_us)), 1);
    assert_eq!(agent, 1);
    assert_eq!(scene.next_timer(), [relaxed(1, 1, 1)]);
    assert_eq!(offers(&scene.does(reject(1, agent, epoch))), [(1, 2)]);
}

#[test]
fn a_call_takes_no_step_until_its_agent_is_lost() {
    let mut scene = scene();
    let start_us = scene.now_us;
    ready_with(&mut scene, 1, 1, german(8));
    let (agent, epoch) = offer_in(&scene.does(choosy(1, start_us)), 1);
    scene.does(accept(1, agent, epoch));
    scene.does(connect(1));
    ready_with(&mut scene, 2, 2, vec![]);
    scene.now_us = start_us + 35 * SECOND_US;
    assert_eq!(scene.timers(scene.now_us), []);
    scene.does(heartbeat(2));
    scene.does(Command::Configure {
        heartbeat_timeout_us: 30 * SECOND_US,
    });
    let events = scene.timers(scene.now_us);
    assert_eq!(events[1], relaxed(1, 2, 3));
    assert_eq!(offers(&events), [(1, 2)]);
}

#[test]
fn who_leaves_leaves_no_step_behind() {
    let mut scene = scene();
    let quiet = scene.machine().poll_timeout();
    scene.does(choosy(1, scene.now_us));
    scene.does(abandon(1));
    assert_eq!(scene.machine().poll_timeout(), quiet);
}

#[test]
fn steps_that_cannot_be_are_refused() {
    let mut scene = scene();
    let many = (1..=49).map(|at| step(at, vec![], None)).collect();
    let now_us = scene.now_us;
    for relax in [
        vec![step(0, vec![], None)],
        vec![step(5, vec![], None), step(5, vec![], None)],
        vec![step(5, german(11), None)],
        many,
    ] {
        assert_eq!(
            scene.refuses(relaxing(1, now_us, relax)),
            RefusalCode::Invalid
        );
    }
    let elsewhere = relaxing(1, now_us, vec![step(5, vec![], Some(9))]);
    assert_eq!(scene.refuses(elsewhere), RefusalCode::UnknownQueue);
}
