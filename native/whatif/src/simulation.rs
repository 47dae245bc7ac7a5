//! A story as it was, and as it would have been.

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::changes::Changes;
use crate::figures::{Figures, Question};
use crate::stage::Stage;
use crate::story::Story;

/// What came of a simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Waits, service level and occupancy.
    #[serde(flatten)]
    pub figures: Figures,
    /// How much of it isn't recorded.
    pub drawn: Drawn,
}

/// Counts what people were drawn to do because the same had not happened to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// Contacts that left at a time which is drawn.
    pub abandons: u64,
    /// Calls.
    pub calls: u64,
    /// Answers to offers.
    pub answers: u64,
    /// Wrap-ups.
    pub wrap_ups: u64,
}

/// A change asks for something that the matcher has not.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct BadChange {
    pub(crate) what: String,
    pub(crate) why: String,
}

/// Runs the story as it would have been, and counts.
///
/// # Errors
/// [`BadChange`] when a change makes a command that is none.
pub fn simulate(
    story: &Story,
    changes: &Changes,
    question: Question,
) -> Result<Outcome, BadChange> {
    let mut stage = Stage::new(story, changes);
    stage.run()?;
    let end_us = story.last_us;
    let figures = Figures::of(&stage.watch, question, end_us, &stage.serves());
    Ok(Outcome {
        figures,
        drawn: stage.drawn,
    })
}

impl Story {
    /// Counts what came of it as it was.
    #[must_use]
    pub fn figures(&self, question: Question) -> Figures {
        let serves = self.agents.iter();
        let serves = serves.map(|(agent, habits)| (*agent, habits.queues.clone()));
        let serves: FxHashMap<u32, Vec<u32>> = serves.collect();
        Figures::of(&self.watch, question, self.last_us, &serves)
    }
}
