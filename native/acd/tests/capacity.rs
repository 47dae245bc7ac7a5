//! Several contacts at once, by channel.

mod scene;

use acd::{
    AgentState, Allowance, Arrival, Assignment, Capacity, Channel, Command, NotReadyReason,
    RefusalCode, RequeueReason,
};
use scene::*;

fn by(channel: Channel, contact: u64) -> Command {
    Command::Enqueue(Arrival {
        channel,
        ..arrival(contact, 1)
    })
}

fn chat(contact: u64) -> Command {
    by(Channel::Chat, contact)
}

fn video(contact: u64) -> Command {
    by(Channel::Video, contact)
}

fn assign(agent: u32, capacity: Capacity) -> Command {
    Command::AgentAssign(Assignment {
        capacity,
        ..assignment(agent, &[1])
    })
}

/// Queue 1 without wrap-up, and agent 1 ready for one call beside so many chats.
fn scene(chats: u8) -> Scene {
    let mut scene = Scene::new();
    scene.open(1, 0, 100);
    scene.sign_in(1, &[1]);
    scene.does(assign(1, Capacity::one_call(chats)));
    scene.does(ready(1));
    scene
}

/// From the queue into the hands of agent 1; gives back whom the same step offered next.
fn take(scene: &mut Scene, command: Command, contact: u64) -> Vec<(u64, u32)> {
    let events = scene.does(command);
    let (agent, epoch) = offer_in(&events, contact);
    offers(&scene.does(accept(contact, agent, epoch)))
}

#[test]
fn one_call_beside_three_chats() {
    let mut scene = scene(3);
    take(&mut scene, video(1), 1);
    for contact in 2..=4 {
        assert_eq!(take(&mut scene, chat(contact), contact), []);
    }
    scene.does(chat(5));
    scene.does(by(Channel::Voice, 6));
    scene.does(by(Channel::Callback, 7));
    assert_eq!(
        scene.waiting(1),
        [5, 6, 7],
        "a call blocks every other call"
    );
    assert_eq!(
        offers(&scene.does(complete(3))),
        [(5, 1)],
        "in the same step"
    );
    assert_eq!(offers(&scene.does(accept(5, 1, 5))), []);
    assert_eq!(offers(&scene.does(complete(1))), [(6, 1)]);
}

#[test]
fn one_offer_at_a_time_and_the_next_with_the_answer() {
    let mut scene = scene(3);
    assert_eq!(offers(&scene.does(chat(1))), [(1, 1)]);
    assert_eq!(offers(&scene.does(video(2))), [], "an offer rings");
    assert_eq!(offers(&scene.does(chat(3))), []);
    assert_eq!(offers(&scene.does(accept(1, 1, 1))), [(2, 1)]);
    assert_eq!(offers(&scene.does(accept(2, 1, 2))), [(3, 1)]);
    assert_eq!(offers(&scene.does(accept(3, 1, 3))), []);
}

#[test]
fn blocking_may_hold_one_way_only() {
    let slots = |slots, blocks: &[Channel]| Allowance {
        slots,
        blocks: blocks.iter().copied().collect(),
    };
    let mut scene = scene(0);
    scene.does(assign(
        1,
        Capacity {
            video: slots(1, &[Channel::Chat]),
            chat: slots(2, &[]),
            ..Capacity::NONE
        },
    ));
    take(&mut scene, chat(1), 1);
    take(&mut scene, video(2), 2);
    assert_eq!(
        offers(&scene.does(chat(3))),
        [],
        "no new chat during a call"
    );
    assert_eq!(
        offers(&scene.does(complete(1))),
        [],
        "nor in the place of one"
    );
    assert_eq!(offers(&scene.does(complete(2))), [(3, 1)]);
}

#[test]
fn a_wrap_up_keeps_its_slot_and_leaves_the_others() {
    let mut scene = scene(1);
    scene.open(1, WRAP_UP_US, 100);
    take(&mut scene, video(1), 1);
    scene.does(complete(1));
    scene.does(video(2));
    assert_eq!(scene.waiting(1), [2], "the call is still wrapped up");
    assert_eq!(take(&mut scene, chat(3), 3), []);
    assert_eq!(offers(&scene.does(wrap_up_done(1, 1))), [(2, 1)]);
    assert_eq!(scene.refuses(wrap_up_done(1, 3)), RefusalCode::WrongState);
}

#[test]
fn a_smaller_capacity_takes_nothing_away() {
    let mut scene = scene(2);
    take(&mut scene, chat(1), 1);
    take(&mut scene, chat(2), 2);
    assert_eq!(scene.does(assign(1, Capacity::one_call(1))), []);
    scene.does(chat(3));
    assert_eq!(offers(&scene.does(complete(1))), []);
    assert_eq!(offers(&scene.does(complete(2))), [(3, 1)]);
}

#[test]
fn a_larger_capacity_finds_who_waits() {
    let mut scene = scene(1);
    take(&mut scene, chat(1), 1);
    scene.does(chat(2));
    assert_eq!(
        offers(&scene.does(assign(1, Capacity::one_call(2)))),
        [(2, 1)]
    );
}

#[test]
fn who_misses_an_offer_keeps_the_other_contacts_and_gets_no_more() {
    let mut scene = scene(2);
    take(&mut scene, chat(1), 1);
    scene.does(chat(2));
    let events = scene.next_timer();
    let missed = Some(NotReadyReason::MissedOffer);
    let told = [
        requeued(2, 1, RequeueReason::TimedOut),
        state(1, AgentState::Busy, missed, scene.now_us),
    ];
    assert_eq!(events[1..], told);
    assert_eq!(scene.waiting(1), [2]);
    let events = scene.does(complete(1));
    assert_eq!(
        events[1..],
        [state(1, AgentState::NotReady, missed, scene.now_us)]
    );
    assert_eq!(offers(&scene.does(ready(1))), [(2, 1)]);
}

#[test]
fn the_contacts_of_a_lost_agent_go_back_to_their_places() {
    let mut scene = scene(2);
    take(&mut scene, chat(3), 3);
    take(&mut scene, video(2), 2);
    scene.does(chat(1));
    scene.does(chat(4));
    scene.does(Command::Configure {
        heartbeat_timeout_us: 1_000,
    });
    let events = scene.next_timer();
    assert_eq!(
        events.len(),
        5,
        "an offer taken back, three contacts, the agent"
    );
    assert_eq!(scene.waiting(1), [1, 2, 3, 4]);
}

#[test]
fn the_longest_idle_is_who_took_or_finished_a_contact_the_longest_ago() {
    let mut scene = scene(2);
    scene.now_us += 1;
    scene.sign_in(2, &[1]);
    scene.does(assign(2, Capacity::one_call(2)));
    scene.does(ready(2));
    scene.now_us += 1;
    take(&mut scene, chat(1), 1);
    assert_eq!(
        offers(&scene.does(chat(2))),
        [(2, 2)],
        "agent 1 took one since"
    );
}
