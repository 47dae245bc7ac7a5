//! What a contact requires less, the longer it waits.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::class::ClassIx;
use crate::contact::Contact;
use crate::event::{Event, Journal, Refusal, RefusalCode};
use crate::floor::{Floor, Whereabouts};
use crate::id::{ContactId, QueueId};
use crate::queue::check_duration;
use crate::requirement::{SkillLevel, check_required};
use crate::timers::Timer;
use crate::{RELAXATION_BOUND, SCHEDULES_KEPT};

/// A step of a contact's schedule: from then on it requires this instead.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relaxation {
    /// How long after its arrival, in microseconds; more than the step before.
    pub after_us: i64,
    /// What its agent must have from then on, beside serving the queue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<SkillLevel>,
    /// The queue that it overflows to; left out: it stays. It keeps its place by arrival and
    /// priority, and is not refused where the queue is full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueId>,
}

/// The steps of a contact, and which of them is next. Most contacts share their steps with many.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    steps: Option<Arc<[Relaxation]>>,
    next: u8,
}

impl Schedule {
    fn step(&self) -> Option<&Relaxation> {
        self.steps.as_ref()?.get(usize::from(self.next))
    }

    fn due_us(&self, arrived_us: i64) -> Option<i64> {
        let step = self.step()?;
        Some(arrived_us.saturating_add(step.after_us))
    }
}

/// Schedules that were seen, each once.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    known: FxHashSet<Arc<[Relaxation]>>,
}

impl Schedules {
    pub fn schedule(&mut self, steps: &[Relaxation]) -> Schedule {
        if steps.is_empty() {
            return Schedule::default();
        }
        let steps = match self.known.get(steps) {
            Some(known) => Arc::clone(known),
            None => {
                if self.known.len() >= SCHEDULES_KEPT {
                    self.known.clear(); // their contacts have them still
                }
                let new: Arc<[Relaxation]> = steps.into();
                self.known.insert(Arc::clone(&new));
                new
            }
        };
        Schedule {
            steps: Some(steps),
            next: 0,
        }
    }
}

/// What a step changes about a contact.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub queue: QueueId,
    pub class: ClassIx,
    pub schedule: Schedule,
}

impl Contact {
    /// When its next step is due, microseconds since the Unix epoch.
    pub fn relaxes_us(&self) -> Option<i64> {
        self.stage.schedule.due_us(self.arrived_us)
    }
}

impl Floor {
    pub fn check_relax(&self, steps: &[Relaxation]) -> Result<(), Refusal> {
        let invalid = |detail| Err(Refusal::new(RefusalCode::Invalid, detail));
        if steps.len() > RELAXATION_BOUND {
            let count = steps.len();
            return invalid(format!(
                "relax has {count} steps, must be {RELAXATION_BOUND} at most"
            ));
        }
        let mut before_us = 0;
        for step in steps {
            check_duration("relax: after_us", step.after_us, 1)?;
            if step.after_us <= before_us {
                return invalid(format!(
                    "relax: after_us is {}, must be more than the step before, {before_us}",
                    step.after_us
                ));
            }
            before_us = step.after_us;
            check_required(&step.requires)?;
            if let Some(queue) = step.queue {
                self.queue(queue)?;
            }
        }
        // Room for all the skills at once, so that no step has to be refused when it is due.
        let skills: Vec<SkillLevel> = steps
            .iter()
            .flat_map(|step| &step.requires)
            .copied()
            .collect();
        self.vocabulary.check_room(&skills)
    }

    /// Takes the steps that are due, of a contact that is nowhere yet, and arms the next.
    pub fn start_schedule(&mut self, contact: &mut Contact, now_us: i64) {
        while contact.relaxes_us().is_some_and(|due_us| due_us <= now_us) {
            contact.stage = self.next_stage(contact.stage.clone());
        }
        self.arm_step(contact.id, contact.relaxes_us());
    }

    /// A step is due. Wherever the contact is, it is taken; one that waits looks for an agent.
    pub fn relax(&mut self, id: ContactId, due_us: i64, journal: &mut Journal<'_>) {
        self.timers.disarm(due_us, Timer::Relax(id));
        match self.contacts.get(&id).copied() {
            Some(Whereabouts::Waiting(class, place)) => {
                let mut contact = self.take_from_place(class, place);
                contact.stage = self.next_stage(contact.stage);
                self.arm_step(id, contact.relaxes_us());
                journal.emit(relaxed(&contact));
                self.place(contact, journal);
            }
            Some(Whereabouts::With(agent)) => {
                let stage = self.reservation_of(agent).contact.stage.clone();
                let stage = self.next_stage(stage);
                let contact = &mut self.known_mut(agent).reservation_mut().contact;
                contact.stage = stage;
                let next_us = contact.relaxes_us();
                journal.emit(relaxed(contact));
                self.arm_step(id, next_us);
            }
            None => unreachable!("who leaves disarms"),
        }
    }

    fn arm_step(&mut self, id: ContactId, due_us: Option<i64>) {
        if let Some(due_us) = due_us {
            self.timers.arm(due_us, Timer::Relax(id));
        }
    }

    fn next_stage(&mut self, stage: Stage) -> Stage {
        let Stage {
            queue,
            class,
            mut schedule,
        } = stage;
        let step = schedule.step().expect("a step was due");
        let queue = step.queue.unwrap_or(queue);
        let needed = self.vocabulary.levels(&[queue], &step.requires);
        schedule.next += 1;
        self.index.grow(self.vocabulary.len());
        let next = self.join_class(queue, needed);
        self.leave_class(class);
        Stage {
            queue,
            class: next,
            schedule,
        }
    }
}

fn relaxed(contact: &Contact) -> Event {
    Event::ContactRelaxed {
        contact: contact.id,
        queue: contact.stage.queue,
        step: contact.stage.schedule.next,
    }
}
