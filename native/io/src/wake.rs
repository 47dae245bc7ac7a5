//! A wake-up that can be waited for with `poll`, `epoll` or Python's `anyio.wait_readable`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

/// A Linux eventfd behind a flag, so that only the first `raise` after a `lower` is a system call.
///
/// Many threads may raise; one thread lowers and waits. After a `raise` the descriptor is readable
/// until the next `lower`; it may also be readable without cause (a late write), never the reverse.
#[derive(Debug)]
pub struct Wake {
    raised: AtomicBool,
    descriptor: OwnedFd,
}

impl Wake {
    /// Opens the eventfd.
    ///
    /// # Errors
    /// The operating system's, when the process has no descriptor left.
    pub fn new() -> io::Result<Self> {
        let descriptor = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        Ok(Self {
            raised: AtomicBool::new(false),
            descriptor,
        })
    }

    /// Makes the descriptor readable.
    pub fn raise(&self) {
        if !self.raised.swap(true, Ordering::SeqCst) {
            // Fails only when the counter is at its maximum, and then it is readable already.
            let _ = rustix::io::write(&self.descriptor, &1_u64.to_ne_bytes());
        }
    }

    /// Makes the descriptor unreadable. Look at what was guarded again afterwards: whoever raised
    /// between the two steps below has not written, but is seen by that look, because the swap
    /// reads what their swap wrote. The other order of the two steps would lose their wake-up.
    pub fn lower(&self) {
        let mut counter = [0; 8];
        // "Would block" when nobody has written yet: then there is nothing to clear.
        let _ = rustix::io::read(&self.descriptor, &mut counter);
        self.raised.swap(false, Ordering::SeqCst);
    }

    /// Waits until raised, at most for `timeout` (`None`: without limit). May return early.
    pub fn wait(&self, timeout: Option<Duration>) {
        let timeout = timeout.map(|limit| Timespec {
            tv_sec: limit.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: limit.subsec_nanos().into(),
        });
        let mut descriptors = [PollFd::new(&self.descriptor, PollFlags::IN)];
        // An interruption by a signal is an early return like any other.
        let _ = poll(&mut descriptors, timeout.as_ref());
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl AsRawFd for Wake {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}
