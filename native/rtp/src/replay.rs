//! Which packets came already (RFC 3711 section 3.3.2).

/// Packets further back than this are refused: two seconds of video at 4 Mbit/s. The RFC asks for 64
/// at least; retransmissions may come late.
pub const WINDOW: u64 = 1_024;
const WORDS: usize = (WINDOW / 64) as usize;

/// The packets of one stream in a window that ends with the highest.
#[derive(Clone, Debug)]
pub struct Replay {
    highest: Option<u64>,
    seen: [u64; WORDS],
}

impl Default for Replay {
    fn default() -> Self {
        Self {
            highest: None,
            seen: [0; WORDS],
        }
    }
}

impl Replay {
    /// Whether a packet with this index may be new.
    pub fn is_new(&self, index: u64) -> bool {
        let Some(highest) = self.highest else {
            return true;
        };
        if index > highest {
            return true;
        }
        if highest - index >= WINDOW {
            return false;
        }
        let (word, bit) = place(index);
        self.seen[word] & bit == 0
    }

    /// The packet came, and is what it claims to be.
    pub fn take(&mut self, index: u64) {
        let highest = self.highest.unwrap_or(index);
        if index > highest {
            // What stood there was a window ago.
            for gone in (highest + 1..=index).take(WORDS * 64) {
                let (word, bit) = place(gone);
                self.seen[word] &= !bit;
            }
        }
        self.highest = Some(highest.max(index));
        let (word, bit) = place(index);
        self.seen[word] |= bit;
    }
}

fn place(index: u64) -> (usize, u64) {
    let at = index % WINDOW;
    let word = (at / 64) as usize;
    (word, 1 << (at % 64))
}
