//! A run carried out again by a fresh machine, at full speed, and compared with what was.

use std::path::Path;

use acd::{CommandId, Machine};
use serde::Serialize;

use crate::journal::record::Digest;
use crate::journal::run::{Recorded, Run, RunEnd, RunError, Step};
use crate::request::Request;

/// A command after which the events are others than they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its place in the run, from 1.
    pub number: u64,
    /// When it was given, microseconds since the Unix epoch.
    pub at_us: i64,
    /// What it was, as JSON.
    pub command: String,
}

/// How far a replay has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Commands carried out.
    pub commands: u64,
    /// Commands whose events are proven to be the same.
    pub proven: u64,
    /// Events made.
    pub events: u64,
    /// Time of the first command, microseconds since the Unix epoch.
    pub first_us: Option<i64>,
    /// Time of the last command, microseconds since the Unix epoch.
    pub last_us: Option<i64>,
    /// How the run ended; `None`: there is more of it.
    pub end: Option<RunEnd>,
    /// The first command with other events; nothing is carried out after it.
    pub difference: Option<Difference>,
}

/// A replay under way.
#[derive(Debug)]
pub struct Replay {
    run: Run,
    machine: Machine,
    sink: Counted,
    last: Option<Recorded>,
    progress: Progress,
}

/// Counts the events and sums them up.
#[derive(Debug, Default)]
struct Counted {
    digest: Digest,
    events: u64,
}

impl acd::EventSink for Counted {
    fn emit(&mut self, envelope: acd::Envelope) {
        self.events += 1;
        self.digest.add(&envelope);
    }
}

impl Replay {
    /// Of the run in a folder.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        Ok(Self {
            run: Run::open(folder)?,
            machine: Machine::new(),
            sink: Counted::default(),
            last: None,
            progress: Progress {
                commands: 0,
                proven: 0,
                events: 0,
                first_us: None,
                last_us: None,
                end: None,
                difference: None,
            },
        })
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Carries out at most `limit` more commands, none later than `until_us`. False: it is over, by
    /// the run's end, a difference or the time.
    ///
    /// # Errors
    /// [`RunError`]: the run can't be read further.
    pub fn advance(&mut self, limit: u64, until_us: i64) -> Result<bool, RunError> {
        let mut goes_on = self.progress.difference.is_none();
        for _ in 0..limit {
            if !goes_on {
                break;
            }
            goes_on = match self.run.next_step()? {
                Step::Command(command) if command.at_us > until_us => false,
                Step::Command(command) => self.carry_out(command)?,
                Step::End { at_us, digest } => {
                    // What was due before the end has happened.
                    self.machine.handle_timeout(at_us, &mut self.sink);
                    self.prove(digest);
                    false
                }
                Step::Over => false,
            };
        }
        self.progress.events = self.sink.events;
        self.progress.end = self.run.end();
        Ok(goes_on)
    }

    fn carry_out(&mut self, recorded: Recorded) -> Result<bool, RunError> {
        if !self.prove(recorded.digest) {
            return Ok(false);
        }
        let request = Request::from_json(&recorded.json).map_err(|_| self.run.damaged())?;
        let id = CommandId(recorded.id);
        request.carry_out(&mut self.machine, recorded.at_us, id, &mut self.sink);
        self.progress.commands += 1;
        self.progress.first_us.get_or_insert(recorded.at_us);
        self.progress.last_us = Some(recorded.at_us);
        self.last = Some(recorded);
        Ok(true)
    }

    /// Compares after the command that was carried out last.
    fn prove(&mut self, digest: u32) -> bool {
        let same = digest == self.sink.digest.value();
        if same {
            self.progress.proven = self.progress.commands;
        } else {
            self.progress.difference = self.last.take().map(|last| Difference {
                number: last.number,
                at_us: last.at_us,
                command: String::from_utf8_lossy(&last.json).into_owned(),
            });
        }
        same
    }
}
