//! The bounded queue under a ring: many put, one takes, each slot with a stamp that says whose turn
//! it is.
//!
//! After Dmitry Vyukov's bounded queue (2010), with one consumer. A slot's stamp is `2 * n` while
//! item number `n` may be put into it, `2 * n + 1` while that item waits in it. Who puts claims the
//! number at the tail, then the slot is theirs alone until they stamp it; so an item never moves and
//! is never copied twice, and a slow thread holds up nobody but those who wait for its item.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use crate::sync::{AtomicU64, Ordering, UnsafeCell};

pub(crate) struct Slots<T> {
    cells: Box<[Slot<T>]>,
    /// The number that the next item gets.
    tail: Padded,
    /// The number of the item that is taken next. Only the consumer changes it.
    head: Padded,
}

struct Slot<T> {
    stamp: AtomicU64,
    item: UnsafeCell<MaybeUninit<T>>,
}

/// On a cache line of its own, with its neighbour that the processor fetches along.
#[repr(align(128))]
struct Padded(AtomicU64);

// SAFETY: an item is reached only by the thread that claimed its number and then, after the stamp's
// release and acquire, by the consumer; so it crosses threads (`T: Send`) and is never shared.
unsafe impl<T: Send> Send for Slots<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Slots<T> {}

impl<T> Slots<T> {
    pub fn new(bound: usize) -> Self {
        let slot = |number: usize| Slot {
            stamp: AtomicU64::new(2 * number as u64),
            item: UnsafeCell::new(MaybeUninit::uninit()),
        };
        Self {
            cells: (0..bound.max(1)).map(slot).collect(),
            tail: Padded(AtomicU64::new(0)),
            head: Padded(AtomicU64::new(0)),
        }
    }

    /// How many items there is room for.
    pub fn bound(&self) -> usize {
        self.cells.len()
    }

    fn slot(&self, number: u64) -> &Slot<T> {
        // Below the length, which is a `usize`.
        #[allow(clippy::cast_possible_truncation)]
        &self.cells[(number % self.cells.len() as u64) as usize]
    }

    /// Puts an item in, or gives it back if there is no room.
    pub fn put(&self, item: T) -> Result<(), T> {
        let mut number = self.tail.0.load(Ordering::Relaxed);
        loop {
            let slot = self.slot(number);
            let stamp = slot.stamp.load(Ordering::Acquire);
            if stamp == 2 * number {
                let claimed = self.tail.0.compare_exchange_weak(
                    number,
                    number + 1,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
                match claimed {
                    Ok(_) => {
                        // SAFETY: the number is ours, and its slot is free: nobody else touches the
                        // cell until the stamp says that the item is there.
                        slot.item.with_mut(|cell| unsafe {
                            (*cell).write(item);
                        });
                        slot.stamp.store(2 * number + 1, Ordering::Release);
                        return Ok(());
                    }
                    Err(other) => number = other,
                }
            } else if stamp < 2 * number {
                return Err(item); // the item of a round before is not taken yet
            } else {
                number = self.tail.0.load(Ordering::Relaxed); // another was faster
            }
        }
    }

    /// Whether the next item is there.
    pub fn has_next(&self) -> bool {
        let number = self.head.0.load(Ordering::Relaxed);
        self.slot(number).stamp.load(Ordering::Acquire) == 2 * number + 1
    }

    /// Takes the next item, if it is there.
    ///
    /// # Safety
    /// Only one thread at a time.
    pub unsafe fn take(&self) -> Option<T> {
        if !self.has_next() {
            return None;
        }
        let number = self.head.0.load(Ordering::Relaxed);
        let slot = self.slot(number);
        // SAFETY: the stamp says that the item is there, and only this thread takes.
        let item = slot
            .item
            .with_mut(|cell| unsafe { (*cell).assume_init_read() });
        let next_round = number + self.bound() as u64;
        slot.stamp.store(2 * next_round, Ordering::Release);
        self.head.0.store(number + 1, Ordering::Release);
        Some(item)
    }

    /// Items whose number is claimed and that are not taken, at this moment.
    pub fn len(&self) -> usize {
        // In this order, so that the tail is not behind the head.
        let head = self.head.0.load(Ordering::Acquire);
        let tail = self.tail.0.load(Ordering::Acquire);
        usize::try_from(tail.saturating_sub(head))
            .unwrap_or(usize::MAX)
            .min(self.bound())
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        // SAFETY: nobody else has it any more.
        while let Some(item) = unsafe { self.take() } {
            drop(item);
        }
    }
}
