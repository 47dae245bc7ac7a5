//! What came of it, counted the same way for a run as it was and as it would be.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::wire::{Came, Does, Fact, Told};

/// What is asked about.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Within which contacts are to be answered, microseconds.
    pub within_us: i64,
    /// Contacts that arrived from here on, microseconds since the Unix epoch.
    pub from_us: i64,
    /// And before this, microseconds since the Unix epoch.
    pub to_us: i64,
}

/// Sees events go by and remembers what figures need.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    waits: FxHashMap<u64, Wait>,
    /// Queue and time.
    turned_away: Vec<(u32, i64)>,
    agents: FxHashMap<u32, Shift>,
}

#[derive(Debug, Clone, Copy)]
struct Wait {
    /// Where it came to.
    queue: u32,
    /// Where it is.
    now_in: u32,
    arrived_us: i64,
    ended: Option<(i64, Outcome)>,
    overflowed: bool,
    /// Its wait may be as long as it takes, and isn't counted.
    called_back: bool,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Answered,
    Abandoned,
    /// It was sent away, or its customer is called back.
    Uncounted,
}

#[derive(Debug, Clone, Copy)]
struct Shift {
    does: Does,
    since_us: i64,
    available_us: i64,
    engaged_us: i64,
}

impl Shift {
    fn turn(&mut self, at_us: i64, does: Does) {
        let span_us = (at_us - self.since_us).max(0);
        match self.does {
            Does::Available => self.available_us += span_us,
            Does::Busy | Does::WrapsUp => self.engaged_us += span_us,
            Does::Away | Does::Pauses | Does::Punished => {}
        }
        (self.does, self.since_us) = (does, at_us);
    }

    fn at(mut self, at_us: i64) -> Self {
        self.turn(at_us, self.does);
        self
    }
}

impl Watch {
    /// The next event.
    pub fn see(&mut self, at_us: i64, fact: Fact) {
        match fact {
            Fact::Enqueued {
                contact,
                queue,
                arrived_us,
            } => {
                self.waits.insert(
                    contact,
                    Wait {
                        queue,
                        now_in: queue,
                        arrived_us,
                        ended: None,
                        overflowed: false,
                        called_back: false,
                    },
                );
            }
            Fact::Accepted { contact, .. } => self.end(contact, at_us, Outcome::Answered),
            Fact::Abandoned { contact } => self.end(contact, at_us, Outcome::Abandoned),
            Fact::Dismissed { contact } => self.end(contact, at_us, Outcome::Uncounted),
            Fact::Relaxed { contact, queue } | Fact::Moved { contact, queue } => {
                if let Some(wait) = self.waits.get_mut(&contact) {
                    wait.overflowed |= wait.now_in != queue;
                    wait.now_in = queue;
                }
            }
            // By somebody's hand: no overflow.
            Fact::Transferred { contact, queue, .. } => {
                if let Some(wait) = self.waits.get_mut(&contact) {
                    wait.now_in = queue;
                }
            }
            Fact::Agent { agent, does } => self
                .agents
                .entry(agent)
                .or_insert(Shift {
                    does: Does::Away,
                    since_us: at_us,
                    available_us: 0,
                    engaged_us: 0,
                })
                .turn(at_us, does),
            _ => {}
        }
    }

    /// A command that was carried out, for what its events don't tell.
    pub(crate) fn heed(&mut self, told: &Told) {
        match told {
            // Who asks a colleague is in no queue's figures.
            Told::Enqueue(Came {
                contact,
                internal: true,
                ..
            }) => {
                self.waits.remove(contact);
            }
            Told::Enqueue(came) | Told::Transfer { arrival: came } => {
                if let Some(wait) = self.waits.get_mut(&came.contact) {
                    wait.called_back = came.not_before_us.is_some();
                }
            }
            Told::Defer { contact } => {
                if let Some(wait) = self.waits.get_mut(contact) {
                    wait.called_back = true;
                }
            }
            _ => {}
        }
    }

    /// A contact found its queue full.
    pub fn turned_away(&mut self, queue: u32, at_us: i64) {
        self.turned_away.push((queue, at_us));
    }

    /// How long an agent was available or worked until `at_us`.
    pub(crate) fn on_shift_us(&self, agent: u32, at_us: i64) -> i64 {
        self.agents.get(&agent).map_or(0, |shift| {
            let shift = shift.at(at_us);
            shift.available_us + shift.engaged_us
        })
    }

    /// The first answer counts, also where the contact came back from it.
    fn end(&mut self, contact: u64, at_us: i64, outcome: Outcome) {
        if let Some(wait) = self.waits.get_mut(&contact)
            && wait.ended.is_none()
        {
            let counts = !wait.called_back;
            wait.ended = Some((at_us, if counts { outcome } else { Outcome::Uncounted }));
        }
    }
}

/// Waits, service level and occupancy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Of all queues.
    pub total: QueueFigures,
    /// By queue that contacts came to, ascending.
    pub queues: Vec<QueueFigures>,
}

/// Of one queue, or all. Ratios are `None` where there is nothing to divide by.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct QueueFigures {
    /// Its number; 0: of all.
    pub queue: u32,
    /// Contacts that were taken in.
    pub contacts: u64,
    /// Contacts that found it full.
    pub turned_away: usize,
    /// Of the contacts, those that an agent accepted.
    pub answered: u64,
    /// Of the contacts, those that left before.
    pub abandoned: u64,
    /// Of the contacts, those that went on to another queue.
    pub overflowed: u64,
    /// Mean wait of the answered, seconds.
    pub asa_s: Option<f64>,
    /// Wait that half of the answered don't exceed, seconds.
    pub wait_p50_s: Option<f64>,
    /// Wait that 90 % of the answered don't exceed, seconds.
    pub wait_p90_s: Option<f64>,
    /// Answered in time, of all whose fate is decided.
    pub service_level: Option<f64>,
    /// Agents who serve it and were on shift for a minute at least.
    pub agents: usize,
    /// Share of their time on shift that they were busy.
    pub occupancy: Option<f64>,
    /// Between the tenth and the ninetieth of a hundred agents.
    pub occupancy_spread: Option<f64>,
}

/// Who is on shift for less says nothing about how work is spread.
const SHIFT_US_MIN: i64 = 60_000_000;

impl Figures {
    /// Counts what was seen until `end_us`; `serves` says which queues each agent serves.
    #[must_use]
    pub fn of(
        watch: &Watch,
        question: Question,
        end_us: i64,
        serves: &FxHashMap<u32, Vec<u32>>,
    ) -> Self {
        let asked = question.from_us..question.to_us;
        let waits = watch.waits.values();
        let waits: Vec<&Wait> = waits
            .filter(|wait| asked.contains(&wait.arrived_us))
            .collect();
        let turned_away = watch.turned_away.iter();
        let turned_away: Vec<u32> = turned_away
            .filter(|(_, at_us)| asked.contains(at_us))
            .map(|(queue, _)| *queue)
            .collect();
        let mut numbers: Vec<u32> = waits
            .iter()
            .map(|wait| wait.queue)
            .chain(turned_away.iter().copied())
            .collect::<FxHashSet<u32>>()
            .into_iter()
            .collect();
        numbers.sort_unstable();
        let count = |queue: Option<u32>| {
            let here = |number: u32| queue.is_none_or(|queue| queue == number);
            let waits = waits.iter().copied().filter(|wait| here(wait.queue));
            let mut figures = of_waits(waits, question.within_us, end_us);
            figures.queue = queue.unwrap_or(0);
            figures.turned_away = turned_away.iter().filter(|number| here(**number)).count();
            let agents = watch.agents.iter().filter(|(agent, _)| {
                let served = serves.get(agent).map_or(&[][..], Vec::as_slice);
                queue.is_none() || served.iter().any(|queue| here(*queue))
            });
            occupy(&mut figures, agents.map(|(_, shift)| shift.at(end_us)));
            figures
        };
        Self {
            total: count(None),
            queues: numbers.iter().map(|number| count(Some(*number))).collect(),
        }
    }
}

fn of_waits<'a>(
    waits: impl Iterator<Item = &'a Wait>,
    within_us: i64,
    end_us: i64,
) -> QueueFigures {
    let mut figures = QueueFigures::default();
    let mut answered_us = Vec::new();
    let (mut in_time, mut decided) = (0_u64, 0_u64);
    for wait in waits {
        figures.contacts += 1;
        figures.overflowed += u64::from(wait.overflowed);
        let until_us = wait.ended.map_or(end_us, |(at_us, _)| at_us);
        let waited_us = (until_us - wait.arrived_us).max(0);
        let soon = waited_us <= within_us;
        match wait.ended {
            Some((_, Outcome::Answered)) => {
                figures.answered += 1;
                answered_us.push(waited_us);
                in_time += u64::from(soon);
                decided += 1;
            }
            Some((_, Outcome::Abandoned)) => {
                figures.abandoned += 1;
                decided += 1;
            }
            Some((_, Outcome::Uncounted)) => {}
            // Who still waits when all ends can be late already, but not in time.
            None => decided += u64::from(!soon && !wait.called_back),
        }
    }
    answered_us.sort_unstable();
    let mean_us = answered_us.iter().sum::<i64>() as f64 / answered_us.len() as f64;
    figures.asa_s = (!answered_us.is_empty()).then_some(mean_us / 1e6);
    let at = |share| quantile(&answered_us, share).map(|us| us as f64 / 1e6);
    (figures.wait_p50_s, figures.wait_p90_s) = (at(50), at(90));
    figures.service_level = (decided > 0).then(|| in_time as f64 / decided as f64);
    figures
}

fn occupy(figures: &mut QueueFigures, shifts: impl Iterator<Item = Shift>) {
    let (mut engaged_us, mut on_shift_us) = (0, 0);
    let mut shares = Vec::new();
    for shift in shifts {
        let span_us = shift.available_us + shift.engaged_us;
        if span_us >= SHIFT_US_MIN {
            shares.push(shift.engaged_us as f64 / span_us as f64);
            engaged_us += shift.engaged_us;
            on_shift_us += span_us;
        }
    }
    shares.sort_unstable_by(f64::total_cmp);
    figures.agents = shares.len();
    figures.occupancy = (on_shift_us > 0).then(|| engaged_us as f64 / on_shift_us as f64);
    figures.occupancy_spread = quantile(&shares, 90)
        .zip(quantile(&shares, 10))
        .map(|(high, low)| high - low);
}

/// The smallest that so many percent don't exceed.
fn quantile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}
