//! What is found of one line.

/// Up to here each contact is a step of its own; from there on a step takes a growing number of them,
/// and what lies between is interpolated: off by less than 1 %, and a million contacts are 700 steps.
const FINE: usize = 64;

/// How many of a line are before each of its steps, and its whole length at the end: 0, 1, 2 ...
///
/// Those of a shorter line are the first ones of a longer line, but for the last.
pub fn ends(length: usize) -> Vec<usize> {
    let mut ends = vec![0];
    let mut taken = 0;
    while taken < length {
        taken = length.min(taken + 1.max(taken / FINE));
        ends.push(taken);
    }
    ends
}

/// The wait of one who stays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wait {
    /// Seconds.
    pub mean_s: f64,
    /// Square seconds.
    pub variance_s2: f64,
}

/// The waits in one line: of each place in it, and of one who would join it now.
#[derive(Clone, Debug, PartialEq)]
pub struct Waits {
    ends: Vec<usize>,
    /// At each of the ends what those before it have waited; and the newcomer's.
    waits: Vec<Wait>,
}

impl Waits {
    pub(crate) fn new(ends: Vec<usize>, waits: Vec<Wait>) -> Self {
        debug_assert_eq!(ends.len() + 1, waits.len());
        Self { ends, waits }
    }

    /// Of the contact with so many before it in the line; from the line's length on, of one who would
    /// join it now.
    pub fn wait(&self, ahead: usize) -> Wait {
        let step = self.ends.partition_point(|&end| end <= ahead);
        let after = self.waits[step];
        let Some(&last) = self.ends.get(step) else {
            return after;
        };
        let (first, before) = (self.ends[step - 1], self.waits[step - 1]);
        #[expect(clippy::cast_precision_loss, reason = "no line is that long")]
        let share = (ahead + 1 - first) as f64 / (last - first) as f64;
        Wait {
            mean_s: before.mean_s + share * (after.mean_s - before.mean_s),
            variance_s2: before.variance_s2 + share * (after.variance_s2 - before.variance_s2),
        }
    }
}
