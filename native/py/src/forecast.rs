//! The waits in lines that share agents, for Python.

use forecast::{Line, Malformed, Pool};
use pyo3::prelude::*;

use crate::error::{Failure, enter};

#[pyclass(frozen, module = "mediacore._native")]
pub struct LineWaits {
    waits: forecast::Waits,
}

#[pymethods]
impl LineWaits {
    fn wait(&self, ahead: usize) -> (f64, f64) {
        let wait = self.waits.wait(ahead);
        (wait.mean_s, wait.variance_s2)
    }
}

#[pyfunction]
pub fn line_ends(length: usize) -> Vec<usize> {
    forecast::ends(length)
}

#[pyfunction]
pub fn drain_lines(
    py: Python<'_>,
    lines: Vec<(usize, f64, Vec<f64>)>,
    pools: Vec<(Vec<usize>, f64)>,
) -> PyResult<Vec<Option<LineWaits>>> {
    let lines = lines.into_iter().map(|(length, leave_per_s, heads)| Line {
        length,
        leave_per_s,
        heads,
    });
    let pools = pools
        .into_iter()
        .map(|(lines, free_per_s)| Pool { lines, free_per_s });
    let (lines, pools): (Vec<_>, Vec<_>) = (lines.collect(), pools.collect());
    enter(py, || {
        let found = forecast::drain(&lines, &pools)
            .map_err(|error: Malformed| Failure::Argument(error.to_string()))?;
        let waits = |waits| LineWaits { waits };
        Ok(found.into_iter().map(|one| one.map(waits)).collect())
    })
}
