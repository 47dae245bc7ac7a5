//! What was sent and received, since the last look.

use hdrhistogram::Histogram;
use serde::Serialize;

/// One packet in so many is opened, for its time and to know that it can be.
pub const OPENED_ONE_IN: u64 = 16;
/// Latency is kept up to 10 s, to three digits.
const LATENCY_MAX_NS: u64 = 10_000_000_000;

/// Counters of all peers together.
pub struct Figures {
    /// Media packets sent, ...
    pub sent: u64,
    /// ... frames left out as this process was too late for them, ...
    pub left_out: u64,
    /// ... media packets received, ...
    pub received: u64,
    /// ... of these opened, ...
    pub opened: u64,
    /// ... and of these such as could not be.
    pub refused: u64,
    /// From the sealing of a packet until it was read, of those opened, in nanoseconds.
    pub latency_ns: Histogram<u64>,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            sent: 0,
            left_out: 0,
            received: 0,
            opened: 0,
            refused: 0,
            latency_ns: Histogram::new_with_max(LATENCY_MAX_NS, 3).expect("the bounds make sense"),
        }
    }
}

/// [`Figures`] as they are told; times in milliseconds.
#[derive(Debug, Serialize)]
pub struct Told {
    sent: u64,
    left_out: u64,
    received: u64,
    /// What the sequence numbers say was sent to us.
    expected: u64,
    opened: u64,
    refused: u64,
    latency_p50_ms: f64,
    latency_p99_ms: f64,
    latency_max_ms: f64,
}

impl Figures {
    /// With what was `expected` in the same time.
    pub fn told(&self, expected: u64) -> Told {
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds in nanoseconds are exact"
        )]
        let ms = |ns: u64| (ns as f64 / 1e6 * 1e3).round() / 1e3;
        Told {
            sent: self.sent,
            left_out: self.left_out,
            received: self.received,
            expected,
            opened: self.opened,
            refused: self.refused,
            latency_p50_ms: ms(self.latency_ns.value_at_quantile(0.5)),
            latency_p99_ms: ms(self.latency_ns.value_at_quantile(0.99)),
            latency_max_ms: ms(self.latency_ns.max()),
        }
    }
}
