//! Values that are refused, and texts that are no command.

mod scene;

use acd::{
    Assignment, Capacity, Command, DURATION_US_MAX, QueueId, RefusalCode, SLOT_BOUND, Strategy,
};
use scene::*;

fn queue_put(offer_timeout_us: i64, wrap_up_us: i64) -> Command {
    Command::QueuePut {
        queue: QueueId(9),
        offer_timeout_us,
        wrap_up_us,
        max_waiting: 1,
        strategy: Strategy::LongestIdle,
        seed: 0,
        priority_worth_us: 0,
        slope: 1,
        service_level_us: SERVICE_LEVEL_US,
        short_abandon_us: SHORT_ABANDON_US,
    }
}

fn sign_in(agent: u32, queues: &[u32], chats: u8) -> Command {
    Command::AgentSignIn(Assignment {
        capacity: Capacity::one_call(chats),
        ..assignment(agent, queues)
    })
}

#[test]
fn values_out_of_their_range() {
    let mut scene = Scene::new();
    scene.sign_in(1, &[1]);
    let invalid = RefusalCode::Invalid;
    let over = DURATION_US_MAX + 1;
    for (offer_timeout_us, wrap_up_us) in [(0, 0), (-1, 0), (over, 0), (1, -1), (1, over)] {
        assert_eq!(
            scene.refuses(queue_put(offer_timeout_us, wrap_up_us)),
            invalid
        );
    }
    scene.does(queue_put(DURATION_US_MAX, DURATION_US_MAX));
    for heartbeat_timeout_us in [i64::MIN, 0, over, i64::MAX] {
        let command = Command::Configure {
            heartbeat_timeout_us,
        };
        assert_eq!(scene.refuses(command), invalid);
    }
    assert_eq!(scene.refuses(enqueue_at(1, 1, 100, 0)), invalid);
    assert_eq!(scene.refuses(sign_in(2, &[1], SLOT_BOUND + 1)), invalid);
}

#[test]
fn what_is_not_there_or_there_already() {
    let mut scene = Scene::new();
    scene.sign_in(1, &[1]);
    assert_eq!(
        scene.refuses(sign_in(1, &[1], 1)),
        RefusalCode::AlreadySignedIn
    );
    assert_eq!(
        scene.refuses(sign_in(2, &[1, 3], 1)),
        RefusalCode::UnknownQueue
    );
    assert_eq!(scene.refuses(enqueue(1, 3)), RefusalCode::UnknownQueue);
    scene.wait(1, 1, 0);
    assert_eq!(scene.refuses(enqueue(1, 2)), RefusalCode::DuplicateContact);
    for command in [ready(2), sign_out(2), heartbeat(2), wrap_up_done(2, 1)] {
        assert_eq!(scene.refuses(command), RefusalCode::UnknownAgent);
    }
}

#[test]
fn a_full_queue_refuses_arrivals_but_never_a_return() {
    let mut scene = Scene::new();
    scene.open(1, 0, 1);
    scene.ready(1, &[1]);
    scene.does(enqueue(1, 1));
    scene.wait(2, 1, 0);
    assert_eq!(scene.refuses(enqueue(3, 1)), RefusalCode::QueueFull);
    scene.does(reject(1, 1, 1));
    assert_eq!(scene.waiting(1), [1, 2]);
    // Without a place to wait, one may still go straight to an agent.
    scene.open(2, 0, 0);
    assert_eq!(scene.refuses(enqueue(4, 2)), RefusalCode::QueueFull);
    scene.ready(2, &[2]);
    assert_eq!(offers(&scene.does(enqueue(4, 2))), [(4, 2)]);
}

#[test]
fn the_ends_of_time_do_no_harm() {
    let mut scene = Scene::new();
    scene.ready(1, &[1]);
    scene.does(enqueue_at(7, 1, 0, i64::MIN));
    scene.does(abandon(7));
    scene.does(enqueue_at(8, 1, 0, i64::MAX));
    scene.now_us = i64::MAX;
    // The offer times out and the agent is lost long before.
    let events = scene.apply(enqueue(9, 1));
    assert_eq!(events.len(), 2);
    assert_eq!(scene.machine().poll_timeout(), None);
}

#[test]
fn malformed_commands_name_the_field() {
    for (text, part) in [
        (r#"{"type":"abandon"}"#, "missing field `contact`"),
        (r#"{"contact":1}"#, "missing field `type`"),
        (
            r#"{"type":"abandon","contact":"a"}"#,
            "field `contact`: invalid type",
        ),
        (
            r#"{"type":"abandon","contact":-1}"#,
            "field `contact`: invalid value",
        ),
        (
            r#"{"type":"abandon","contact":1,"x":1}"#,
            "unknown field `x`",
        ),
        (
            r#"{"type":"abandon","contact":1,"contact":1}"#,
            "duplicate field `contact`",
        ),
        (
            r#"{"type":"vanish","contact":1}"#,
            "field `type`: unknown variant `vanish`",
        ),
        (
            r#"{"type":"agent_not_ready","agent":1,"reason":"lunch"}"#,
            "field `reason`",
        ),
        (
            r#"{"type":"enqueue","contact":1,"queue":-1,"priority":1,"arrived_us":1}"#,
            "field `queue`: invalid value",
        ),
        (r#"{"type":"abandon","contact":1} x"#, "trailing characters"),
        ("abandon", "a JSON object"),
        (r#"["abandon",1]"#, "a JSON object"),
        ("", "a JSON object"),
        ("{", "EOF"),
    ] {
        let error = Command::from_json(text.as_bytes())
            .expect_err(text)
            .to_string();
        assert!(error.starts_with("malformed command: "), "{error}");
        assert!(error.contains(part), "{text}: {error}");
    }
}
