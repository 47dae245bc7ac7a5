//! A contact is moved to another queue, or handed to the agent who was consulted.

mod scene;

use acd::{
    AgentId, AgentState, Arrival, Channel, Command, ContactId, Event, QueueId, RefusalCode,
    RequeueReason, RescindReason, SkillId, SkillLevel,
};
use scene::*;

fn transfer(contact: u64, queue: u32) -> Command {
    Command::Transfer {
        arrival: arrival(contact, queue),
    }
}

fn hand_over(contact: u64, consult: u64) -> Command {
    Command::HandOver {
        contact: ContactId(contact),
        consult: ContactId(consult),
    }
}

fn transferred(
    contact: u64,
    queue: u32,
    (from, to): (Option<u32>, Option<u32>),
    talk_us: i64,
) -> Event {
    Event::ContactTransferred {
        contact: ContactId(contact),
        from: from.map(AgentId),
        queue: QueueId(queue),
        to: to.map(AgentId),
        talk_us,
    }
}

#[test]
fn from_a_call_to_another_queue_in_its_first_place() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(7, 1);
    scene.wait(6, 2, 0);
    scene.wait(8, 2, 0);
    scene.now_us += 50;
    let told = [
        transferred(7, 2, (Some(1), None), 50),
        Event::WrapUpStarted {
            agent: AgentId(1),
            contact: ContactId(7),
            ends_us: scene.now_us + WRAP_UP_US,
        },
        state(1, AgentState::WrapUp, None, scene.now_us),
    ];
    assert_eq!(scene.does(transfer(7, 2)), told);
    assert_eq!(scene.waiting(2), [6, 7, 8]);
    scene.does(abandon(7));
    scene.does(wrap_up_done(1, 7));
}

#[test]
fn a_waiting_contact_finds_somebody_elsewhere() {
    let mut scene = Scene::new();
    scene.wait(7, 1, 0);
    scene.ready(1, &[2]);
    let events = scene.does(transfer(7, 2));
    assert_eq!(events[0], transferred(7, 2, (None, None), 0));
    assert_eq!(offers(&events), [(7, 1)]);
    assert!(scene.waiting(1).is_empty());
}

#[test]
fn an_offer_is_taken_back_and_its_agent_is_as_idle_as_before() {
    let mut scene = Scene::new();
    let idle_us = scene.ready(1, &[1]);
    scene.does(enqueue(7, 1));
    let told = [
        rescinded((7, 1, 1), RescindReason::Transferred),
        transferred(7, 2, (None, None), 0),
        state(1, AgentState::Ready, None, idle_us),
    ];
    assert_eq!(scene.does(transfer(7, 2)), told);
    assert_eq!(scene.waiting(2), [7]);
}

#[test]
fn who_gave_it_away_does_not_get_it_back_where_it_says_so() {
    let mut scene = Scene::new();
    scene.open(1, 0, 100);
    scene.ready(1, &[1]);
    let themselves = SkillLevel {
        skill: SkillId(1_000_001),
        level: 1,
    };
    scene.does(Command::AgentAssign(acd::Assignment {
        skills: vec![themselves],
        ..assignment(1, &[1])
    }));
    scene.call(7, 1);
    scene.does(Command::Transfer {
        arrival: Arrival {
            requires: vec![SkillLevel {
                level: 0,
                ..themselves
            }],
            ..arrival(7, 1)
        },
    });
    assert_eq!(scene.waiting(1), [7]);
    scene.ready(2, &[1]);
    assert!(scene.waiting(1).is_empty());
}

#[test]
fn a_second_wrap_up_of_the_same_contact_ends_the_first() {
    let mut scene = Scene::new();
    scene.sign_in(1, &[1]);
    scene.does(Command::AgentAssign(acd::Assignment {
        capacity: acd::Capacity::one_call(2),
        ..assignment(1, &[1])
    }));
    scene.does(ready(1));
    let chat = Arrival {
        channel: Channel::Chat,
        ..arrival(7, 1)
    };
    let events = scene.does(Command::Enqueue(chat.clone()));
    let (_, epoch) = offer_in(&events, 7);
    scene.does(accept(7, 1, epoch));
    let events = scene.does(Command::Transfer { arrival: chat });
    let (_, epoch) = offer_in(&events, 7);
    scene.does(accept(7, 1, epoch));
    let events = scene.does(complete(7));
    let ended = Event::WrapUpEnded {
        agent: AgentId(1),
        contact: ContactId(7),
    };
    assert_eq!(events[1], ended);
    scene.does(wrap_up_done(1, 7));
    assert_eq!(scene.refuses(wrap_up_done(1, 7)), RefusalCode::WrongState);
}

#[test]
fn the_consulted_agent_goes_on_with_the_contact() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(7, 1);
    scene.ready(2, &[2]);
    scene.now_us += 30;
    scene.call(8, 2);
    scene.now_us += 20;
    let told = [
        Event::ContactCompleted {
            contact: ContactId(8),
            agent: AgentId(2),
            talk_us: 20,
        },
        transferred(7, 1, (Some(1), Some(2)), 51),
    ];
    let events = scene.does(hand_over(7, 8));
    assert_eq!(events[..2], told);
    assert_eq!(
        events[3..],
        [state(1, AgentState::WrapUp, None, scene.now_us)],
        "agent 2 is busy as before"
    );
    assert_eq!(scene.refuses(connect(8)), RefusalCode::UnknownContact);
    scene.now_us += 10;
    let completed = Event::ContactCompleted {
        contact: ContactId(7),
        agent: AgentId(2),
        talk_us: 10,
    };
    assert_eq!(scene.does(complete(7))[0], completed);
}

#[test]
fn a_hand_over_needs_two_calls_with_two_agents_by_one_channel() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(7, 1);
    assert_eq!(scene.refuses(hand_over(7, 7)), RefusalCode::WrongState);
    assert_eq!(scene.refuses(hand_over(7, 8)), RefusalCode::UnknownContact);
    scene.wait(8, 2, 0);
    assert_eq!(scene.refuses(hand_over(7, 8)), RefusalCode::WrongState);
    scene.ready(2, &[2]);
    assert_eq!(
        scene.refuses(hand_over(7, 8)),
        RefusalCode::WrongState,
        "it rings"
    );
    scene.does(abandon(8));
    let events = scene.does(Command::Enqueue(Arrival {
        channel: Channel::Voice,
        ..arrival(9, 2)
    }));
    let (agent, epoch) = offer_in(&events, 9);
    scene.does(accept(9, agent, epoch));
    assert_eq!(scene.refuses(hand_over(7, 9)), RefusalCode::Invalid);
}

#[test]
fn a_forced_sign_out_puts_the_contact_back() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.call(7, 1);
    let force = Command::AgentSignOut {
        agent: AgentId(1),
        force: true,
    };
    assert_eq!(scene.refuses(sign_out(1)), RefusalCode::WrongState);
    let told = [
        requeued(7, 1, RequeueReason::AgentSignedOut),
        state(1, AgentState::Offline, None, scene.now_us),
    ];
    assert_eq!(scene.does(force), told);
    assert_eq!(scene.waiting(1), [7]);
}
