//! A wake-up that can be waited for with `poll`, `epoll` or Python's `anyio.wait_readable`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use crate::sync::{AtomicBool, Ordering};

/// What a sleeper sleeps on. It stays set until it is cleared, however often it was set.
pub trait Signal {
    /// Ends the sleep, now or when it begins.
    fn set(&self);
    /// Lets the next sleep be one. Nothing happens if it is not set.
    fn clear(&self);
}

/// A Linux eventfd: readable while set.
#[derive(Debug)]
pub struct Descriptor(OwnedFd);

impl Descriptor {
    /// Opens the eventfd.
    ///
    /// # Errors
    /// The operating system's, when the process has no descriptor left.
    pub fn new() -> io::Result<Self> {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        Ok(Self(eventfd(0, flags)?))
    }
}

impl Signal for Descriptor {
    fn set(&self) {
        // Fails only when the counter is at its maximum, and then it is readable already.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    fn clear(&self) {
        // "Would block" when it is not set.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

/// A signal behind a flag, so that only the first `raise` after a `lower` is a system call: while
/// the sleeper is awake it doesn't lower, and who raises pays one atomic swap.
///
/// Many threads may raise; one thread lowers and waits. After a `raise` the signal is set until the
/// next `lower`; it may also be set without cause (a late write), never the reverse.
#[derive(Debug)]
pub struct Wake<S = Descriptor> {
    raised: AtomicBool,
    signal: S,
}

impl Wake {
    /// With a descriptor of its own.
    ///
    /// # Errors
    /// The operating system's, when the process has no descriptor left.
    pub fn new() -> io::Result<Self> {
        Ok(Self::with(Descriptor::new()?))
    }

    /// Waits until raised, at most for `timeout` (`None`: without limit). May return early.
    pub fn wait(&self, timeout: Option<Duration>) {
        let timeout = timeout.map(|limit| Timespec {
            tv_sec: limit.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: limit.subsec_nanos().into(),
        });
        let mut descriptors = [PollFd::new(&self.signal.0, PollFlags::IN)];
        // An interruption by a signal is an early return like any other.
        let _ = poll(&mut descriptors, timeout.as_ref());
    }
}

impl<S: Signal> Wake<S> {
    /// Lowered, on this signal, which is not set.
    pub fn with(signal: S) -> Self {
        Self {
            raised: AtomicBool::new(false),
            signal,
        }
    }

    /// What the sleeper sleeps on.
    pub fn signal(&self) -> &S {
        &self.signal
    }

    /// Sets the signal, unless it was raised since it was last lowered.
    pub fn raise(&self) {
        if !self.raised.swap(true, Ordering::AcqRel) {
            self.signal.set();
        }
    }

    /// Clears the signal. Look at what was guarded again afterwards, and only then sleep: whoever
    /// raised between the two steps below has not set the signal, but is seen by that look, because
    /// the swap reads what their swap wrote. The other order of the two steps would lose theirs.
    pub fn lower(&self) {
        self.signal.clear();
        self.raised.swap(false, Ordering::AcqRel);
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signal.0.as_fd()
    }
}

impl AsRawFd for Wake {
    fn as_raw_fd(&self) -> RawFd {
        self.signal.0.as_raw_fd()
    }
}
