//! Open-loop latency of a decision: 1M waiting, 100k agents, 8k classes.
//!
//! Commands are due at fixed times, whether the one before has ended or not, and each one's latency
//! counts from when it was due. Between two of them the clock is watched: where it jumps although
//! nothing was done, the machine itself stood still; and so it did if this thread was not run for a
//! part of a command, which its own clock tells. Such stalls are counted, and commands that were due in
//! one, or until what it left behind was made up for, are reported apart.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use acd::{AgentId, Command, Strategy};
use serde_json::json;

use crate::Windows;
use crate::driver::{Driver, Offer};
use crate::report::{Figures, figures, notes, quantile_us, rounded, thread_time};
use crate::world::World;

const WAITING: i64 = 1_000_000;
const AGENTS: usize = 100_000;
const CLASSES: usize = 8192;
/// Between two commands: 200,000 commands a second.
const INTERVAL: Duration = Duration::from_micros(5);
/// A jump of the clock by more than this while nothing is done, or the thread doesn't run, is the
/// machine's.
const STALL: Duration = Duration::from_micros(20);
/// Rings until its end unless it is answered: so that timers fire while it is measured.
const OFFER_TIMEOUT_US: i64 = 1_000_000;

/// What is due next.
enum Step {
    Enqueue,
    Complete(Offer),
    WrapUpDone(Offer),
    Accept(Offer),
    Connect(Offer),
    Abandon(u64),
    Heartbeat(AgentId),
    Ready(AgentId),
}

pub fn run(windows: Windows) -> Figures {
    let mut world = World::new(1, AGENTS, CLASSES);
    let mut driver = Driver::new(&world, Strategy::LongestIdle, OFFER_TIMEOUT_US);
    let start_us = 3_600_000_000;
    driver.fill(&mut world, WAITING, start_us);
    let mut calls = driver.staff(&world, start_us);
    let in_calls = calls.len();

    let mut steps = VecDeque::new();
    let most = windows.open_loop.as_micros() / INTERVAL.as_micros();
    let (mut decisions, mut others) = (notes(most as usize, 1u64), notes(most as usize, 1u64));
    let (mut disturbed, mut stalls, mut longest_stall) = (0u64, 0u64, Duration::ZERO);
    let (mut made, mut timeouts) = (0u64, 0u64);
    let origin = Instant::now();
    let mut due = Duration::ZERO;
    let mut late = false;
    let (mut last, mut ran) = (origin.elapsed(), thread_time());
    while due < windows.open_loop {
        if steps.is_empty() {
            plan(&mut world, &mut driver, &mut calls, &mut steps);
        }
        let Some(step) = steps.pop_front() else {
            unreachable!("a plan has steps")
        };
        let (began, mut stood_still) = (last, Duration::ZERO);
        loop {
            let now = origin.elapsed();
            if now - last > STALL {
                stalls += 1;
                longest_stall = longest_stall.max(now - last);
                stood_still += now - last;
                late = true;
            }
            last = now;
            if now >= due {
                break;
            }
            late = false;
        }
        let now_us = start_us + origin.elapsed().as_micros() as i64;
        apply(&mut world, &mut driver, step, now_us);
        last = origin.elapsed();
        let ran_before = std::mem::replace(&mut ran, thread_time());
        let away = (last - began).saturating_sub(ran - ran_before + stood_still);
        if away > STALL {
            stalls += 1;
            longest_stall = longest_stall.max(away);
            late = true;
        }
        let latency = (last - due).as_nanos() as u64;
        let decided = !driver.sink.offers.is_empty();
        if late {
            disturbed += 1;
        } else if decided {
            decisions.push(latency);
        } else {
            others.push(latency);
        }
        for offer in driver.sink.offers.drain(..) {
            made += 1;
            // Who was to give up is served already.
            if let Some(Step::Abandon(contact)) = steps.front()
                && *contact == offer.contact.0
            {
                steps.pop_front();
            }
            // One offer in fifty nobody answers.
            if world.dice.below(50) > 0 {
                steps.push_back(Step::Accept(offer));
                steps.push_back(Step::Connect(offer));
                calls.push(offer);
            }
        }
        for agent in driver.sink.missed.drain(..) {
            timeouts += 1;
            steps.push_back(Step::Ready(agent));
        }
        due += INTERVAL;
    }
    decisions.sort_unstable();
    others.sort_unstable();
    figures(json!({
        "p50_us": quantile_us(&decisions, 0.5),
        "p99_us": quantile_us(&decisions, 0.99),
        "p9999_us": quantile_us(&decisions, 0.9999),
        "max_us": quantile_us(&decisions, 1.0),
        "other_commands_p50_us": quantile_us(&others, 0.5),
        "other_commands_p99_us": quantile_us(&others, 0.99),
        "decisions": made,
        "offer_timeouts": timeouts,
        "commands_per_s": rounded(1.0 / INTERVAL.as_secs_f64()),
        "agents_in_calls_at_start": in_calls,
        "stalls": stalls,
        "longest_stall_us": longest_stall.as_micros() as u64,
        "due_in_a_stall": disturbed,
    }))
}

/// One call ends and its agent goes on, a contact or two arrive, sometimes one gives up.
fn plan(
    world: &mut World,
    driver: &mut Driver,
    calls: &mut Vec<Offer>,
    steps: &mut VecDeque<Step>,
) {
    let at = world.dice.below(calls.len());
    let call = calls.swap_remove(at);
    steps.push_back(Step::Complete(call));
    steps.push_back(Step::Enqueue);
    steps.push_back(Step::WrapUpDone(call));
    let agent = world.dice.below(world.agents.len());
    steps.push_back(Step::Heartbeat(AgentId(agent as u32)));
    if world.dice.below(5) == 0 {
        // One that came a moment ago still waits, most likely behind all others.
        steps.push_back(Step::Enqueue);
        steps.push_back(Step::Abandon(driver.last_contact + 2));
    }
}

fn apply(world: &mut World, driver: &mut Driver, step: Step, now_us: i64) {
    match step {
        Step::Enqueue => driver.enqueue(world, now_us),
        Step::Complete(call) => driver.complete(now_us, call.contact),
        Step::WrapUpDone(call) => driver.wrap_up_done(now_us, call),
        Step::Accept(offer) => driver.accept(now_us, offer),
        Step::Connect(offer) => driver.connect(now_us, offer.contact),
        Step::Heartbeat(agent) => driver.apply(now_us, Command::AgentHeartbeat { agent }),
        Step::Ready(agent) => driver.ready(now_us, agent),
        Step::Abandon(contact) => {
            let contact = acd::ContactId(contact);
            driver.apply(now_us, Command::Abandon { contact });
        }
    }
}
