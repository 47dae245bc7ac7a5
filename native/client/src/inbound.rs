//! One stream that comes in: what arrived of it, for the figures and for the reports to its sender.

use rtp::sequence::Extender;
use rtp::srtp::Received;

/// What is kept of one SSRC.
#[derive(Default)]
pub struct Inbound {
    /// For the packets that are opened.
    pub opening: Received,
    sequence: Extender,
    first: Option<u64>,
    highest: u64,
    received: u64,
    /// As of the last report.
    reported: (u64, u64),
    /// As of the last look.
    looked: u64,
}

impl Inbound {
    /// A packet with this sequence number came; says how many have by now.
    pub fn count(&mut self, sequence: u16) -> u64 {
        let extended = self.sequence.extend(sequence);
        let first = *self.first.get_or_insert(extended);
        self.highest = self.highest.max(extended).max(first);
        self.received += 1;
        self.received
    }

    /// The highest sequence number, extended by its rounds.
    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// Packets that should have come since the last look.
    pub fn expected(&mut self) -> u64 {
        let all = self.all();
        let since = all - self.looked;
        self.looked = all;
        since
    }

    /// For a report (RFC 3550 section 6.4.1): the share lost since the last one in 256ths, and all
    /// that was lost.
    pub fn report(&mut self) -> (u8, u32) {
        let (all, received) = (self.all(), self.received);
        let expected = all - self.reported.0;
        let lost = expected.saturating_sub(received - self.reported.1);
        self.reported = (all, received);
        let share = (lost * 256).checked_div(expected).unwrap_or(0).min(255);
        let in_all = all.saturating_sub(received).min(0x7f_ffff);
        (
            u8::try_from(share).unwrap_or(u8::MAX),
            u32::try_from(in_all).unwrap_or(u32::MAX),
        )
    }

    fn all(&self) -> u64 {
        self.first.map_or(0, |first| self.highest - first + 1)
    }
}
