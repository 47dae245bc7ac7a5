//! An offer: taken, declined, missed, taken back; and answers that come too late.

mod scene;

use acd::{
    AbandonPhase, AgentId, AgentState, ContactId, Epoch, Event, NotReadyReason, QueueId,
    RefusalCode, RequeueReason, RescindReason,
};
use scene::*;

#[test]
fn accepted() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    scene.now_us += 5;
    let told = [
        Event::ReservationAccepted {
            contact: ContactId(7),
            agent: AgentId(1),
            epoch: Epoch(1),
        },
        state(1, AgentState::Busy, None, scene.now_us),
    ];
    assert_eq!(scene.does(accept(7, 1, 1)), told);
}

#[test]
fn rejected_goes_at_once_to_the_next_agent() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    let next_us = scene.ready(2, &[1]);
    scene.does(enqueue(7, 1));
    let now_us = scene.now_us;
    let told = [
        Event::ReservationRejected {
            contact: ContactId(7),
            agent: AgentId(1),
            epoch: Epoch(1),
        },
        requeued(7, 1, RequeueReason::Rejected),
        state(
            1,
            AgentState::NotReady,
            Some(NotReadyReason::RejectedOffer),
            now_us,
        ),
        created(
            (7, 2, 2),
            now_us + OFFER_TIMEOUT_US,
            (1, next_us, now_us - 7),
        ),
        state(2, AgentState::Reserved, None, now_us),
    ];
    assert_eq!(scene.does(reject(7, 1, 1)), told);
}

#[test]
fn missed_returns_to_its_old_place_and_the_agent_goes_not_ready() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    scene.wait(8, 1, 0);
    scene.wait(6, 1, 0);
    scene.wait(9, 1, 1);
    let due_us = scene.now_us + OFFER_TIMEOUT_US;
    assert_eq!(scene.timers(due_us - 1), []);
    let told = [
        Event::ReservationTimedOut {
            contact: ContactId(7),
            agent: AgentId(1),
            epoch: Epoch(1),
        },
        requeued(7, 1, RequeueReason::TimedOut),
        state(
            1,
            AgentState::NotReady,
            Some(NotReadyReason::MissedOffer),
            due_us,
        ),
    ];
    assert_eq!(scene.timers(due_us), told);
    assert_eq!(scene.waiting(1), [9, 6, 7, 8]);
}

#[test]
fn a_late_driver_still_stamps_the_time_at_which_it_was_due() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    let due_us = scene.now_us + OFFER_TIMEOUT_US;
    let events = scene.timers(due_us + 3_000);
    let missed = Some(NotReadyReason::MissedOffer);
    let told = state(1, AgentState::NotReady, missed, due_us);
    assert_eq!(events.last(), Some(&told));
}

#[test]
fn an_answer_at_the_very_end_is_too_late() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    scene.now_us += OFFER_TIMEOUT_US;
    // The command brings the timer's events with it, before its own.
    let events = scene.apply(accept(7, 1, 1));
    assert!(matches!(
        events[..],
        [Event::Refused {
            code: RefusalCode::StaleReservation,
            ..
        }]
    ));
}

#[test]
fn abandoned_gives_the_agent_their_old_place_back() {
    let mut scene = Scene::new();
    let idle_us = scene.ready(1, &[1]);
    scene.ready(2, &[1]);
    scene.does(enqueue(7, 1));
    scene.now_us += 1_000;
    let told = [
        rescinded((7, 1, 1), RescindReason::Abandoned),
        Event::ContactAbandoned {
            contact: ContactId(7),
            queue: QueueId(1),
            phase: AbandonPhase::Offered,
        },
        state(1, AgentState::Ready, None, idle_us),
    ];
    assert_eq!(scene.does(abandon(7)), told);
    assert_eq!(offers(&scene.does(enqueue(8, 1))), [(8, 1)]);
}

#[test]
fn abandoned_lets_the_agent_take_the_next_contact_at_once() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    scene.wait(8, 1, 0);
    assert_eq!(offers(&scene.does(abandon(7))), [(8, 1)]);
}

#[test]
fn abandoned_while_waiting() {
    let mut scene = Scene::new();
    scene.wait(7, 1, 0);
    let told = [Event::ContactAbandoned {
        contact: ContactId(7),
        queue: QueueId(1),
        phase: AbandonPhase::Waiting,
    }];
    assert_eq!(scene.does(abandon(7)), told);
    assert!(scene.waiting(1).is_empty());
    scene.sign_in(1, &[1]);
    assert_eq!(offers(&scene.does(ready(1))), []);
}

#[test]
fn taken_back_when_the_agent_goes_not_ready() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    let at_break = Some(NotReadyReason::Break);
    let told = [
        rescinded((7, 1, 1), RescindReason::AgentNotReady),
        requeued(7, 1, RequeueReason::AgentNotReady),
        state(1, AgentState::NotReady, at_break, scene.now_us),
    ];
    assert_eq!(scene.does(not_ready(1, NotReadyReason::Break)), told);
    assert_eq!(scene.waiting(1), [7]);
    assert_eq!(offers(&scene.does(ready(1))), [(7, 1)]);
}

#[test]
fn taken_back_when_the_agent_signs_out() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.ready(2, &[1]);
    scene.does(enqueue(7, 1));
    let events = scene.does(sign_out(1));
    let told = [
        rescinded((7, 1, 1), RescindReason::AgentSignedOut),
        requeued(7, 1, RequeueReason::AgentSignedOut),
        state(1, AgentState::Offline, None, scene.now_us),
    ];
    assert_eq!(events[..3], told);
    assert_eq!(offers(&events), [(7, 2)]);
}

#[test]
fn taken_back_when_the_agents_page_falls_silent() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.now_us += HEARTBEAT_US - 10;
    scene.does(enqueue(7, 1));
    let due_us = scene.now_us + 10;
    let told = [
        rescinded((7, 1, 1), RescindReason::AgentLost),
        requeued(7, 1, RequeueReason::AgentLost),
        state(1, AgentState::Offline, None, due_us),
    ];
    assert_eq!(scene.timers(due_us), told);
    assert_eq!(scene.machine().poll_timeout(), None, "nothing is left over");
}

#[test]
fn stale_answers_are_refused() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.ready(2, &[1]);
    scene.does(enqueue(7, 1));
    scene.does(reject(7, 1, 1));
    let stale = RefusalCode::StaleReservation;
    assert_eq!(scene.refuses(accept(7, 1, 1)), stale, "it rings elsewhere");
    assert_eq!(
        scene.refuses(accept(7, 2, 1)),
        stale,
        "an earlier offer's number"
    );
    assert_eq!(scene.refuses(reject(7, 2, 1)), stale);
    assert_eq!(
        scene.refuses(accept(7, 2, 3)),
        stale,
        "a number not given yet"
    );
    assert_eq!(scene.refuses(accept(8, 2, 2)), stale, "another contact");
    assert_eq!(scene.refuses(accept(7, 3, 2)), RefusalCode::UnknownAgent);
    scene.does(accept(7, 2, 2));
    assert_eq!(scene.refuses(accept(7, 2, 2)), stale, "twice");
    assert_eq!(
        scene.refuses(reject(7, 2, 2)),
        stale,
        "after the acceptance"
    );
    scene.does(ready(1));
    scene.does(enqueue(9, 1));
    scene.does(abandon(9));
    assert_eq!(
        scene.refuses(accept(9, 1, 3)),
        stale,
        "after the customer left"
    );
}
