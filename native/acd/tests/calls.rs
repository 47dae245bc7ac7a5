//! A call: connected, completed, put back after a restart.

mod scene;

use acd::{
    AgentId, AgentState, Command, ContactId, Event, NotReadyReason, RefusalCode, RequeueReason,
};
use scene::*;

fn restore(contact: u64, agent: u32, connected_us: Option<i64>) -> Command {
    Command::RestoreConnected {
        agent: AgentId(agent),
        connected_us,
        arrival: arrival(contact, 1),
    }
}

#[test]
fn talk_is_measured_from_the_connection() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    scene.does(accept(7, 1, 1));
    scene.now_us += 100;
    let told = [Event::ContactConnected {
        contact: ContactId(7),
        agent: AgentId(1),
    }];
    assert_eq!(scene.does(connect(7)), told);
    assert_eq!(scene.refuses(connect(7)), RefusalCode::WrongState);
    scene.now_us += 2_500;
    let told = [
        Event::ContactCompleted {
            contact: ContactId(7),
            agent: AgentId(1),
            talk_us: 2_500,
        },
        Event::WrapUpStarted {
            agent: AgentId(1),
            contact: ContactId(7),
            ends_us: scene.now_us + WRAP_UP_US,
        },
        state(1, AgentState::WrapUp, None, scene.now_us),
    ];
    assert_eq!(scene.does(complete(7)), told);
    assert_eq!(scene.refuses(complete(7)), RefusalCode::UnknownContact);
}

#[test]
fn a_hang_up_before_the_connection_is_no_talk() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    scene.does(accept(7, 1, 1));
    scene.now_us += 100;
    let events = scene.does(complete(7));
    assert!(matches!(
        events[0],
        Event::ContactCompleted { talk_us: 0, .. }
    ));
}

#[test]
fn commands_that_do_not_fit_the_contacts_state_are_refused() {
    let mut scene = Scene::new();
    let wrong = RefusalCode::WrongState;
    scene.wait(7, 1, 0);
    assert_eq!(scene.refuses(connect(7)), wrong);
    assert_eq!(scene.refuses(complete(7)), wrong);
    scene.ready(1, &[1]);
    assert_eq!(scene.refuses(connect(7)), wrong, "on offer");
    assert_eq!(scene.refuses(complete(7)), wrong, "on offer");
    scene.does(accept(7, 1, 1));
    assert_eq!(scene.refuses(abandon(7)), wrong, "accepted");
    assert_eq!(
        scene.refuses(wrap_up_done(1, 7)),
        wrong,
        "still in the call"
    );
    scene.does(complete(7));
    assert_eq!(scene.refuses(wrap_up_done(1, 8)), wrong, "another contact");
    for command in [abandon(9), connect(9), complete(9)] {
        assert_eq!(scene.refuses(command), RefusalCode::UnknownContact);
    }
}

#[test]
fn a_restored_call_goes_on_where_it_was() {
    let mut scene = Scene::new();
    scene.sign_in(1, &[1]);
    scene.now_us += HEARTBEAT_US - 1;
    let told = [state(1, AgentState::Busy, None, scene.now_us)];
    let connected_us = scene.now_us - 50;
    assert_eq!(scene.does(restore(7, 1, Some(connected_us))), told);
    let lost_us = scene.now_us + HEARTBEAT_US;
    assert_eq!(scene.machine().poll_timeout(), Some(lost_us), "afresh");
    scene.now_us += 10;
    assert!(matches!(
        scene.does(complete(7))[0],
        Event::ContactCompleted { talk_us: 60, .. }
    ));
}

#[test]
fn a_restored_call_whose_agent_never_returns_is_requeued_in_its_old_place() {
    let mut scene = Scene::new();
    scene.sign_in(1, &[1]);
    scene.does(restore(7, 1, None));
    scene.wait(8, 1, 0);
    scene.wait(6, 1, 0);
    let events = scene.next_timer();
    assert_eq!(events[0], requeued(7, 1, RequeueReason::AgentLost));
    assert_eq!(scene.waiting(1), [6, 7, 8]);
}

#[test]
fn a_restored_agent_is_out_of_the_ready_order() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(restore(7, 1, None));
    scene.wait(8, 1, 0);
    assert_eq!(
        scene.refuses(accept(7, 1, 0)),
        RefusalCode::StaleReservation
    );
}

#[test]
fn a_call_is_restored_only_to_an_agent_without_an_offer() {
    let mut scene = Scene::new();
    assert_eq!(
        scene.refuses(restore(7, 1, None)),
        RefusalCode::UnknownAgent
    );
    scene.ready(1, &[1]);
    scene.does(enqueue(8, 1));
    assert_eq!(scene.refuses(restore(7, 1, None)), RefusalCode::WrongState);
    assert_eq!(
        scene.refuses(restore(8, 1, None)),
        RefusalCode::DuplicateContact
    );
    scene.does(reject(8, 1, 1));
    scene.does(not_ready(1, NotReadyReason::Break));
    scene.does(restore(7, 1, None));
    // One more than the agent's capacity: a call that runs is never taken away.
    scene.does(restore(9, 1, None));
}
