//! What is done with contacts on their way, seen alone: as it was, and where the day goes otherwise.

use acd::Event;
use whatif::figures::{Figures, QueueFigures};
use whatif::{Question, Story, simulate};

use crate::office::day::Day;
use crate::office::{SECOND_US, START_US};
use crate::read;

const QUESTION: Question = Question {
    within_us: 20_000_000,
    from_us: 0,
    to_us: i64::MAX,
};
/// When a scene ends.
const END_S: i64 = 1000;

/// These commands at these seconds, in three queues with a wrap-up of 30 s that agents let run out.
/// Each offer is accepted after 5 s. Agent 1 serves queue 1, agent 2 queue 2, which somebody comes to
/// and leaves, so that it has figures.
fn scene(told: &[(i64, String)]) -> Story {
    let mut day = Day::new(0);
    let silence_us = 10_000 * SECOND_US;
    let configure = format!(r#"{{"type":"configure","heartbeat_timeout_us":{silence_us}}}"#);
    day.plan(0, configure);
    for queue in 1..=3 {
        day.plan(0, format!(r#"{{"type":"queue_put","queue":{queue},"offer_timeout_us":20000000,"wrap_up_us":30000000,"max_waiting":9}}"#));
    }
    for agent in 1..=2 {
        day.plan(
            0,
            format!(r#"{{"type":"agent_sign_in","agent":{agent},"queues":[{agent}]}}"#),
        );
        day.plan(0, format!(r#"{{"type":"agent_ready","agent":{agent}}}"#));
    }
    let come = arrival(99, 2, 0, r#","requires":[{"skill":9,"level":1}]"#);
    day.plan(0, format!(r#"{{"type":"enqueue",{come}}}"#));
    day.plan(SECOND_US, r#"{"type":"abandon","contact":99}"#.to_owned());
    for (at_s, json) in told {
        day.plan(at_s * SECOND_US, json.clone());
    }
    let end = r#"{"type":"day_started"}"#;
    day.plan(END_S * SECOND_US, end.to_owned());
    day.pass(END_S * SECOND_US, |day, now_us, event| {
        if let Event::ReservationCreated {
            contact,
            agent,
            epoch,
            ..
        } = event
        {
            day.plan(
                now_us + 5 * SECOND_US,
                format!(
                    r#"{{"type":"accept","contact":{contact},"agent":{agent},"epoch":{epoch}}}"#
                ),
            );
        }
    });
    let story = read(&day.commands);
    assert_eq!(with(&story, "{}"), story.figures(QUESTION));
    story
}

fn with(story: &Story, changes: &str) -> Figures {
    let changes = serde_json::from_str(changes).expect("changes");
    let outcome = simulate(story, &changes, QUESTION).expect("possible");
    outcome.figures
}

fn arrival(contact: u64, queue: u32, at_s: i64, more: &str) -> String {
    let arrived_us = START_US + at_s * SECOND_US;
    format!(r#""contact":{contact},"queue":{queue},"priority":0,"arrived_us":{arrived_us}{more}"#)
}

fn enqueue(contact: u64, queue: u32, at_s: i64) -> String {
    let come = arrival(contact, queue, at_s, "");
    format!(r#"{{"type":"enqueue",{come}}}"#)
}

fn transfer(contact: u64, queue: u32, arrived_s: i64) -> String {
    let come = arrival(contact, queue, arrived_s, "");
    format!(r#"{{"type":"transfer","arrival":{{{come}}}}}"#)
}

fn complete(contact: u64) -> String {
    format!(r#"{{"type":"complete","contact":{contact}}}"#)
}

fn of(figures: &Figures, queue: u32) -> &QueueFigures {
    let found = figures.queues.iter().find(|one| one.queue == queue);
    found.expect("contacts came to it")
}

/// How long the agents of queue 2 were busy, in seconds.
fn busy_s(figures: &Figures) -> f64 {
    let occupancy = of(figures, 2).occupancy.expect("somebody was there");
    (occupancy * END_S as f64).round()
}

#[test]
fn who_is_transferred_waits_once_and_counts_once() {
    let told = [
        (10, enqueue(1, 1, 10)),
        (20, enqueue(2, 1, 20)),
        (115, complete(1)),
        // Accepted at 150, after the wrap-up.
        (250, transfer(2, 2, 20)),
        (400, complete(2)),
    ];
    let story = scene(&told);
    let same = with(&story, "{}");
    assert_eq!(busy_s(&same), 400.0 - 255.0 + 30.0);
    assert_eq!((same.total.contacts, same.total.answered), (3, 2));
    let sooner = with(&story, r#"{"queues":{"1":{"wrap_up_us":0}}}"#);
    assert_eq!(busy_s(&sooner), busy_s(&same));
    let asa_s = |figures: &Figures| of(figures, 1).asa_s.expect("answered");
    assert_eq!(asa_s(&same), f64::from(5 + 130) / 2.0);
    assert_eq!(asa_s(&sooner), f64::from(5 + 100) / 2.0);
}

#[test]
fn a_transfer_moves_with_its_call() {
    let told = [
        (10, enqueue(1, 1, 10)),
        (20, enqueue(2, 1, 20)),
        (115, complete(1)),
        (250, transfer(2, 2, 20)),
    ];
    let story = scene(&told);
    // The colleague talks until the record ends.
    assert_eq!(busy_s(&with(&story, "{}")), 1000.0 - 255.0);
    let sooner = with(&story, r#"{"queues":{"1":{"wrap_up_us":0}}}"#);
    assert_eq!(busy_s(&sooner), 1000.0 - 225.0);
}

/// Agent 1 asks queue 2 at 60 s into the call, and gives it away 40 s after the answer.
fn handed_over() -> Story {
    let internal = r#","internal":true,"max_wait":{"after_us":50000000,"then":"leave"}"#;
    let told = [
        (10, enqueue(1, 1, 10)),
        (20, enqueue(2, 1, 20)),
        (115, complete(1)),
        (
            210,
            format!(r#"{{"type":"enqueue",{}}}"#, arrival(50, 2, 210, internal)),
        ),
        (
            255,
            r#"{"type":"hand_over","contact":2,"consult":50}"#.into(),
        ),
        (300, enqueue(3, 1, 300)),
    ];
    scene(&told)
}

#[test]
fn a_consultation_and_the_hand_over_move_with_the_call_and_count_as_no_contact() {
    let story = handed_over();
    let same = with(&story, "{}");
    assert_eq!((same.total.contacts, same.total.answered), (4, 3));
    assert_eq!(busy_s(&same), 1000.0 - 215.0);
    let sooner = with(&story, r#"{"queues":{"1":{"wrap_up_us":0}}}"#);
    assert_eq!((sooner.total.contacts, sooner.total.answered), (4, 3));
    assert_eq!(busy_s(&sooner), 1000.0 - 185.0);
}

#[test]
fn without_a_colleague_the_agent_ends_the_call() {
    let story = handed_over();
    // The consultation waits 50 s, then the call is over, and contact 3 gets its answer.
    let alone = with(&story, r#"{"absent":[2]}"#);
    assert_eq!((alone.total.contacts, alone.total.answered), (4, 3));
    assert_eq!(alone.total.agents, 1);
}

#[test]
fn who_is_answered_first_is_not_called_back_nor_transferred_from_the_line() {
    let until_us = START_US + 500 * SECOND_US;
    let defer = format!(r#"{{"type":"defer","contact":2,"until_us":{until_us}}}"#);
    let told = [
        (10, enqueue(1, 1, 10)),
        (20, enqueue(2, 1, 20)),
        (20, enqueue(3, 1, 20)),
        (40, transfer(3, 2, 20)),
        (50, defer),
    ];
    let story = scene(&told);
    let same = with(&story, "{}");
    // Contact 2 waits for its call back where the record ends: neither late nor answered.
    assert_eq!(
        (same.total.answered, same.total.service_level),
        (2, Some(1.0 / 3.0))
    );
    assert_eq!(busy_s(&same), 1000.0 - 45.0);
    let more = with(&story, r#"{"doubled":[1,1]}"#);
    assert_eq!(
        (more.total.answered, more.total.service_level),
        (3, Some(0.75))
    );
    assert_eq!(busy_s(&more), 0.0);
}

#[test]
fn a_queue_that_cannot_be_closed_for_its_calls_is_empty_all_the_same() {
    let told = [
        (
            5,
            r#"{"type":"agent_assign","agent":1,"queues":[3]}"#.into(),
        ),
        (
            8,
            r#"{"type":"agent_not_ready","agent":1,"reason":"break"}"#.into(),
        ),
        (10, enqueue(1, 3, 10)),
        (15, enqueue(2, 3, 15)),
        (20, r#"{"type":"abandon","contact":1}"#.to_owned()),
        (60, r#"{"type":"queue_close","queue":3}"#.to_owned()),
        (70, enqueue(4, 2, 70)),
    ];
    let story = scene(&told);
    // Who was sent away is neither answered nor abandoned.
    let same = of(&with(&story, "{}"), 3).clone();
    assert_eq!((same.contacts, same.answered, same.abandoned), (2, 0, 1));
    assert_eq!(same.service_level, Some(0.0));
    // Agent 2 helps out and takes contact 1.
    let more = with(&story, r#"{"agents":{"2":{"queues":[2,3]}}}"#);
    let more = of(&more, 3);
    assert_eq!((more.contacts, more.answered, more.abandoned), (2, 1, 0));
    assert_eq!(more.service_level, Some(1.0));
}

#[test]
fn an_agent_is_signed_out_of_a_call_at_their_time() {
    let told = [
        (10, enqueue(1, 1, 10)),
        (15, enqueue(2, 1, 15)),
        (
            60,
            r#"{"type":"agent_sign_out","agent":1,"force":true}"#.into(),
        ),
        (80, r#"{"type":"abandon","contact":1}"#.to_owned()),
    ];
    let story = scene(&told);
    let same = with(&story, "{}");
    let (same, total) = (of(&same, 1), &same.total);
    // The first answer counts, though the contact left in the end.
    assert_eq!((same.answered, same.abandoned), (1, 0));
    assert_eq!(total.occupancy, Some(45.0 / 1060.0));
}
