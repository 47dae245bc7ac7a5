//! How people behave where what they did isn't recorded: drawn from what they and others did.

use acd::{AgentId, ContactId};
use rustc_hash::FxHashMap;

use crate::contact::{Answer, AnswerKind, CONSULTS, Call, End, WrapUp};
use crate::patience::{Patience, Survival};
use crate::story::Story;

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
            for (nth, leg) in contact.legs.iter().enumerate() {
                let pool = contact.pool(nth);
                let whole = leg.call.and_then(whole);
                let wrap_up = leg.call.and_then(|call| call.wrap_up);
                // Colleagues wait and talk otherwise than customers do.
                let all = (pool != CONSULTS).then_some(0);
                for pool in all.into_iter().chain([pool]) {
                    // Who is called back has no line to hold.
                    if !leg.called_back {
                        seen.entry(pool)
                            .or_default()
                            .push(leg.patience(story.last_us));
                    }
                    calls.entry(pool).or_default().extend(whole);
                    wrap_ups.entry(pool).or_default().extend(wrap_up);
                }
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

/// The conversation of a call that can stand for another: up to its own end. Whoever was given away
/// would have talked on.
fn whole(call: Call) -> Option<Call> {
    let by_itself = matches!(call.end, End::HungUp | End::Took { .. });
    by_itself.then_some(Call {
        end: End::HungUp,
        ..call
    })
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
