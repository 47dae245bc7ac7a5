//! What is printed, and what the machine was doing meanwhile.

use std::fs;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

/// A case's figures by name.
pub type Figures = Map<String, Value>;

/// Figures of `{name: value}`.
pub fn figures(value: Value) -> Figures {
    match value {
        Value::Object(figures) => figures,
        other => unreachable!("figures have names, {other} has none"),
    }
}

/// The last core: the first takes most interrupts.
pub fn pin_to_one_core() {
    pin_to(std::thread::available_parallelism().map_or(0, |cores| cores.get() - 1));
}

/// The calling thread alone.
pub fn pin_to_first_core() {
    pin_to(0);
}

fn pin_to(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    // Without it the figures are noisier, not wrong.
    let _ = sched_setaffinity(None, &cores);
}

/// How long this thread has run, whatever else its core did meanwhile.
pub fn thread_time() -> Duration {
    let ran = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(ran.tv_sec.unsigned_abs(), ran.tv_nsec as u32)
}

/// The machine's own share in a case.
pub struct Load {
    ticks: Option<(u64, u64)>,
}

impl Load {
    pub fn start() -> Self {
        Self {
            ticks: stolen_and_all(),
        }
    }

    pub fn print(self, case: &str, figures: Figures) {
        let mut line = json!({ "case": case });
        let object = line.as_object_mut().expect("just made");
        object.extend(figures);
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load
            .split(' ')
            .next()
            .and_then(|text| text.parse::<f64>().ok());
        object.insert("load".into(), json!(load));
        let stolen = self.ticks.zip(stolen_and_all()).map(|(before, now)| {
            let (stolen, all) = (now.0 - before.0, now.1 - before.1);
            rounded(stolen as f64 * 100.0 / all.max(1) as f64)
        });
        object.insert("steal_pct".into(), json!(stolen));
        println!("{line}");
    }
}

/// Clock ticks of all cores that the host took away, and all.
fn stolen_and_all() -> Option<(u64, u64)> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<u64> = text
        .lines()
        .next()?
        .split_whitespace()
        .skip(1)
        .filter_map(|field| field.parse().ok())
        .collect();
    Some((*ticks.get(7)?, ticks.iter().take(8).sum()))
}

/// Resident memory of this process in megabytes (10^6 bytes).
pub fn resident_mb() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(rounded(kib * 1024.0 / 1e6))
}

/// The value below which this share of the samples lies, in microseconds.
pub fn quantile_us(sorted_ns: &[u64], share: f64) -> f64 {
    let at = ((sorted_ns.len() as f64 * share) as usize).min(sorted_ns.len() - 1);
    rounded(sorted_ns[at] as f64 / 1e3)
}

pub fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A list with room for so many whose memory is touched already: what a case notes must not wait
/// for memory while it is measured.
pub fn notes<T: Clone>(room: usize, filler: T) -> Vec<T> {
    let mut notes = vec![filler; room];
    notes.clear();
    notes
}
