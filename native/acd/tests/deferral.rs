//! Customers who are called back: at once, or at the time they asked for.

mod scene;

use acd::{
    AbandonPhase, AfterMaxWait, Arrival, Command, ContactId, Event, MaxWait, QueueId, RefusalCode,
};
use scene::*;

const LATER_US: i64 = 5_000_000;

fn defer(contact: u64, until_us: i64) -> Command {
    Command::Defer {
        contact: ContactId(contact),
        until_us,
    }
}

fn deferred(contact: u64, until_us: i64) -> Event {
    Event::ContactDeferred {
        contact: ContactId(contact),
        queue: QueueId(1),
        until_us,
    }
}

fn due(contact: u64) -> Event {
    Event::ContactDue {
        contact: ContactId(contact),
        queue: QueueId(1),
    }
}

#[test]
fn it_is_out_of_line_and_then_takes_its_old_place() {
    let mut scene = Scene::new();
    for contact in [1, 2, 3] {
        scene.wait(contact, 1, 0);
    }
    let until_us = scene.now_us + LATER_US;
    assert_eq!(scene.does(defer(2, until_us)), [deferred(2, until_us)]);
    assert_eq!(scene.waiting(1), [1, 3]);
    assert_eq!(scene.timers(until_us - 1), []);
    assert_eq!(scene.timers(until_us), [due(2)]);
    assert_eq!(scene.waiting(1), [1, 2, 3]);
}

#[test]
fn it_is_offered_when_it_falls_due_and_not_before() {
    let mut scene = Scene::new();
    scene.wait(1, 1, 0);
    let until_us = scene.now_us + LATER_US;
    scene.does(defer(1, until_us));
    scene.ready(1, &[1]);
    let events = scene.timers(until_us);
    assert_eq!((events[0].clone(), offers(&events)), (due(1), vec![(1, 1)]));
}

#[test]
fn the_time_can_be_changed_and_taken_back() {
    let mut scene = Scene::new();
    scene.wait(1, 1, 0);
    let start_us = scene.now_us;
    scene.does(defer(1, start_us + LATER_US));
    let sooner_us = start_us + 10;
    assert_eq!(scene.does(defer(1, sooner_us)), [deferred(1, sooner_us)]);
    assert_eq!(scene.machine().poll_timeout(), Some(sooner_us));
    assert_eq!(scene.does(defer(1, start_us)), [due(1)]);
    assert_eq!(scene.machine().poll_timeout(), None);
}

#[test]
fn who_is_called_back_at_once_stays_in_line_without_a_maximum_wait() {
    let mut scene = Scene::new();
    let arrived_us = scene.now_us;
    scene.does(Command::Enqueue(Arrival {
        arrived_us,
        max_wait: Some(MaxWait {
            after_us: 10,
            then: AfterMaxWait::Leave,
        }),
        ..arrival(1, 1)
    }));
    assert_eq!(scene.does(defer(1, arrived_us)), []);
    assert_eq!(
        (scene.waiting(1), scene.machine().poll_timeout()),
        (vec![1], None)
    );
}

#[test]
fn it_may_arrive_deferred_also_where_the_queue_is_full() {
    let mut scene = Scene::new();
    scene.open(1, 0, 0);
    let until_us = scene.now_us + LATER_US;
    let events = scene.does(Command::Enqueue(Arrival {
        arrived_us: scene.now_us,
        not_before_us: Some(until_us),
        ..arrival(1, 1)
    }));
    assert_eq!(events[1], deferred(1, until_us));
    assert_eq!(scene.next_timer(), [due(1)]);
    assert_eq!(scene.waiting(1), [1]);
}

#[test]
fn the_customer_may_still_leave() {
    let mut scene = Scene::new();
    scene.wait(1, 1, 0);
    scene.does(defer(1, scene.now_us + LATER_US));
    let told = Event::ContactAbandoned {
        contact: ContactId(1),
        queue: QueueId(1),
        phase: AbandonPhase::Deferred,
    };
    assert_eq!(scene.does(abandon(1)), [told]);
    assert_eq!(scene.machine().poll_timeout(), None);
}

#[test]
fn not_while_an_agent_has_it() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    let (agent, epoch) = offer_in(&scene.does(enqueue(1, 1)), 1);
    let now_us = scene.now_us;
    assert_eq!(scene.refuses(defer(1, now_us + 1)), RefusalCode::WrongState);
    assert_eq!(scene.does(defer(1, now_us)), []); // it rings on
    scene.does(accept(1, agent, epoch));
    assert_eq!(scene.refuses(defer(1, now_us)), RefusalCode::WrongState);
    assert_eq!(scene.refuses(defer(9, now_us)), RefusalCode::UnknownContact);
    let far_us = now_us + acd::DURATION_US_MAX + 1;
    assert_eq!(scene.refuses(defer(1, far_us)), RefusalCode::Invalid);
}

#[test]
fn no_queue_is_too_full_for_who_does_not_hold_the_line() {
    let mut scene = Scene::new();
    scene.open(1, 0, 0);
    let called_back = |not_before_us| {
        Command::Enqueue(Arrival {
            not_before_us,
            ..arrival(1, 1)
        })
    };
    assert_eq!(scene.refuses(called_back(None)), RefusalCode::QueueFull);
    scene.does(called_back(Some(scene.now_us)));
    assert_eq!(scene.waiting(1), [1]);
}
