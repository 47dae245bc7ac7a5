//! A queue is emptied at closing time, or closed for good, also while it is full.

mod scene;

use acd::{
    AgentState, Arrival, Command, ContactId, DismissReason, Event, QueueId, RefusalCode,
    Relaxation, RescindReason,
};
use scene::*;

fn empty(queue: u32, to: Option<u32>) -> Command {
    Command::QueueEmpty {
        queue: QueueId(queue),
        to: to.map(QueueId),
    }
}

fn close(queue: u32, to: Option<u32>) -> Command {
    Command::QueueClose {
        queue: QueueId(queue),
        to: to.map(QueueId),
    }
}

fn moved(contact: u64, queue: u32) -> Event {
    Event::ContactMoved {
        contact: ContactId(contact),
        queue: QueueId(queue),
    }
}

fn dismissed(contact: u64, queue: u32, reason: DismissReason) -> Event {
    Event::ContactDismissed {
        contact: ContactId(contact),
        queue: QueueId(queue),
        reason,
    }
}

#[test]
fn who_waits_goes_to_the_other_queue_and_keeps_the_place() {
    let mut scene = Scene::new();
    for (contact, queue) in [(1, 2), (2, 1), (3, 2), (4, 1)] {
        scene.wait(contact, queue, 0);
    }
    assert_eq!(scene.does(empty(1, Some(2))), [moved(2, 2), moved(4, 2)]);
    assert_eq!(
        (scene.waiting(1), scene.waiting(2)),
        (vec![], vec![1, 2, 3, 4])
    );
}

#[test]
fn emptied_without_another_queue_sends_everybody_away_but_who_is_called_back() {
    let mut scene = Scene::new();
    for contact in [1, 2, 3] {
        scene.wait(contact, 1, 0);
    }
    let until_us = scene.now_us;
    let contact = ContactId(2);
    assert_eq!(scene.does(Command::Defer { contact, until_us }), []);
    let reason = DismissReason::QueueEmptied;
    let told = [dismissed(1, 1, reason), dismissed(3, 1, reason)];
    assert_eq!(scene.does(empty(1, None)), told);
    assert_eq!(scene.waiting(1), [2]);
}

#[test]
fn closed_while_full_with_an_offer_that_rings_and_a_call() {
    let mut scene = Scene::new();
    scene.open(1, WRAP_UP_US, 2);
    scene.ready(1, &[1]);
    scene.call(1, 1);
    scene.ready(2, &[1, 2]);
    let (agent, epoch) = offer_in(&scene.does(enqueue(2, 1)), 2);
    scene.wait(3, 1, 0);
    scene.wait(4, 1, 9);
    assert_eq!(scene.refuses(enqueue(5, 1)), RefusalCode::QueueFull);
    scene.ready(3, &[2]);
    let events = scene.does(close(1, Some(2)));
    assert_eq!(
        events[..4],
        [moved(4, 2), moved(1, 2), moved(2, 2), moved(3, 2)]
    );
    assert_eq!(offers(&events), [(4, 3)]);
    assert_eq!(scene.machine().snapshot().queues.len(), 1);
    // The offer rings on and the call goes on, now in queue 2.
    scene.does(accept(2, agent, epoch));
    scene.does(connect(2));
    scene.does(complete(1));
    assert_eq!(scene.refuses(enqueue(6, 1)), RefusalCode::UnknownQueue);
}

#[test]
fn closed_without_an_heir_ends_offers_and_frees_their_agents() {
    let mut scene = Scene::new();
    let since_us = scene.ready(1, &[1, 2]);
    scene.does(enqueue(1, 1));
    scene.wait(2, 1, 0);
    scene.wait(3, 2, 0);
    let reason = DismissReason::QueueClosed;
    let events = scene.does(close(1, None));
    let told = [
        rescinded((1, 1, 1), RescindReason::QueueClosed),
        dismissed(1, 1, reason),
        dismissed(2, 1, reason),
        state(1, AgentState::Ready, None, since_us),
    ];
    assert_eq!(events[..4], told);
    assert_eq!(offers(&events), [(3, 1)]);
}

#[test]
fn a_call_wants_an_heir() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(1, 1);
    scene.wait(2, 1, 0);
    assert_eq!(scene.refuses(close(1, None)), RefusalCode::WrongState);
    assert_eq!(scene.waiting(1), [2]);
}

#[test]
fn steps_that_lead_to_a_closed_queue_lead_to_its_heir() {
    for (heir, ends_in) in [(Some(3), 3), (None, 2)] {
        let mut scene = Scene::new();
        scene.open(3, 0, 10);
        let step = |after_us, queue: Option<u32>| Relaxation {
            after_us,
            requires: vec![],
            queue: queue.map(QueueId),
        };
        scene.does(Command::Enqueue(Arrival {
            arrived_us: scene.now_us,
            relax: vec![step(10, Some(1)), step(20, None)],
            ..arrival(1, 2)
        }));
        scene.does(close(1, heir));
        for step in [1, 2] {
            let told = Event::ContactRelaxed {
                contact: ContactId(1),
                queue: QueueId(ends_in),
                step,
            };
            assert_eq!(scene.next_timer(), [told]);
        }
    }
}

#[test]
fn a_closed_queue_can_be_opened_again() {
    let mut scene = Scene::new();
    scene.sign_in(1, &[1, 2]);
    scene.wait(1, 1, 0);
    scene.does(close(1, Some(2)));
    scene.open(1, 0, 10);
    scene.does(ready(1));
    scene.wait(2, 1, 0); // its former agents have to be assigned again
}

#[test]
fn heirs_that_cannot_be_are_refused() {
    let mut scene = Scene::new();
    for command in [empty, close] {
        assert_eq!(scene.refuses(command(9, None)), RefusalCode::UnknownQueue);
        assert_eq!(
            scene.refuses(command(1, Some(9))),
            RefusalCode::UnknownQueue
        );
        assert_eq!(scene.refuses(command(1, Some(1))), RefusalCode::Invalid);
    }
}

#[test]
fn a_hundred_thousand_move_in_order() {
    let mut scene = Scene::new();
    let many = 100_000;
    for queue in [1, 2] {
        scene.open(queue, 0, many);
    }
    for contact in 1..=u64::from(many) {
        scene.wait(contact, 1, u8::try_from(contact % 3).expect("small"));
    }
    let before = scene.waiting(1);
    let ready: Vec<u32> = (1..=10).collect();
    for agent in &ready {
        scene.ready(*agent, &[2]);
    }
    let offered: Vec<u64> = offers(&scene.does(close(1, Some(2))))
        .into_iter()
        .map(|(contact, _)| contact)
        .collect();
    assert_eq!(offered, before[..ready.len()]);
    assert_eq!(
        scene.machine().snapshot().queues[0].waiting,
        before[ready.len()..]
            .iter()
            .copied()
            .map(ContactId)
            .collect::<Vec<_>>()
    );
}
