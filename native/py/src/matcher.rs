//! The contact matcher for Python: on its own thread, and as the pure machine for virtual time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use acd::{Command, CommandId, Envelope, Machine, MalformedCommand};
use pyo3::prelude::*;

use crate::error::{Failure, enter};

impl From<MalformedCommand> for Failure {
    fn from(error: MalformedCommand) -> Self {
        Self::Argument(error.to_string())
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
pub struct MatcherMachine {
    machine: Mutex<Machine>,
}

impl MatcherMachine {
    fn machine(&self) -> Result<MutexGuard<'_, Machine>, Failure> {
        let broken = |_: PoisonError<_>| Failure::Ended("the machine failed before".into());
        self.machine.lock().map_err(broken)
    }
}

#[pymethods]
impl MatcherMachine {
    #[new]
    fn new() -> Self {
        Self {
            machine: Mutex::new(Machine::new()),
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
            self.machine()?.apply(now_us, id, command, &mut events);
            Ok(to_json(&events))
        })
    }

    fn poll_timeout(&self, py: Python<'_>) -> PyResult<Option<i64>> {
        enter(py, || Ok(self.machine()?.poll_timeout()))
    }

    fn handle_timeout(&self, py: Python<'_>, now_us: i64) -> PyResult<Vec<Vec<u8>>> {
        enter(py, || {
            let mut events = Vec::new();
            self.machine()?.handle_timeout(now_us, &mut events);
            Ok(to_json(&events))
        })
    }

    fn snapshot(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || Ok(self.machine()?.snapshot().to_json()))
    }
}

fn to_json(events: &[Envelope]) -> Vec<Vec<u8>> {
    events.iter().map(Envelope::to_json).collect()
}
