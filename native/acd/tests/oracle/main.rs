//! The machine against a naive model of the same rules, on long random walks.
//!
//! After every step all events, the next timeout and now and then the snapshot have to be equal; an
//! auditor that knows nothing but the events checks what must hold whatever happens, and a recount
//! from the same holds the queues' figures. A failure prints the seed of its walk.
//!
//! `MEDIACORE_ORACLE_COMMANDS` (default ten million) says how long to go on, and
//! `MEDIACORE_ORACLE_SEED` (default 1) with which seed to begin.

// Small numbers all over, and a tally and a seed to be printed.
#![allow(clippy::cast_possible_truncation, clippy::print_stdout)]

mod auditor;
mod model;
mod recount;
mod walk;

use acd::{Command, CommandId, Envelope, Event, Machine, Tuning};

use auditor::Auditor;
use model::Model;
use recount::Recount;
use walk::{Step, Walk};

const STEPS_PER_WALK: u64 = 20_000;
const SNAPSHOT_EVERY: u64 = 50;

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number")),
        Err(_) => default,
    }
}

/// The model gives no details, only codes.
fn without_details(mut events: Vec<Envelope>) -> Vec<Envelope> {
    for envelope in &mut events {
        if let Event::Refused { detail, .. } = &mut envelope.event {
            assert!(!detail.is_empty(), "a refusal says what was wrong");
            detail.clear();
        }
    }
    events
}

/// Says on a failure how to run this walk again.
struct Trace {
    seed: u64,
    step: u64,
}

impl Drop for Trace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Trace { seed, step } = self;
            println!("step {step} failed; again: MEDIACORE_ORACLE_SEED={seed} cargo test oracle");
        }
    }
}

#[test]
fn the_machine_decides_as_the_naive_model() {
    let first_seed = setting("MEDIACORE_ORACLE_SEED", 1);
    let walks = setting("MEDIACORE_ORACLE_COMMANDS", 10_000_000).div_ceil(STEPS_PER_WALK);
    let mut tally = walk::Tally::default();
    for seed in first_seed..first_seed + walks {
        let mut trace = Trace { seed, step: 0 };
        let mut walk = Walk::new(seed);
        let mut model = Model::new();
        // Narrow and broad classes, those that go from one to the other, and those that are given up.
        let mut machine = Machine::with_tuning(Tuning {
            narrow_bound: seed as usize % 12,
            classes_kept: seed as usize % 7 * 10,
            large: seed.is_multiple_of(1_000),
        });
        let mut auditor = Auditor::default();
        let mut recount = Recount::default();
        for step in 1..=STEPS_PER_WALK {
            trace.step = step;
            let mut events = Vec::new();
            let (expected, what) = match walk.next(&model) {
                Step::Command(now_us, command) => {
                    let expected = model.apply(now_us, step, &command);
                    machine.apply(now_us, CommandId(step), command.clone(), &mut events);
                    (expected, Some(command))
                }
                Step::Timeout(now_us) => {
                    machine.handle_timeout(now_us, &mut events);
                    (model.handle_timeout(now_us), None)
                }
            };
            let events = without_details(events);
            assert_eq!(events, expected, "after {what:?}");
            assert_eq!(
                machine.poll_timeout(),
                model.poll_timeout(),
                "after {what:?}"
            );
            auditor.follow(what.as_ref(), &events);
            recount.follow(what.as_ref(), &events);
            for envelope in &events {
                tally.count(&envelope.event);
            }
            if step % SNAPSHOT_EVERY == 0 {
                assert_eq!(machine.snapshot(), model.snapshot(), "after {what:?}");
                recount.compare(&mut machine, &model.snapshot());
            }
        }
    }
    if walks >= 10 {
        tally.check();
    }
}

/// One walk's commands with their times, and the machine's answer as bytes.
fn record(seed: u64) -> (Vec<(i64, Command)>, Vec<u8>) {
    let mut walk = Walk::new(seed);
    let mut model = Model::new();
    let mut commands = Vec::new();
    for id in 1..=STEPS_PER_WALK {
        match walk.next(&model) {
            Step::Command(now_us, command) => {
                model.apply(now_us, id, &command);
                commands.push((now_us, command));
            }
            Step::Timeout(now_us) => {
                model.handle_timeout(now_us);
            }
        }
    }
    let log = replay(&commands, false);
    (commands, log)
}

fn replay(commands: &[(i64, Command)], prompt: bool) -> Vec<u8> {
    let mut machine = Machine::new();
    let mut events = Vec::new();
    for ((now_us, command), id) in commands.iter().zip(1..) {
        // A prompt driver comes at each timeout; a late one leaves it to the next command.
        while prompt
            && let Some(due_us) = machine.poll_timeout()
            && due_us <= *now_us
        {
            machine.handle_timeout(due_us, &mut events);
        }
        let logged = Command::from_json(&command.to_json()).expect("its own JSON");
        assert_eq!(&logged, command);
        machine.apply(*now_us, CommandId(id), logged, &mut events);
    }
    let mut bytes = Vec::new();
    for envelope in &events {
        let json = envelope.to_json();
        let back: Envelope = serde_json::from_slice(&json).expect("its own JSON");
        assert_eq!(&back, envelope);
        bytes.extend(json);
        bytes.push(b'\n');
    }
    bytes.extend(machine.snapshot().to_json());
    bytes
}

#[test]
fn the_same_commands_give_the_same_bytes() {
    let seed = setting("MEDIACORE_ORACLE_SEED", 1);
    let _trace = Trace { seed, step: 0 };
    let (commands, log) = record(seed);
    let (again, same) = record(seed);
    assert_eq!(commands, again);
    assert!(log == same, "a second run differs");
    assert!(
        log == replay(&commands, true),
        "a prompt driver makes a difference"
    );
    let (_, other) = record(seed + 1);
    assert!(log != other, "the seed makes no difference");
}
