//! One line on its way: step by step until the newcomer's turn has come.

use crate::Line;
use crate::waits::{Wait, Waits, ends};

/// Work below this is done: what is left is rounding.
const DONE: f64 = 1e-9;

/// A line that agents serve.
pub struct Course {
    /// Its index.
    pub line: usize,
    leave_per_s: f64,
    per_capacity_s: f64,
    /// What is left of the present step, in contacts who are still there.
    work: f64,
    /// The share of those who waited at first who haven't left by now.
    staying: f64,
    variance_s2: f64,
    ends: Vec<usize>,
    /// By the end of each step until now.
    waits: Vec<Wait>,
}

impl Course {
    pub fn new(index: usize, line: &Line, capacity_per_s: f64) -> Self {
        let ends = ends(line.length);
        let mut waits = Vec::with_capacity(ends.len() + 1);
        waits.push(Wait::default());
        Self {
            line: index,
            leave_per_s: line.leave_per_s,
            per_capacity_s: 1.0 / capacity_per_s,
            work: 1.0,
            staying: 1.0,
            variance_s2: 0.0,
            ends,
            waits,
        }
    }

    /// How many steps are done.
    pub fn taken(&self) -> usize {
        self.waits.len() - 1
    }

    /// When the present step is done if agents go on coming at this rate; infinite if none do.
    pub fn due_s(&self, rate_per_s: f64) -> f64 {
        if rate_per_s > 0.0 {
            self.work / rate_per_s
        } else {
            f64::INFINITY
        }
    }

    /// This much time passes, in which agents come at this rate.
    pub fn pass_by(&mut self, step_s: f64, rate_per_s: f64) {
        self.variance_s2 += step_s * self.staying * self.per_capacity_s;
        self.staying /= 1.0 + self.leave_per_s * step_s;
        self.work -= rate_per_s * step_s;
    }

    /// Whether nothing is left of the present step.
    pub fn is_due(&self) -> bool {
        self.work <= DONE
    }

    /// The present step is done.
    pub fn take(&mut self, now_s: f64) {
        self.waits.push(Wait {
            mean_s: now_s,
            variance_s2: self.variance_s2,
        });
        let contacts = match self.ends[self.taken()..] {
            [first, last, ..] => last - first,
            // The newcomer's.
            _ => 1,
        };
        #[expect(clippy::cast_precision_loss, reason = "no line is that long")]
        let contacts = contacts as f64;
        self.work = self.staying * contacts;
    }

    /// Whether the newcomer's turn has come as well.
    pub fn is_over(&self) -> bool {
        self.waits.len() > self.ends.len()
    }

    pub fn into_waits(self) -> Waits {
        Waits::new(self.ends, self.waits)
    }
}
