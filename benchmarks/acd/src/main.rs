//! The matcher's figures, one JSON line per case.
//!
//! `make bench-acd` runs all cases (and those of benchmarks/routing), `make bench-acd QUICK=1` the
//! same with shorter windows, and `ARGS="decision_8k memory"` only those. `--list` names them. All times are of the machine itself: state changed and
//! events handed to a sink, without their JSON form and without threads.

// Its output is what a benchmark is for, and its numbers are small.
#![allow(clippy::print_stdout, clippy::cast_possible_truncation)]

mod decision;
mod driver;
mod fairness;
mod journal;
mod lifecycle;
mod live;
mod memory;
#[path = "../../../native/whatif/tests/whatif/office/mod.rs"]
mod office;
mod report;
mod storm;
mod world;

use std::process::ExitCode;
use std::time::Duration;

use report::{Figures, Load};

/// How long the cases that run for a time do so.
#[derive(Clone, Copy)]
pub struct Windows {
    /// Of the cases whose commands are due at fixed times.
    pub open_loop: Duration,
    /// Of the cases that go as fast as they can.
    pub closed_loop: Duration,
}

type Case = (&'static str, fn(Windows) -> Figures);

const CASES: [Case; 10] = [
    ("decision_8k", decision::run),
    ("lifecycle_8k", |windows| {
        lifecycle::run(windows, 8192, 100_000)
    }),
    ("lifecycle_512", |windows| {
        lifecycle::run(windows, 512, 10_000)
    }),
    ("mass_ready", |_| storm::mass_ready()),
    ("mass_relax", |_| storm::mass_relax()),
    ("mass_close", |_| storm::mass_close()),
    ("memory", |_| memory::run()),
    ("live", live::run),
    ("fairness", |_| fairness::run()),
    ("journal", journal::run),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted == ["--list"] {
        for (case, _) in CASES {
            println!("{case}");
        }
        return ExitCode::SUCCESS;
    }
    let unknown = |name: &&String| !CASES.iter().any(|(case, _)| case == name);
    if let Some(name) = wanted.iter().find(unknown) {
        let known: Vec<&str> = CASES.iter().map(|(case, _)| *case).collect();
        println!("no case {name}; there are {}", known.join(", "));
        return ExitCode::FAILURE;
    }
    let quick = std::env::var("QUICK").is_ok_and(|value| value == "1");
    let windows = Windows {
        open_loop: Duration::from_secs(if quick { 2 } else { 30 }),
        closed_loop: Duration::from_secs(if quick { 1 } else { 10 }),
    };
    report::pin_to_one_core();
    for (case, run) in CASES {
        if wanted.is_empty() || wanted.iter().any(|name| name == case) {
            let load = Load::start();
            let figures = run(windows);
            load.print(case, figures);
        }
    }
    ExitCode::SUCCESS
}
