//! The commands of a run, read from its segments in order.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::framing::{Framed, Framing};
use crate::journal::record::{EndReason, Header, MAGIC, Record, parse, parse_header};
use crate::journal::writer::segment_path;

/// Why a run can't be read, or not further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A file can't be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There is no first segment.
    #[error("{0} is no run of a journal: it has no 000001.mcjournal")]
    NoRun(PathBuf),
    /// It is another kind of file, or its header is damaged.
    #[error("{path} is no segment {segment} of a journal of version 1, or its header is damaged")]
    Header {
        /// The file.
        path: PathBuf,
        /// Which segment it has to be.
        segment: u32,
    },
    /// The matcher that ran decided by other rules, so that the events may differ.
    #[error(
        "{path} was recorded by release {release} under rules {recorded}, this program decides by \
         rules {ours}: use that release"
    )]
    Rules {
        /// The file.
        path: PathBuf,
        /// Version of the program that ran.
        release: String,
        /// The rules' version then.
        recorded: u32,
        /// The rules' version now.
        ours: u32,
    },
    /// A record is not what was written.
    #[error("{path}: record {record} is damaged; {commands} commands of the run stand before it")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Number of the record in its file, from 1; the header is 1.
        record: u64,
        /// Commands before it.
        commands: u64,
    },
}

/// How a run's journal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// With the matcher, in order.
    Closed,
    /// The disk was too slow or refused: what follows is missing.
    Gap,
    /// It had reached its largest size: what follows is missing.
    Full,
    /// Without a last record: the process was killed, or still runs.
    Open,
    /// In the middle of a record: the process was killed while it wrote.
    Cut,
}

impl From<EndReason> for RunEnd {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::Closed => Self::Closed,
            EndReason::Gap => Self::Gap,
            EndReason::Full => Self::Full,
        }
    }
}

/// A run, read from its beginning.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    path: PathBuf,
    header: Header,
    framing: Framing<BufReader<File>>,
    /// Records read from the segment.
    records: u64,
    commands: u64,
    end: Option<RunEnd>,
}

/// A command as the machine got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the run, from 1.
    pub number: u64,
    /// The time it was given, microseconds since the Unix epoch.
    pub at_us: i64,
    /// The caller's number of it.
    pub id: u64,
    /// Of all events up to the one that closed the command before.
    pub digest: u32,
    /// The command's JSON form.
    pub json: Vec<u8>,
}

/// What comes next in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A command.
    Command(Recorded),
    /// The run's last record.
    End {
        /// The last time the machine was given, microseconds since the Unix epoch.
        at_us: i64,
        /// Of all events.
        digest: u32,
    },
    /// There is nothing more, see [`Run::end`].
    Over,
}

impl Run {
    /// Opens the run in a folder.
    ///
    /// # Errors
    /// [`RunError`]; rules of another version are refused.
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        let path = segment_path(folder, 1);
        if !path.is_file() {
            return Err(RunError::NoRun(folder.into()));
        }
        let (header, framing) = open_segment(&path, 1, 0)?;
        Ok(Self {
            folder: folder.into(),
            path,
            header,
            framing,
            records: 1,
            commands: 0,
            end: None,
        })
    }

    /// Of the segment that is being read.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How the run ended, once all of it was read.
    #[must_use]
    pub fn end(&self) -> Option<RunEnd> {
        self.end
    }

    /// What comes next.
    ///
    /// # Errors
    /// [`RunError`]: nothing can be said about what follows.
    pub fn next_step(&mut self) -> Result<Step, RunError> {
        if self.end.is_some() {
            return Ok(Step::Over);
        }
        loop {
            let following = segment_path(&self.folder, self.header.segment + 1);
            self.records += 1;
            let framed = self.framing.next().map_err(|error| RunError::Io {
                path: self.path.clone(),
                error,
            })?;
            let record = match framed {
                Framed::Whole(body) => parse(body),
                Framed::End if following.is_file() => {
                    let segment = self.header.segment + 1;
                    (self.header, self.framing) = open_segment(&following, segment, self.commands)?;
                    self.path = following;
                    self.records = 1;
                    continue;
                }
                Framed::End => return Ok(self.over(RunEnd::Open)),
                Framed::Cut if !following.is_file() => return Ok(self.over(RunEnd::Cut)),
                Framed::Cut | Framed::Damaged | Framed::Lost => None,
            };
            return match record {
                Some(Record::Command {
                    at_us,
                    id,
                    digest,
                    json,
                }) => {
                    self.commands += 1;
                    Ok(Step::Command(Recorded {
                        number: self.commands,
                        at_us,
                        id,
                        digest,
                        json,
                    }))
                }
                Some(Record::End {
                    reason,
                    at_us,
                    digest,
                }) => {
                    self.over(reason.into());
                    Ok(Step::End { at_us, digest })
                }
                None => Err(self.damaged()),
            };
        }
    }

    fn over(&mut self, end: RunEnd) -> Step {
        self.end = Some(end);
        Step::Over
    }

    /// The record that was just read is not what was written.
    pub(crate) fn damaged(&self) -> RunError {
        RunError::Damaged {
            path: self.path.clone(),
            record: self.records,
            commands: self.commands,
        }
    }
}

/// A segment's header, and the rest of it; `commands` is how many of the run stand before it.
fn open_segment(
    path: &Path,
    segment: u32,
    commands: u64,
) -> Result<(Header, Framing<BufReader<File>>), RunError> {
    let io = |error| RunError::Io {
        path: path.into(),
        error,
    };
    let file = BufReader::with_capacity(1 << 16, File::open(path).map_err(io)?);
    let unfit = || RunError::Header {
        path: path.into(),
        segment,
    };
    let mut framing = Framing::open(file, MAGIC).map_err(io)?.ok_or_else(unfit)?;
    let header = match framing.next().map_err(io)? {
        Framed::Whole(body) => parse_header(body),
        _ => None,
    };
    let header = header.ok_or_else(unfit)?;
    if header.segment != segment || header.commands != commands {
        return Err(unfit());
    }
    if header.rules != acd::RULES_VERSION {
        return Err(RunError::Rules {
            path: path.into(),
            release: header.release,
            recorded: header.rules,
            ours: acd::RULES_VERSION,
        });
    }
    Ok((header, framing))
}
