//! The time that the pure cores are given.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since the Unix epoch that never run back: the wall clock is read once, the monotonic
/// clock from then on. A wall clock that is set while the process runs neither fires all timers at
/// once nor stops them.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin_us: i64,
    started: Instant,
}

impl Clock {
    /// Reads the wall clock.
    #[must_use]
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            origin_us: micros(since_epoch.unwrap_or_default()),
            started: Instant::now(),
        }
    }

    /// Now, in microseconds since the Unix epoch.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        self.origin_us + micros(self.started.elapsed())
    }

    /// How long until `due_us`; zero when it has passed.
    #[must_use]
    pub fn until(&self, due_us: i64) -> Duration {
        let left_us = due_us.saturating_sub(self.now_us());
        Duration::from_micros(left_us.try_into().unwrap_or(0))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).expect("less than 292,000 years")
}
