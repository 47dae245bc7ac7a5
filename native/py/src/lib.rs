//! The Python module `mediacore._native`. Thin: converts, releases the GIL, maps errors once.

use pyo3::prelude::*;

#[pymodule]
mod _native {
    /// Version of the native core, the same as the wheel's.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
