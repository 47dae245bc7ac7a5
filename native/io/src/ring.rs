//! Bounded rings between threads: many producers, one consumer, no lock, a descriptor to wait on.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_queue::ArrayQueue;

use crate::wake::Wake;

/// Makes a ring for at most `bound` items (at least one).
///
/// # Errors
/// The operating system's, when the process has no descriptor left for the wake-up.
pub fn ring<T>(bound: usize) -> io::Result<(Producer<T>, Consumer<T>)> {
    let shared = Arc::new(Shared {
        items: ArrayQueue::new(bound.max(1)),
        wake: Wake::new()?,
    });
    let producer = Producer {
        shared: Arc::clone(&shared),
    };
    Ok((producer, Consumer { shared }))
}

/// The ring had no room: nothing was taken, the item comes back. Try again after the consumer ran,
/// or tell the caller to come back later.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ring is full")]
pub struct Full<T>(pub T);

#[derive(Debug)]
struct Shared<T> {
    items: ArrayQueue<T>,
    wake: Wake,
}

/// The side that puts items in; clone it for each thread.
#[derive(Debug)]
pub struct Producer<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Clone for Producer<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<T> Producer<T> {
    /// Puts an item in and wakes the consumer. Never blocks.
    ///
    /// # Errors
    /// [`Full`] with the item when there is no room.
    pub fn push(&self, item: T) -> Result<(), Full<T>> {
        self.shared.items.push(item).map_err(Full)?;
        self.shared.wake.raise();
        Ok(())
    }

    /// Wakes the consumer without an item, to let it see a flag that was set before. The consumer has
    /// to look at the flag after `pop` returned `None` and before it waits: `pop` lowers this wake-up.
    pub fn wake(&self) {
        self.shared.wake.raise();
    }

    /// Items in the ring at this moment.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.items.len()
    }

    /// Whether the ring holds nothing at this moment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.items.is_empty()
    }
}

/// The side that takes items out. There is only one, which is what makes the wake-up exact.
///
/// Its descriptor is readable whenever the ring holds an item that [`pop`](Self::pop) has not
/// returned, and becomes unreadable when `pop` returns `None`. With edge-triggered polling (mio)
/// go on until `None`, or come back by yourself: the rest makes no new edge.
#[derive(Debug)]
pub struct Consumer<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Consumer<T> {
    /// Takes the oldest item. `None` also lowers the wake-up.
    pub fn pop(&mut self) -> Option<T> {
        let Shared { items, wake } = &*self.shared;
        items.pop().or_else(|| {
            wake.lower();
            // Came between the look and the lowering: more may have come with it.
            items.pop().inspect(|_| wake.raise())
        })
    }

    /// Takes at most `limit` items, oldest first.
    pub fn drain(&mut self, limit: usize) -> Vec<T> {
        let mut taken = Vec::with_capacity(limit.min(self.shared.items.len()));
        while taken.len() < limit {
            match self.pop() {
                Some(item) => taken.push(item),
                None => break,
            }
        }
        taken
    }

    /// Waits for an item or a wake-up, at most for `timeout` (`None`: without limit). May return early.
    pub fn wait(&self, timeout: Option<Duration>) {
        self.shared.wake.wait(timeout);
    }

    /// Items in the ring at this moment.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.items.len()
    }

    /// Whether the ring holds nothing at this moment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.items.is_empty()
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
