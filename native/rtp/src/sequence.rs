//! Sequence numbers that count their rounds.

/// Makes 48 bits of the 16 that are on the wire: a packet's index (RFC 3711 section 3.3.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Extender {
    highest: Option<u64>,
}

impl Extender {
    /// The index of a packet with this number: the one nearest to the highest until now (RFC 3711
    /// appendix A). Takes no notice of it: a forged packet must not move it.
    pub fn guess(&self, number: u16) -> u64 {
        let Some(highest) = self.highest else {
            return u64::from(number);
        };
        let round = highest & !0xffff;
        let same = round | u64::from(number);
        let behind = same.saturating_sub(highest);
        let ahead = highest.saturating_sub(same);
        if behind > 0x8000 && round > 0 {
            same - 0x1_0000
        } else if ahead > 0x8000 {
            same + 0x1_0000
        } else {
            same
        }
    }

    /// The packet with this index came.
    pub fn take(&mut self, index: u64) {
        self.highest = Some(self.highest.map_or(index, |highest| highest.max(index)));
    }

    /// Both.
    pub fn extend(&mut self, number: u16) -> u64 {
        let index = self.guess(number);
        self.take(index);
        index
    }

    /// The highest index until now.
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }
}
