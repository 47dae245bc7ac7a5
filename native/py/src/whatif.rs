//! A recorded run under other settings, for Python.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use io::journal::run::{Run, Step};
use io::request::Request;
use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use whatif::{Changes, Question, Story, simulate};

use crate::error::{Failure, enter};

#[pyclass(frozen, module = "mediacore._native")]
pub struct RecordedRun {
    reading: Mutex<Reading>,
}

struct Reading {
    run: Run,
    story: Story,
}

impl RecordedRun {
    fn reading(&self) -> Result<MutexGuard<'_, Reading>, Failure> {
        let broken = |_: PoisonError<_>| Failure::Ended("the machine failed before".into());
        self.reading.lock().map_err(broken)
    }
}

#[pymethods]
impl RecordedRun {
    #[new]
    fn new(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        enter(py, || {
            let reading = Reading {
                run: Run::open(&folder)?,
                story: Story::new(),
            };
            Ok(Self {
                reading: Mutex::new(reading),
            })
        })
    }

    #[pyo3(signature = (limit, *, until_us = 9_223_372_036_854_775_807))]
    fn read(&self, py: Python<'_>, limit: u64, until_us: i64) -> PyResult<bool> {
        enter(py, || {
            let Reading { run, story } = &mut *self.reading()?;
            for _ in 0..limit {
                match run.next_step()? {
                    Step::Command(recorded) if recorded.at_us <= until_us => {
                        for command in Request::from_json(&recorded.json)?.commands() {
                            story.take(recorded.at_us, recorded.id, &command.to_json())?;
                        }
                    }
                    _ => return Ok(false),
                }
            }
            Ok(true)
        })
    }

    fn about(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || {
            let about = self.reading()?.story.about();
            serde_json::to_vec(&about).map_err(|error| Failure::Ended(error.to_string()))
        })
    }

    fn figures(&self, py: Python<'_>, question: &[u8]) -> PyResult<Vec<u8>> {
        enter(py, || {
            let question: Question = parse("question", question)?;
            let figures = self.reading()?.story.figures(question);
            serde_json::to_vec(&figures).map_err(|error| Failure::Ended(error.to_string()))
        })
    }

    fn simulate(&self, py: Python<'_>, changes: &[u8], question: &[u8]) -> PyResult<Vec<u8>> {
        enter(py, || {
            let changes: Changes = parse("changes", changes)?;
            let question: Question = parse("question", question)?;
            let outcome = simulate(&self.reading()?.story, &changes, question);
            let outcome = outcome.map_err(|error| Failure::Argument(error.to_string()))?;
            serde_json::to_vec(&outcome).map_err(|error| Failure::Ended(error.to_string()))
        })
    }
}

fn parse<T: DeserializeOwned>(name: &str, json: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(json).map_err(|error| Failure::Argument(format!("{name}: {error}")))
}
