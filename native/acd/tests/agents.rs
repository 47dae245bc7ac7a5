//! Agents come, are ready, wrap up, fall silent and go.

mod scene;

use acd::{
    AgentId, AgentState, Command, ContactId, Event, NotReadyReason, RefusalCode, RequeueReason,
};
use scene::*;

#[test]
fn ready_twice_keeps_the_place() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.ready(2, &[1]);
    scene.now_us += 100;
    assert_eq!(scene.does(ready(1)), []);
    assert_eq!(offers(&scene.does(enqueue(7, 1))), [(7, 1)]);
}

#[test]
fn not_ready_takes_the_agent_out_and_tells_each_new_reason() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    let at_break = Some(NotReadyReason::Break);
    let meeting = Some(NotReadyReason::Meeting);
    let told = [state(1, AgentState::NotReady, at_break, scene.now_us)];
    assert_eq!(scene.does(not_ready(1, NotReadyReason::Break)), told);
    scene.wait(7, 1, 0);
    assert_eq!(scene.does(not_ready(1, NotReadyReason::Break)), []);
    let told = [state(1, AgentState::NotReady, meeting, scene.now_us)];
    assert_eq!(scene.does(not_ready(1, NotReadyReason::Meeting)), told);
}

#[test]
fn not_ready_in_a_call_holds_after_the_wrap_up() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(7, 1);
    scene.wait(8, 1, 0);
    let training = Some(NotReadyReason::Training);
    let told = [state(1, AgentState::Busy, training, scene.now_us)];
    assert_eq!(scene.does(not_ready(1, NotReadyReason::Training)), told);
    scene.does(complete(7));
    let told = [
        Event::WrapUpEnded {
            agent: AgentId(1),
            contact: ContactId(7),
        },
        state(1, AgentState::NotReady, training, scene.now_us),
    ];
    assert_eq!(scene.does(wrap_up_done(1, 7)), told);
    assert_eq!(scene.waiting(1), [8]);
}

#[test]
fn ready_again_during_the_call_takes_that_back() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(7, 1);
    scene.does(not_ready(1, NotReadyReason::Training));
    let told = [state(1, AgentState::Busy, None, scene.now_us)];
    assert_eq!(scene.does(ready(1)), told);
    scene.does(complete(7));
    scene.wait(8, 1, 0);
    assert_eq!(offers(&scene.does(wrap_up_done(1, 7))), [(8, 1)]);
}

#[test]
fn wrap_up_ends_by_itself_and_the_agent_is_idle_from_then() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.ready(2, &[1]);
    scene.call(7, 1);
    scene.does(complete(7));
    let ends_us = scene.now_us + WRAP_UP_US;
    scene.now_us += HEARTBEAT_US - 100;
    while scene.now_us < ends_us {
        scene.does(heartbeat(1));
        scene.does(heartbeat(2));
        scene.now_us += HEARTBEAT_US - 100;
    }
    scene.does(enqueue(8, 1));
    scene.does(abandon(8));
    let events = scene.does(enqueue(9, 1));
    assert_eq!(offers(&events), [(9, 2)], "longer idle than agent 1");
    let events = scene.does(enqueue(10, 1));
    let waited_us = scene.now_us - 10;
    let expires_us = scene.now_us + OFFER_TIMEOUT_US;
    assert_eq!(
        events[1],
        created((10, 1, 4), expires_us, (1, ends_us, waited_us))
    );
}

#[test]
fn a_queue_without_wrap_up_frees_the_agent_at_once() {
    let mut scene = Scene::new();
    scene.open(1, 0, 100);
    scene.ready(1, &[1]);
    scene.call(7, 1);
    scene.wait(8, 1, 0);
    scene.now_us += 40;
    let events = scene.does(complete(7));
    let told = [
        Event::ContactCompleted {
            contact: ContactId(7),
            agent: AgentId(1),
            talk_us: 40,
        },
        state(1, AgentState::Ready, None, scene.now_us),
    ];
    assert_eq!(events[..2], told);
    assert_eq!(offers(&events), [(8, 1)]);
}

#[test]
fn heartbeats_keep_an_agent_and_silence_loses_them() {
    let mut scene = Scene::new();
    let came_us = scene.ready(1, &[1]);
    scene.timers(came_us + HEARTBEAT_US - 1);
    scene.does(heartbeat(1));
    assert_eq!(scene.timers(came_us + HEARTBEAT_US), []);
    let lost_us = came_us + 2 * HEARTBEAT_US - 1;
    let told = [state(1, AgentState::Offline, None, lost_us)];
    assert_eq!(scene.timers(lost_us), told);
    assert_eq!(scene.refuses(heartbeat(1)), RefusalCode::UnknownAgent);
    scene.sign_in(1, &[1]);
}

#[test]
fn a_call_whose_agent_is_lost_returns_to_its_old_place() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(7, 1);
    scene.wait(8, 1, 0);
    let told = [
        requeued(7, 1, RequeueReason::AgentLost),
        state(1, AgentState::Offline, None, scene.now_us + HEARTBEAT_US),
    ];
    assert_eq!(scene.next_timer(), told);
    assert_eq!(scene.waiting(1), [7, 8]);
}

#[test]
fn a_shorter_heartbeat_timeout_holds_for_those_already_here() {
    let mut scene = Scene::new();
    let came_us = scene.ready(1, &[1]);
    scene.does(Command::Configure {
        heartbeat_timeout_us: 500,
    });
    assert_eq!(scene.machine().poll_timeout(), Some(came_us + 500));
    assert_eq!(scene.timers(came_us + 500).len(), 1);
}

#[test]
fn sign_out_is_refused_in_a_call_and_ends_a_wrap_up() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(7, 1);
    assert_eq!(scene.refuses(sign_out(1)), RefusalCode::WrongState);
    scene.does(complete(7));
    let told = [
        Event::WrapUpEnded {
            agent: AgentId(1),
            contact: ContactId(7),
        },
        state(1, AgentState::Offline, None, scene.now_us),
    ];
    assert_eq!(scene.does(sign_out(1)), told);
    assert_eq!(scene.machine().poll_timeout(), None, "nothing is left over");
}
