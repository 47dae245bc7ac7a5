//! A journal's run for Python: carried out again, and compared.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use io::journal::replay;
use io::journal::run::RunError;
use pyo3::prelude::*;

use crate::error::{Failure, enter};

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Io { .. } => Self::System(std::io::Error::other(error)),
            other => Self::Argument(other.to_string()),
        }
    }
}

#[pyclass(frozen, module = "mediacore._native")]
pub struct JournalReplay {
    replay: Mutex<replay::Replay>,
}

#[pymethods]
impl JournalReplay {
    #[new]
    fn new(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        enter(py, || {
            Ok(Self {
                replay: Mutex::new(replay::Replay::open(&folder)?),
            })
        })
    }

    #[pyo3(signature = (limit, *, until_us = 9_223_372_036_854_775_807))]
    fn advance(&self, py: Python<'_>, limit: u64, until_us: i64) -> PyResult<bool> {
        enter(py, || {
            let failed = |_: PoisonError<_>| Failure::Ended("the machine failed before".into());
            Ok(self
                .replay
                .lock()
                .map_err(failed)?
                .advance(limit, until_us)?)
        })
    }

    fn progress(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || {
            let replay = self.replay.lock().unwrap_or_else(PoisonError::into_inner);
            serde_json::to_vec(replay.progress()).map_err(|error| Failure::Ended(error.to_string()))
        })
    }
}
