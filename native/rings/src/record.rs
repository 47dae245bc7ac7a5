//! Records of a fixed size that one thread publishes and any thread reads, whole and without a lock.
//!
//! A sequence lock over two copies: the writer fills the copy that nobody is sent to, then sends the
//! readers there by one more in the version. A reader tries again only when the writer came back to
//! its copy meanwhile, that is after a whole further publication; a writer that is put to sleep in
//! the middle keeps nobody waiting, and readers write nothing, so that they don't slow the writer.
//! The fences are those of Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?"
//! (2012).

use std::sync::OnceLock;

use crate::sync::{AtomicU64, Ordering, fence, hint};

/// `WORDS` numbers that change together.
#[derive(Debug)]
pub struct Record<const WORDS: usize> {
    version: AtomicU64,
    copies: [[AtomicU64; WORDS]; 2],
}

impl<const WORDS: usize> Default for Record<WORDS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const WORDS: usize> Record<WORDS> {
    /// All zero, as version 0.
    #[must_use]
    pub fn new() -> Self {
        let copy = || std::array::from_fn(|_| AtomicU64::new(0));
        Self {
            version: AtomicU64::new(0),
            copies: [copy(), copy()],
        }
    }

    fn copy(&self, version: u64) -> &[AtomicU64; WORDS] {
        &self.copies[usize::from(version % 2 == 1)]
    }

    /// Replaces all words. Only one thread may do that.
    pub fn publish(&self, words: [u64; WORDS]) {
        let next = self.version.load(Ordering::Relaxed) + 1;
        // Who sees one of the words below sees the version before, and knows that its copy is old.
        fence(Ordering::Release);
        for (word, value) in self.copy(next).iter().zip(words) {
            word.store(value, Ordering::Relaxed);
        }
        self.version.store(next, Ordering::Release);
    }

    /// All words as they were published together; `None` while the version is 0.
    pub fn read(&self) -> Option<[u64; WORDS]> {
        loop {
            let version = self.version.load(Ordering::Acquire);
            if version == 0 {
                return None;
            }
            let copy = self.copy(version);
            let words = std::array::from_fn(|at| copy[at].load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if self.version.load(Ordering::Relaxed) == version {
                return Some(words);
            }
            hint::spin_loop();
        }
    }
}

/// Records that are allocated together, when the first of them is needed.
const CHUNK: usize = 64;

/// A list of records that one thread makes longer and publishes, and any thread reads. What is not
/// needed yet is not allocated.
#[derive(Debug)]
pub struct Records<const WORDS: usize> {
    chunks: Box<[OnceLock<Box<[Record<WORDS>]>>]>,
    len: AtomicU64,
}

impl<const WORDS: usize> Records<WORDS> {
    /// Room for so many.
    #[must_use]
    pub fn new(bound: usize) -> Self {
        let chunks = bound.div_ceil(CHUNK);
        Self {
            chunks: (0..chunks).map(|_| OnceLock::new()).collect(),
            len: AtomicU64::new(0),
        }
    }

    /// How many were published so far.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.len.load(Ordering::Acquire)).unwrap_or(usize::MAX)
    }

    /// Whether none was published so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Replaces the words of one record. Only one thread may do that, for all of them; beyond the
    /// bound nothing is published.
    pub fn publish(&self, at: usize, words: [u64; WORDS]) {
        let Some(chunk) = self.chunks.get(at / CHUNK) else {
            return;
        };
        let records = chunk.get_or_init(|| (0..CHUNK).map(|_| Record::new()).collect());
        records[at % CHUNK].publish(words);
        let len = at as u64 + 1;
        if len > self.len.load(Ordering::Relaxed) {
            self.len.store(len, Ordering::Release);
        }
    }

    /// The words of one record as they were published together.
    #[must_use]
    pub fn read(&self, at: usize) -> Option<[u64; WORDS]> {
        self.chunks.get(at / CHUNK)?.get()?[at % CHUNK].read()
    }
}
