//! The Python module `mediacore._native`. Thin: converts, releases the GIL where it pays,
//! maps errors once.

mod error;
mod forecast;
mod journal;
mod matcher;
mod media;
mod whatif;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::error::{NativeError, RingFull};
    #[pymodule_export]
    use crate::forecast::{LineWaits, drain_lines, line_ends};
    #[pymodule_export]
    use crate::journal::JournalReplay;
    #[pymodule_export]
    use crate::matcher::{Matcher, MatcherMachine};
    #[pymodule_export]
    use crate::media::{Frame, FrameIterator, MediaShard, TrackLog, read_track_log};

    #[pymodule_export]
    use crate::whatif::RecordedRun;

    /// Version of the native core, the same as the wheel's.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
