//! Hashing of numbers that are given one after another: contacts, agents, moments.

use std::hash::{BuildHasher, Hasher};

/// A table of what is known by such numbers. Its order of iteration follows from them alone, as this
/// hashing has no seed.
#[allow(clippy::disallowed_types)]
pub(crate) type Table<Key, Value> = std::collections::HashMap<Key, Value, Sequence>;

/// Neighbours stay neighbours, so that who came lately lies together in memory and not each on a
/// line of its own: with a million contacts most of a look-up's time is the wait for that line.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sequence;

impl BuildHasher for Sequence {
    type Hasher = Number;

    fn build_hasher(&self) -> Number {
        Number(0)
    }
}

pub(crate) struct Number(u64);

/// The bits by which the table tells entries of one neighbourhood apart before it looks at them.
const TAG: u64 = 0x7f << 57;

impl Hasher for Number {
    fn write_u64(&mut self, number: u64) {
        let tag = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & TAG;
        // The upper bits fold in, for numbers that are given in steps of a power of two.
        self.0 = (number ^ number >> 20) & !TAG | tag;
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut number = [0; 8];
            number[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(self.0.rotate_left(5) ^ u64::from_le_bytes(number));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
