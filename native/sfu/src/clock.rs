//! When a sender captured what it sent, told in this machine's time, so that a receiver keeps the
//! sender's sound and picture together (RFC 3550 section 6.4.1; RFC 7273 speaks of the problem).

use std::time::{Duration, Instant, SystemTime};

/// A sender report's statement: this RTP timestamp was captured at this time of the sender's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) wallclock: SystemTime,
    pub(crate) ticks: u32,
    pub(crate) clock_rate: u32,
}

/// Relates one sender's clock to ours, over all of its streams. The offset is that of the packet
/// that was fastest through the network so far: none can be captured after it arrived.
#[derive(Debug, Default)]
pub(crate) struct SenderClock {
    anchor: Option<(SystemTime, Instant)>,
}

impl SenderClock {
    /// When a packet with timestamp `ticks` that came at `arrival` was captured.
    pub(crate) fn captured(&mut self, report: &Report, ticks: u32, arrival: Instant) -> Instant {
        // Timestamps are modulo 2^32: the difference is a signed number around zero.
        let difference = ticks.wrapping_sub(report.ticks).cast_signed();
        let seconds = f64::from(difference) / f64::from(report.clock_rate.max(1));
        let theirs = if seconds < 0.0 {
            report
                .wallclock
                .checked_sub(Duration::from_secs_f64(-seconds))
        } else {
            report
                .wallclock
                .checked_add(Duration::from_secs_f64(seconds))
        };
        let Some(theirs) = theirs else {
            return arrival;
        };
        let (then, ours) = *self.anchor.get_or_insert((theirs, arrival));
        let captured = match theirs.duration_since(then) {
            Ok(after) => ours.checked_add(after),
            Err(before) => ours.checked_sub(before.duration()),
        };
        match captured {
            Some(captured) if captured <= arrival && arrival - captured < IMPLAUSIBLE => captured,
            _ => {
                self.anchor = Some((theirs, arrival));
                arrival
            }
        }
    }
}

/// A capture time this far in the past means that the sender's clock was set: begin anew.
const IMPLAUSIBLE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    #![allow(
        clippy::disallowed_methods,
        reason = "a virtual clock begins at some instant"
    )]

    use super::*;

    #[test]
    fn streams_of_one_sender_share_a_clock_and_the_fastest_packet_sets_the_offset() {
        let ms = Duration::from_millis;
        let (then, start) = (
            SystemTime::UNIX_EPOCH + ms(1_000_000),
            Instant::now() + ms(10_000),
        );
        let video = Report {
            wallclock: then,
            ticks: u32::MAX - 89,
            clock_rate: 90_000,
        };
        let audio = Report {
            wallclock: then,
            ticks: 500,
            clock_rate: 48_000,
        };
        let mut clock = SenderClock::default();
        // Captured at 1 ms by the sender's clock (the timestamp wraps on the way), 60 ms under way.
        assert_eq!(clock.captured(&video, 0, start + ms(61)), start + ms(61));
        // Sound captured at 10 ms took 20 ms: so the picture must have taken 40 ms longer.
        assert_eq!(clock.captured(&audio, 980, start + ms(30)), start + ms(30));
        assert_eq!(clock.captured(&video, 1710, start + ms(80)), start + ms(40));
        // The sender's clock was set by an hour.
        let moved = Report {
            wallclock: then - Duration::from_secs(3600),
            ..video
        };
        assert_eq!(clock.captured(&moved, 1710, start + ms(90)), start + ms(90));
    }
}
