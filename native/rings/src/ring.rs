//! Bounded rings between threads: many producers, one consumer, no lock, a descriptor to wait on.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use crate::slots::Slots;
use crate::sync::Arc;
use crate::wake::{Descriptor, Signal, Wake};

/// Makes a ring for at most `bound` items (at least one).
///
/// # Errors
/// The operating system's, when the process has no descriptor left for the wake-up.
pub fn ring<T>(bound: usize) -> io::Result<(Producer<T>, Consumer<T>)> {
    Ok(ring_on(bound, Descriptor::new()?))
}

/// As [`ring`], with another signal than a descriptor to sleep on.
pub fn ring_on<T, S: Signal>(bound: usize, signal: S) -> (Producer<T, S>, Consumer<T, S>) {
    let shared = Arc::new(Shared {
        slots: Slots::new(bound),
        wake: Wake::with(signal),
    });
    let producer = Producer {
        shared: Arc::clone(&shared),
    };
    (producer, Consumer { shared })
}

/// The ring had no room: nothing was taken, the item comes back. Try again after the consumer ran,
/// or tell the caller to come back later.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ring is full")]
pub struct Full<T>(pub T);

struct Shared<T, S> {
    slots: Slots<T>,
    wake: Wake<S>,
}

/// The side that puts items in; clone it for each thread.
pub struct Producer<T, S = Descriptor> {
    shared: Arc<Shared<T, S>>,
}

impl<T, S> Clone for Producer<T, S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T, S: Signal> Producer<T, S> {
    /// Puts an item in and wakes the consumer if it sleeps. Never blocks.
    ///
    /// # Errors
    /// [`Full`] with the item when there is no room.
    pub fn push(&self, item: T) -> Result<(), Full<T>> {
        self.shared.slots.put(item).map_err(Full)?;
        self.shared.wake.raise();
        Ok(())
    }

    /// Wakes the consumer without an item, to let it see a flag that was set before. The consumer has
    /// to look at the flag after `pop` returned `None` and before it waits: `pop` lowers this wake-up.
    pub fn wake(&self) {
        self.shared.wake.raise();
    }

    /// Items in the ring at this moment, those included that a push is just putting in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.slots.len()
    }

    /// Whether the ring holds nothing at this moment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The side that takes items out. There is only one, which is what makes the wake-up exact.
///
/// Take items with [`take`](Self::take) as long as there are any: while the consumer is awake, no
/// push makes a system call. Before it sleeps, [`rest`](Self::rest) has to be true or
/// [`pop`](Self::pop) `None`: then its descriptor is unreadable until the next push, which makes it
/// readable. With edge-triggered polling (mio) this is the only way to a new edge.
pub struct Consumer<T, S = Descriptor> {
    shared: Arc<Shared<T, S>>,
}

impl<T, S: Signal> Consumer<T, S> {
    /// Takes the oldest item. `None` says nothing about the descriptor.
    #[allow(unsafe_code)]
    pub fn take(&mut self) -> Option<T> {
        // SAFETY: there is one consumer, and it is borrowed exclusively.
        unsafe { self.shared.slots.take() }
    }

    /// Takes the oldest item. `None` also lowers the wake-up: the next push raises it.
    pub fn pop(&mut self) -> Option<T> {
        self.take()
            .or_else(|| if self.rest() { None } else { self.take() })
    }

    /// Before the consumer sleeps: lowers the wake-up, and says whether there is indeed nothing to
    /// take. If there is, the wake-up is raised again.
    pub fn rest(&mut self) -> bool {
        let Shared { slots, wake } = &*self.shared;
        wake.lower();
        // Came between the last look and the lowering: more may have come with it.
        let nothing = !slots.has_next();
        if !nothing {
            wake.raise();
        }
        nothing
    }

    /// Takes at most `limit` items, oldest first. None taken: as `pop`.
    pub fn drain(&mut self, limit: usize) -> Vec<T> {
        if limit == 0 {
            return Vec::new();
        }
        let Some(first) = self.pop() else {
            return Vec::new();
        };
        let mut taken = Vec::with_capacity(limit.min(1 + self.len()));
        taken.push(first);
        while taken.len() < limit
            && let Some(item) = self.take()
        {
            taken.push(item);
        }
        taken
    }

    /// Items in the ring at this moment, those included that a push is just putting in: with
    /// `take` returning `None`, such a one will wake the consumer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.slots.len()
    }

    /// Whether the ring holds nothing at this moment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the consumer sleeps on.
    pub fn signal(&self) -> &S {
        self.shared.wake.signal()
    }
}

impl<T> Consumer<T> {
    /// Waits for an item or a wake-up, at most for `timeout` (`None`: without limit). May return early.
    pub fn wait(&self, timeout: Option<Duration>) {
        self.shared.wake.wait(timeout);
    }
}

impl<T> AsFd for Consumer<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shared.wake.as_fd()
    }
}

impl<T> AsRawFd for Consumer<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.shared.wake.as_raw_fd()
    }
}

impl<T, S: Signal> fmt::Debug for Producer<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl<T, S: Signal> fmt::Debug for Consumer<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
