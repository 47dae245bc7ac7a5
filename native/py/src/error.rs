//! The one gate into native code, and what its failures are in Python.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyOSError, PyValueError};
use pyo3::prelude::*;

create_exception!(
    mediacore._native,
    NativeError,
    PyException,
    "The native core can't go on: it was closed, or it failed."
);
create_exception!(
    mediacore._native,
    RingFull,
    NativeError,
    "A ring has no room: nothing was taken, try again later."
);

/// What can go wrong behind the gate.
pub enum Failure {
    /// An argument is malformed: `ValueError`.
    Argument(String),
    /// A ring is full: `RingFull`.
    Full(String),
    /// The operating system refused: `OSError`.
    System(io::Error),
    /// The core ended: `NativeError`.
    Ended(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Argument(text) => PyValueError::new_err(text),
            Failure::Full(text) => RingFull::new_err(text),
            Failure::System(error) => PyOSError::new_err(error.to_string()),
            Failure::Ended(text) => NativeError::new_err(text),
        }
    }
}

/// Runs native work without the GIL. A panic becomes a `NativeError`.
pub fn enter<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> PyResult<T> {
    py.detach(|| guarded(work)).map_err(PyErr::from)
}

/// As `enter`, with the GIL kept: for work of microseconds that waits for nobody. Who takes a GIL
/// that is given away for a moment keeps it for up to 5 ms (Python's switch interval), and with a
/// call for each command that was most of a contact's way through a busy server.
pub fn touch<T>(work: impl FnOnce() -> Result<T, Failure>) -> PyResult<T> {
    guarded(work).map_err(PyErr::from)
}

fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Failure::Ended(format!("panic: {}", text_of(&*panic)))))
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a text")
}
