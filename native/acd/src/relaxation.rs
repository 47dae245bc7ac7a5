//! What a contact requires less, the longer it waits.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::capacity::Channel;
use crate::class::ClassIx;
use crate::contact::Contact;
use crate::event::{Event, Journal, Refusal, RefusalCode};
use crate::floor::{Floor, Whereabouts};
use crate::id::{AgentId, ContactId, QueueId};
use crate::queue::check_duration;
use crate::requirement::{SkillLevel, check_required};
use crate::timers::Timer;
use crate::{RELAXATION_BOUND, SCHEDULES_KEPT};

/// A step of a contact's schedule: from then on it requires this instead. Steps are taken while it
/// waits or is on offer; what was due during a call is made up for if it returns from there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relaxation {
    /// How long after its arrival, in microseconds; more than the step before.
    pub after_us: i64,
    /// What its agent must have, or at level 0 must not have, from then on, beside serving the queue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<SkillLevel>,
    /// The queue that it overflows to; left out: it stays. It keeps its place by arrival and
    /// priority, and is not refused where the queue is full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueId>,
}

/// A step with the class that it leads to. Each contact on its way there counts in that class from
/// its arrival on, so that nothing has to be opened when a million steps are due at once.
#[derive(Debug, Clone, Copy)]
struct Step {
    after_us: i64,
    /// Where it leads, if not to where the contact is.
    leads: Option<QueueId>,
    /// Where the contact will be unless a queue is emptied or closed before; of the class.
    queue: QueueId,
    class: ClassIx,
}

/// The steps of a contact, and which of them is next. Most contacts share their steps with many.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    steps: Option<Arc<[Step]>>,
    next: u8,
}

impl Schedule {
    fn remaining(&self) -> &[Step] {
        let steps = self.steps.as_deref().unwrap_or_default();
        &steps[usize::from(self.next)..]
    }
}

type BySteps = FxHashMap<Box<[Relaxation]>, Arc<[Step]>>;

/// Schedules that were seen, by queue, channel and steps. Forgotten whenever a class is given up, as one of
/// them may lead there.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    known: FxHashMap<(QueueId, Channel), BySteps>,
    count: usize,
}

impl Schedules {
    pub fn forget(&mut self) {
        self.known.clear();
        self.count = 0;
    }

    fn get(&self, from: (QueueId, Channel), steps: &[Relaxation]) -> Option<Arc<[Step]>> {
        self.known.get(&from)?.get(steps).map(Arc::clone)
    }

    fn insert(&mut self, from: (QueueId, Channel), relax: &[Relaxation], steps: Arc<[Step]>) {
        if self.count >= SCHEDULES_KEPT {
            self.forget(); // their contacts have them still
        }
        self.count += 1;
        let by_steps = self.known.entry(from).or_default();
        by_steps.insert(relax.into(), steps);
    }
}

/// What a step changes about a contact.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub queue: QueueId,
    /// The one thing that stays.
    pub channel: Channel,
    pub class: ClassIx,
    pub schedule: Schedule,
}

impl Contact {
    /// When its next step is due, microseconds since the Unix epoch.
    pub fn relaxes_us(&self) -> Option<i64> {
        let step = self.stage.schedule.remaining().first()?;
        Some(self.arrived_us.saturating_add(step.after_us))
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

    /// The schedule of a contact that arrives in `queue`, which counts in all classes on its way.
    pub fn schedule(&mut self, queue: QueueId, channel: Channel, relax: &[Relaxation]) -> Schedule {
        if relax.is_empty() {
            return Schedule::default();
        }
        let steps = match self.schedules.get((queue, channel), relax) {
            Some(steps) => {
                for step in steps.iter() {
                    self.classes.join_known(step.class);
                }
                steps
            }
            None => {
                let mut queue_then = queue;
                let mut steps = Vec::with_capacity(relax.len());
                for step in relax {
                    queue_then = step.queue.unwrap_or(queue_then);
                    let needed = self.vocabulary.levels(&[queue_then], &step.requires);
                    self.index.grow(self.vocabulary.len());
                    steps.push(Step {
                        after_us: step.after_us,
                        leads: step.queue,
                        queue: queue_then,
                        class: self.join_class(queue_then, channel, &needed),
                    });
                }
                let steps: Arc<[Step]> = steps.into();
                self.schedules
                    .insert((queue, channel), relax, Arc::clone(&steps));
                steps
            }
        };
        Schedule {
            steps: Some(steps),
            next: 0,
        }
    }

    /// A contact in this stage has left the floor.
    pub fn leave_stage(&mut self, stage: &Stage) {
        self.leave_class(stage.class);
        for step in stage.schedule.remaining() {
            self.leave_class(step.class);
        }
    }

    /// Takes the steps that are due, of a contact that comes to wait, and arms the next.
    pub fn start_schedule(&mut self, contact: &mut Contact, now_us: i64) {
        while contact.relaxes_us().is_some_and(|due_us| due_us <= now_us) {
            contact.stage = self.next_stage(contact.stage.clone());
        }
        self.arm_step(contact.id, contact.relaxes_us());
    }

    /// As `start_schedule`, of a contact that returns from a call, in which no step was taken.
    pub fn resume_schedule(&mut self, contact: &mut Contact, journal: &mut Journal<'_>) {
        let before = contact.stage.schedule.next;
        self.start_schedule(contact, journal.at_us);
        if contact.stage.schedule.next > before {
            journal.emit(relaxed(contact));
        }
    }

    /// The contact is accepted: what it requires doesn't matter any more.
    pub fn pause_schedule(&mut self, agent: AgentId, id: ContactId) {
        let contact = &self.reservation(agent, id).contact;
        if let Some(due_us) = contact.relaxes_us() {
            self.timers.disarm(due_us, Timer::Relax(contact.id));
        }
    }

    /// A step is due. It is taken while the contact waits, then it looks for an agent, and while it
    /// is on offer.
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
                let stage = self.reservation(agent, id).contact.stage.clone();
                self.queue_mut(stage.queue).offered -= 1;
                let stage = self.next_stage(stage);
                self.queue_mut(stage.queue).offered += 1;
                let contact = &mut self.known_mut(agent).reservation_mut(id).contact;
                contact.stage = stage;
                let next_us = contact.relaxes_us();
                journal.emit(relaxed(contact));
                self.arm_step(id, next_us);
            }
            Some(Whereabouts::Deferred(_)) | None => unreachable!("who leaves the line disarms"),
        }
    }

    fn arm_step(&mut self, id: ContactId, due_us: Option<i64>) {
        if let Some(due_us) = due_us {
            self.timers.arm(due_us, Timer::Relax(id));
        }
    }

    fn next_stage(&mut self, stage: Stage) -> Stage {
        let mut schedule = stage.schedule;
        let step = schedule.remaining()[0];
        schedule.next += 1;
        let queue = step.leads.and_then(|queue| self.heir(queue));
        let queue = queue.unwrap_or(stage.queue);
        let mut class = step.class;
        if queue != step.queue {
            class = self.join_class_in(queue, step.class);
            self.leave_class(step.class);
        }
        self.leave_class(stage.class);
        Stage {
            queue,
            channel: stage.channel,
            class,
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
