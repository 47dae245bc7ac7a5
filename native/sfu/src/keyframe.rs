//! When a source is asked for a keyframe.

use std::time::{Duration, Instant};

/// Least time between two requests to one source. A keyframe costs the sender a second's worth of
/// bits; any number of viewers must not make it send more than two a second.
pub(crate) const KEYFRAME_INTERVAL: Duration = Duration::from_millis(500);

/// Throttle of one source: a request inside the interval is kept and made at its end.
#[derive(Debug, Default)]
pub(crate) struct KeyframeThrottle {
    last: Option<Instant>,
    pending: bool,
}

impl KeyframeThrottle {
    /// Somebody needs a keyframe. True: ask the source now.
    pub(crate) fn request(&mut self, now: Instant) -> bool {
        match self.last {
            Some(last) if now < last + KEYFRAME_INTERVAL => {
                self.pending = true;
                false
            }
            _ => {
                self.last = Some(now);
                self.pending = false;
                true
            }
        }
    }

    /// A keyframe has come by itself: what was pending is settled.
    pub(crate) fn keyframe_seen(&mut self) {
        self.pending = false;
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.last
            .filter(|_| self.pending)
            .map(|last| last + KEYFRAME_INTERVAL)
    }

    /// True: ask the source now.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> bool {
        self.poll_timeout().is_some_and(|at| at <= now) && self.request(now)
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::disallowed_methods,
        reason = "a virtual clock begins at some instant"
    )]

    use super::*;

    #[test]
    fn a_thousand_requests_in_a_second_reach_the_source_twice_and_once_after() {
        let start = Instant::now();
        let mut throttle = KeyframeThrottle::default();
        let mut asked = 0;
        for ms in 0..1000 {
            let now = start + Duration::from_millis(ms);
            asked += u32::from(throttle.handle_timeout(now));
            asked += u32::from(throttle.request(now));
        }
        assert_eq!(asked, 2);
        let at = throttle.poll_timeout().expect("one is pending");
        assert!(throttle.handle_timeout(at));
        assert_eq!(throttle.poll_timeout(), None);
    }

    #[test]
    fn a_keyframe_settles_what_is_pending() {
        let now = Instant::now();
        let mut throttle = KeyframeThrottle::default();
        assert!(throttle.request(now));
        assert!(!throttle.request(now));
        throttle.keyframe_seen();
        assert_eq!(throttle.poll_timeout(), None);
    }
}
