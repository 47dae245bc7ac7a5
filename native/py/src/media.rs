//! The media shard and the reader of track logs for Python.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use io::capture::frames::{Frame as LogFrame, Frames, read_track_log as read_frames};
use io::capture::log::{Header, LogError};
use io::shard::{Shard, ShardError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::{Failure, enter};

impl From<ShardError> for Failure {
    fn from(error: ShardError) -> Self {
        match error {
            ShardError::Malformed(_) | ShardError::Config(_) => Self::Argument(error.to_string()),
            ShardError::Io(error) => Self::System(error),
            ShardError::Full => Self::Full(error.to_string()),
            _ => Self::Ended(error.to_string()),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Io(error) => Self::System(error),
            other => Self::Argument(other.to_string()),
        }
    }
}

#[pyclass(frozen, module = "mediacore._native")]
pub struct MediaShard {
    shard: Shard,
}

#[pymethods]
impl MediaShard {
    #[new]
    fn new(py: Python<'_>, config: &[u8]) -> PyResult<Self> {
        enter(py, || {
            Ok(Self {
                shard: Shard::start(config)?,
            })
        })
    }

    #[getter]
    fn local_port(&self) -> u16 {
        self.shard.local_port()
    }

    fn submit(&self, py: Python<'_>, request: u64, payload: &[u8]) -> PyResult<()> {
        enter(py, || Ok(self.shard.submit(request, payload)?))
    }

    fn fileno(&self) -> i32 {
        self.shard.fileno()
    }

    #[pyo3(signature = (limit = 1024))]
    fn drain(&self, py: Python<'_>, limit: usize) -> PyResult<Vec<Vec<u8>>> {
        enter(py, || Ok(self.shard.drain(limit)?))
    }

    fn metrics(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || {
            serde_json::to_vec(&self.shard.metrics())
                .map_err(|error| Failure::Ended(error.to_string()))
        })
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        enter(py, || {
            self.shard.close();
            Ok(())
        })
    }
}

#[pyclass(frozen, module = "mediacore._native")]
pub struct TrackLog {
    header: Header,
    path: PathBuf,
}

#[pymethods]
impl TrackLog {
    #[getter]
    fn header(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        enter(py, || {
            serde_json::to_vec(&self.header).map_err(|error| Failure::Ended(error.to_string()))
        })
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<FrameIterator> {
        enter(py, || {
            let (_, frames) = open(&self.path)?;
            Ok(FrameIterator {
                frames: Mutex::new(frames),
            })
        })
    }
}

#[pyclass(frozen, module = "mediacore._native")]
pub struct FrameIterator {
    frames: Mutex<Frames<BufReader<File>>>,
}

#[pymethods]
impl FrameIterator {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Frame>> {
        enter(py, || {
            let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(frames.next().transpose()?.map(|frame| Frame { frame }))
        })
    }

    #[getter]
    fn incomplete(&self) -> u64 {
        let frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        frames.incomplete()
    }

    #[getter]
    fn uncaptured_packets(&self) -> u64 {
        let frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        frames.uncaptured_packets()
    }
}

#[pyclass(frozen, module = "mediacore._native")]
pub struct Frame {
    frame: LogFrame,
}

#[pymethods]
impl Frame {
    #[getter]
    fn pts_ticks(&self) -> i64 {
        self.frame.pts_ticks
    }

    #[getter]
    fn arrival_us(&self) -> i64 {
        self.frame.arrival_us
    }

    #[getter]
    fn captured_us(&self) -> i64 {
        self.frame.captured_us
    }

    #[getter]
    fn keyframe(&self) -> bool {
        self.frame.keyframe
    }

    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.frame.data)
    }
}

#[pyfunction]
pub fn read_track_log(py: Python<'_>, path: PathBuf) -> PyResult<TrackLog> {
    enter(py, || {
        let (header, _) = open(&path)?;
        Ok(TrackLog { header, path })
    })
}

fn open(path: &Path) -> Result<(Header, Frames<BufReader<File>>), LogError> {
    read_frames(BufReader::new(File::open(path)?))
}
