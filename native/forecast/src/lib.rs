//! How those who wait now are taken up, in expectation, by the agents who are there now.
//!
//! Each pool of agents frees one of them at a steady rate, and that one takes the oldest contact it can
//! serve. A contact further back has perhaps left by then, so it takes less of the agents: that is the
//! death process of Ibrahim and Whitt's queue-length predictor with abandonment, QL_a ("Real-Time Delay
//! Estimation in Overloaded Multiserver Queues with Abandonments", Management Science 55, 2009), run
//! for several lines that share agents. With one line it is exactly theirs. Who arrives later is in
//! nobody's way, so of several lines with one priority nothing else has to be known.
//!
//! - [`drain`]: the waits in every line. `apart` tells which lines share agents, `attention` which
//!   line a pool works for, `course` is one line on its way.
//! - [`Waits`]: what came of it, looked up by place.
//! - [`ends`]: the steps in which a line is taken.
//!
//! Pure: no clock, no thread; times are seconds.

#![forbid(unsafe_code)]

mod apart;
mod attention;
mod course;
mod waits;

use apart::apart;
use attention::Attention;
use course::Course;
pub use waits::{Wait, Waits, ends};

/// Contacts whom the same agents can serve, in the order in which they are served.
#[derive(Clone, Debug)]
pub struct Line {
    /// How many wait.
    pub length: usize,
    /// The rate at which each of them loses patience, 0 or more.
    pub leave_per_s: f64,
    /// What decides between the heads of two lines, the smaller goes first: of the contact after
    /// each of the line's [`ends`] but the last, ascending and finite. A line that shares no pool
    /// with another may go without.
    pub heads: Vec<f64>,
}

/// Agents who serve the same lines.
#[derive(Clone, Debug)]
pub struct Pool {
    /// By index, at least one.
    pub lines: Vec<usize>,
    /// One of the agents becomes free at this rate; at 0 it is as if nobody were there.
    pub free_per_s: f64,
}

/// Lines and pools that make no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A rate outside of what its field says.
    #[error("{0} must be finite and at least 0")]
    Rate(&'static str),
    /// A pool of no line, or of one that there isn't.
    #[error("pool {0} needs lines, each by its index")]
    Pool(usize),
    /// A line that shares a pool, and not one head for each of its steps.
    #[error("line {0} shares agents and needs a head for each of its steps")]
    Heads(usize),
}

/// The waits in every line, by its index; none where no agent serves it.
///
/// # Errors
///
/// [`Malformed`], before anything is worked out.
pub fn drain(lines: &[Line], pools: &[Pool]) -> Result<Vec<Option<Waits>>, Malformed> {
    check(lines, pools)?;
    let mut capacity_per_s = vec![0.0; lines.len()];
    for pool in pools {
        for &line in &pool.lines {
            capacity_per_s[line] += pool.free_per_s;
        }
    }
    let mut attention = Attention::new(lines, pools);
    let mut waits: Vec<Option<Waits>> = lines.iter().map(|_| None).collect();
    for together in apart(lines.len(), pools) {
        let courses = together
            .into_iter()
            .filter(|&line| capacity_per_s[line] > 0.0)
            .map(|line| Course::new(line, &lines[line], capacity_per_s[line]))
            .collect();
        run(courses, &mut attention, &mut waits);
    }
    Ok(waits)
}

fn check(lines: &[Line], pools: &[Pool]) -> Result<(), Malformed> {
    let rate = |rate: f64| rate.is_finite() && rate >= 0.0;
    if !lines.iter().all(|line| rate(line.leave_per_s)) {
        return Err(Malformed::Rate("leave_per_s"));
    }
    if !pools.iter().all(|pool| rate(pool.free_per_s)) {
        return Err(Malformed::Rate("free_per_s"));
    }
    for (index, pool) in pools.iter().enumerate() {
        if pool.lines.is_empty() || pool.lines.iter().any(|&line| line >= lines.len()) {
            return Err(Malformed::Pool(index));
        }
        if pool.lines.len() > 1 {
            let unclear =
                |line: usize| lines[line].heads.len() + 1 != ends(lines[line].length).len();
            if let Some(&line) = pool.lines.iter().find(|&&line| unclear(line)) {
                return Err(Malformed::Heads(line));
            }
        }
    }
    Ok(())
}

/// Takes lines that share agents to their ends, side by side.
fn run(mut courses: Vec<Course>, attention: &mut Attention<'_>, waits: &mut [Option<Waits>]) {
    let mut now_s = 0.0;
    while !courses.is_empty() {
        // Finite: every pool works for a line that is on its way, if it serves any.
        let step_s = courses
            .iter()
            .map(|course| course.due_s(attention.rate_per_s(course.line)))
            .fold(f64::INFINITY, f64::min);
        now_s += step_s;
        for course in &mut courses {
            course.pass_by(step_s, attention.rate_per_s(course.line));
        }
        for n in (0..courses.len()).rev() {
            if courses[n].is_due() {
                let line = courses[n].line;
                courses[n].take(now_s);
                attention.turn(line, courses[n].taken());
                if courses[n].is_over() {
                    waits[line] = Some(courses.swap_remove(n).into_waits());
                }
            }
        }
    }
}
