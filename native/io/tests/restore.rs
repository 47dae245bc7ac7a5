//! Waiting contacts put back many at a time: what is told, and what isn't.

use acd::{Command, CommandId, Envelope, Event, Machine};
use io::restore::Returning;

const PUT_BACK: CommandId = CommandId(2);

/// Contacts 1 to 4; all but the first are in `queue` and relax after 10 and after 20 seconds.
fn contacts(relaxed: [usize; 4], queue: u32) -> Returning {
    let text = format!(
        r#"{{"kinds": [
            {{"type": "enqueue", "contact": 0, "queue": 1, "priority": 0, "arrived_us": 0}},
            {{"type": "enqueue", "contact": 0, "queue": {queue}, "priority": 0, "arrived_us": 0,
              "relax": [{{"after_us": 10000000}}, {{"after_us": 20000000}}]}}],
          "kind": [0, 1, 1, 1], "contact": [1, 2, 3, 4], "priority": [0, 0, 5, 0],
          "arrived_us": [1000000, 2000000, 3000000, 4000000], "relaxed": {relaxed:?}}}"#
    );
    Returning::from_json(text.as_bytes()).expect("well-formed")
}

fn machine() -> Machine {
    let mut machine = Machine::new();
    let queue =
        r#"{"type":"queue_put","queue":1,"offer_timeout_us":1,"wrap_up_us":0,"max_waiting":9}"#;
    let queue = Command::from_json(queue.as_bytes()).expect("well-formed");
    machine.apply(0, CommandId(1), queue, &mut Vec::new());
    machine
}

fn told(machine: &mut Machine, now_us: i64, contacts: Returning) -> Vec<Event> {
    let mut events: Vec<Envelope> = Vec::new();
    contacts.enqueue(machine, PUT_BACK, now_us, &mut events);
    assert!(events.is_sorted_by(|one, next| one.seq < next.seq));
    assert_eq!(events.last().map(|last| last.command), Some(PUT_BACK));
    events.into_iter().map(|envelope| envelope.event).collect()
}

fn waiting(machine: &Machine) -> Vec<u64> {
    let queues = machine.snapshot().queues;
    queues[0].waiting.iter().map(|contact| contact.0).collect()
}

#[test]
fn who_has_not_changed_is_put_back_without_a_word() {
    let mut machine = machine();
    // 13 seconds: contact 2 has waited 11, contact 3 10 and contact 4 9.
    let events = told(&mut machine, 13_000_000, contacts([0, 1, 1, 0], 1));
    assert_eq!(events, [Event::Done {}]);
    assert_eq!(waiting(&machine), [3, 1, 2, 4]);
    assert_eq!(machine.poll_timeout(), Some(14_000_000));
}

#[test]
fn who_has_relaxed_further_meanwhile_is_told() {
    let mut machine = machine();
    let events = told(&mut machine, 13_000_000, contacts([0, 1, 0, 0], 1));
    let [Event::ContactEnqueued { contact, .. }, Event::Done {}] = events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(contact.0, 3);
}

#[test]
fn what_is_due_meanwhile_is_told_too() {
    let mut machine = machine();
    told(&mut machine, 13_000_000, contacts([0, 1, 1, 0], 1));
    let late = r#"{"kinds": [{"type": "enqueue", "contact": 0, "queue": 1, "priority": 0, "arrived_us": 0}],
        "kind": [0], "contact": [5], "priority": [0], "arrived_us": [5], "relaxed": [0]}"#;
    let late = Returning::from_json(late.as_bytes()).expect("well-formed");
    let events = told(&mut machine, 14_000_000, late);
    assert!(matches!(
        events[..],
        [Event::ContactRelaxed { step: 1, .. }, Event::Done {}]
    ));
}

#[test]
fn a_refusal_is_told_at_the_end_and_the_others_are_put_back() {
    let mut machine = machine();
    let events = told(&mut machine, 13_000_000, contacts([0, 1, 1, 0], 7));
    let [Event::Refused { detail, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    assert!(detail.contains("queue 7"), "{detail}");
    assert_eq!(waiting(&machine), [1]);
}

#[test]
fn malformed_contacts_name_what_is_wrong() {
    let refused = |kind: &str, kinds: &str, relaxed: &str| {
        let text = format!(
            r#"{{"kinds": [{kinds}], "kind": {kind}, "contact": [1], "priority": [0],
                "arrived_us": [0], "relaxed": {relaxed}}}"#
        );
        let error = Returning::from_json(text.as_bytes()).expect_err("malformed");
        error.to_string()
    };
    let enqueue =
        r#"{"type": "enqueue", "contact": 0, "queue": 1, "priority": 0, "arrived_us": 0}"#;
    assert!(refused("[1]", enqueue, "[0]").contains("kind is 1, must be less than 1"));
    assert!(refused("[0]", enqueue, "[]").contains("relaxed has 0 entries, contact 1"));
    assert!(refused("[0]", r#"{"type": "abandon", "contact": 1}"#, "[0]").contains("enqueue"));
    let nobody =
        br#"{"kinds":[],"kind":[],"contact":[],"priority":[],"arrived_us":[],"relaxed":[]}"#;
    let error = Returning::from_json(nobody).expect_err("empty").to_string();
    assert!(error.contains("contact is empty"), "{error}");
}
