//! How people behave where what they did isn't recorded: drawn from what they and others did.

use acd::{AgentId, ContactId};
use rustc_hash::FxHashMap;

use crate::patience::{Patience, Survival};
use crate::story::{Answer, AnswerKind, Call, Story, WrapUp};

/// With fewer than so many who left, a queue's patience is taken from all queues together.
const LEFT_MIN: usize = 20;

/// What a draw is for: each has its own lots, so that a change to one leaves the others as they are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Patience = 1,
    Call = 2,
    WrapUp = 3,
    Answer = 4,
}

/// What is drawn from, by queue; 0 holds all.
pub(crate) struct Habits {
    pub patience: FxHashMap<u32, Survival>,
    pub calls: FxHashMap<u32, Vec<Call>>,
    pub wrap_ups: FxHashMap<u32, Vec<WrapUp>>,
    pub answers: Vec<Answer>,
}

impl Habits {
    pub fn of(story: &Story) -> Self {
        let mut seen: FxHashMap<u32, Vec<Patience>> = FxHashMap::default();
        let mut calls: FxHashMap<u32, Vec<Call>> = FxHashMap::default();
        let mut wrap_ups: FxHashMap<u32, Vec<WrapUp>> = FxHashMap::default();
        let mut answers = Vec::new();
        for contact in &story.contacts {
            for queue in [0, contact.queue] {
                seen.entry(queue).or_default().push(contact.patience);
                let whole = contact.calls.iter().filter(|call| !call.cut);
                calls.entry(queue).or_default().extend(whole);
                wrap_ups.entry(queue).or_default().extend(contact.wrap_up);
            }
            let given = contact.answers.iter();
            answers.extend(given.filter(|answer| answer.kind != AnswerKind::None));
        }
        let patience = seen.into_iter();
        Self {
            patience: patience
                .map(|(queue, seen)| (queue, Survival::estimate(seen)))
                .filter(|(queue, survival)| *queue == 0 || survival.left() >= LEFT_MIN)
                .collect(),
            calls,
            wrap_ups,
            answers,
        }
    }
}

/// In (0, 1], the same for the same people under every change.
pub(crate) fn lot(seed: u64, purpose: Purpose, contact: u64, agent: u32) -> f64 {
    let seed = seed ^ (purpose as u64) << 56;
    let bits = acd::lot(seed, ContactId(contact), AgentId(agent)) >> 11;
    (bits + 1) as f64 / (1_u64 << 53) as f64
}

pub(crate) fn pick_by_queue<T: Copy>(
    pools: &FxHashMap<u32, Vec<T>>,
    queue: u32,
    lot: f64,
) -> Option<T> {
    let own = pools.get(&queue).filter(|own| !own.is_empty());
    pick(own.or_else(|| pools.get(&0))?, lot)
}

pub(crate) fn pick<T: Copy>(of: &[T], lot: f64) -> Option<T> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "less than the length"
    )]
    let at = (lot * of.len() as f64).ceil() as usize;
    of.get(at.max(1) - 1).copied()
}
