//! The contact matcher for Python: on its own thread, and as the pure machine for virtual time.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use acd::{Command, CommandId, Envelope, Machine, MalformedCommand, QueueId, Shifts};
use io::journal::writer::JournalOptions;
use io::matcher::{COMMAND_RING_BOUND, EVENT_RING_BOUND, MatcherError, MatcherOptions};
use io::restore::{MalformedContacts, Returning};
use pyo3::prelude::*;
use serde::Serialize;

use crate::error::{Failure, enter, touch};

/// The defaults stand as figures in the signature, so that Python can show them.
const _: () = assert!(COMMAND_RING_BOUND == 65_536 && EVENT_RING_BOUND == 262_144);

/// Largest bound of a ring: its slots are allocated at once.
const RING_BOUND_MAX: usize = 1 << 24;

impl From<MalformedCommand> for Failure {
    fn from(error: MalformedCommand) -> Self {
        Self::Argument(error.to_string())
    }
}

impl From<MalformedContacts> for Failure {
    fn from(error: MalformedContacts) -> Self {
        Self::Argument(error.to_string())
    }
}

impl From<MatcherError> for Failure {
    fn from(error: MatcherError) -> Self {
        match error {
            MatcherError::Full { .. } => Self::Full(error.to_string()),
            MatcherError::Ended => Self::Ended(error.to_string()),
        }
    }
}

/// 0 marks what a timer caused, so that no command may have it.
fn command_id(number: u64) -> Result<CommandId, Failure> {
    match number {
        0 => Err(Failure::Argument("command must be more than 0".into())),
        number => Ok(CommandId(number)),
    }
}

#[pyclass(frozen, module = "mediacore._native")]
pub struct Matcher {
    matcher: io::matcher::Matcher,
}

#[pymethods]
impl Matcher {
    #[new]
    #[pyo3(signature = (*, command_bound = 65_536, event_bound = 262_144, large_floor = false, journal = None, journal_bytes_max = 18_446_744_073_709_551_615))]
    fn new(
        py: Python<'_>,
        command_bound: usize,
        event_bound: usize,
        large_floor: bool,
        journal: Option<PathBuf>,
        journal_bytes_max: u64,
    ) -> PyResult<Self> {
        enter(py, || {
            for (name, bound) in [
                ("command_bound", command_bound),
                ("event_bound", event_bound),
            ] {
                if !(1..=RING_BOUND_MAX).contains(&bound) {
                    let text = format!("{name} is {bound}, must be 1 to {RING_BOUND_MAX}");
                    return Err(Failure::Argument(text));
                }
            }
            let matcher = io::matcher::Matcher::start(&MatcherOptions {
                command_bound,
                event_bound,
                large_floor,
                journal: journal.map(|folder| JournalOptions::new(folder, journal_bytes_max)),
            })?;
            Ok(Self { matcher })
        })
    }

    fn submit(&self, command: u64, payload: &[u8]) -> PyResult<()> {
        touch(|| {
            let id = command_id(command)?;
            Ok(self.matcher.submit(id, Command::from_json(payload)?)?)
        })
    }

    fn put_back(&self, py: Python<'_>, command: u64, contacts: &[u8]) -> PyResult<()> {
        enter(py, || {
            let id = command_id(command)?;
            Ok(self.matcher.put_back(id, Returning::from_json(contacts)?)?)
        })
    }

    fn fileno(&self) -> i32 {
        self.matcher.fileno()
    }

    #[pyo3(signature = (limit = 1024))]
    fn drain(&self, limit: usize) -> PyResult<Vec<Vec<u8>>> {
        touch(|| Ok(self.matcher.drain(limit)?))
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || Ok(self.matcher.snapshot()?.to_json()))
    }

    fn queue_figures(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || Ok(json(&self.matcher.live().queues())))
    }

    fn agent_figures(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || Ok(json(&self.matcher.live().agents())))
    }

    fn journal(&self, py: Python<'_>) -> PyResult<Option<Vec<u8>>> {
        enter(py, || {
            let figures = self.matcher.journal();
            Ok(figures.map(|figures| json(&figures)))
        })
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, || {
            self.matcher.close();
            Ok(())
        })
    }
}

#[pyclass(frozen, module = "mediacore._native")]
pub struct MatcherMachine {
    machine: Mutex<Followed>,
}

/// The machine with what follows from its events.
#[derive(Default)]
struct Followed {
    machine: Machine,
    shifts: Shifts,
}

impl Followed {
    fn told(&mut self, events: &[Envelope]) -> Vec<Vec<u8>> {
        for envelope in events {
            self.shifts.follow(envelope);
        }
        events.iter().map(Envelope::to_json).collect()
    }
}

impl MatcherMachine {
    fn machine(&self) -> Result<MutexGuard<'_, Followed>, Failure> {
        let broken = |_: PoisonError<_>| Failure::Ended("the machine failed before".into());
        self.machine.lock().map_err(broken)
    }
}

#[pymethods]
impl MatcherMachine {
    #[new]
    fn new() -> Self {
        Self {
            machine: Mutex::default(),
        }
    }

    fn apply(
        &self,
        py: Python<'_>,
        now_us: i64,
        command: u64,
        payload: &[u8],
    ) -> PyResult<Vec<Vec<u8>>> {
        enter(py, || {
            let id = command_id(command)?;
            let command = Command::from_json(payload)?;
            let mut events = Vec::new();
            let mut followed = self.machine()?;
            match &command {
                Command::DayStarted {} => followed.shifts.start_day(now_us),
                Command::DayResumed { agents, .. } => followed.shifts.resume_day(agents, now_us),
                _ => {}
            }
            followed.machine.apply(now_us, id, command, &mut events);
            Ok(followed.told(&events))
        })
    }

    fn put_back(
        &self,
        py: Python<'_>,
        now_us: i64,
        command: u64,
        contacts: &[u8],
    ) -> PyResult<Vec<Vec<u8>>> {
        enter(py, || {
            let id = command_id(command)?;
            let contacts = Returning::from_json(contacts)?;
            let mut events = Vec::new();
            let mut followed = self.machine()?;
            contacts.enqueue(&mut followed.machine, id, now_us, &mut events);
            Ok(followed.told(&events))
        })
    }

    fn poll_timeout(&self, py: Python<'_>) -> PyResult<Option<i64>> {
        enter(py, || Ok(self.machine()?.machine.poll_timeout()))
    }

    fn handle_timeout(&self, py: Python<'_>, now_us: i64) -> PyResult<Vec<Vec<u8>>> {
        enter(py, || {
            let mut events = Vec::new();
            let mut followed = self.machine()?;
            followed.machine.handle_timeout(now_us, &mut events);
            Ok(followed.told(&events))
        })
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || Ok(self.machine()?.machine.snapshot().to_json()))
    }

    fn queue_figures(&self, py: Python<'_>, now_us: i64) -> PyResult<Vec<u8>> {
        enter(py, || {
            let mut followed = self.machine()?;
            let queues: Vec<_> = followed.machine.figures(QueueId(0), now_us).collect();
            Ok(json(&queues))
        })
    }

    fn agent_figures(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || Ok(json(&self.machine()?.shifts.agents())))
    }
}

fn json(figures: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(figures).expect("figures hold only numbers and names")
}
