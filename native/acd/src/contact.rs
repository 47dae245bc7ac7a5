//! The routed item, and the rules of its coming and leaving.

use crate::agent::Activity;
use crate::deferral::check_moment;
use crate::event::{AbandonPhase, AgentState, Event, Journal, Refusal, RefusalCode, RescindReason};
use crate::floor::{Floor, Whereabouts};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::max_wait::{Limit, MaxWait, check_max_wait};
use crate::relaxation::{Relaxation, Stage};
use crate::requirement::{SkillLevel, check_required};
use crate::reservation::{Phase, Reservation};
use crate::timers::Timer;
use crate::{CONTACT_BOUND, PRIORITY_MAX};

/// A contact in the machine's hands.
///
/// Neither `Clone` nor `Copy`: it is owned either by its class or by one agent's reservation, and
/// can only be moved. That two agents have one contact cannot be written down.
#[derive(Debug)]
pub(crate) struct Contact {
    pub id: ContactId,
    pub stage: Stage,
    pub arrived_us: i64,
    /// When it would have arrived to be as urgent without its priority.
    pub urgent_since_us: i64,
    pub limit: Limit,
    /// The customer doesn't hold the line.
    pub called_back: bool,
}

impl Contact {
    /// `scheduled`: its next step is armed, as it waits or is on offer.
    pub fn traces(&self, scheduled: bool) -> Traces {
        Traces {
            id: self.id,
            stage: self.stage.clone(),
            relaxes_us: self.relaxes_us().filter(|_| scheduled),
            limit_us: self.limit.due_us(),
        }
    }

    pub fn place(&self) -> Place {
        Place {
            urgent_since_us: self.urgent_since_us,
            contact: self.id,
        }
    }
}

/// What is to be wiped out when a contact leaves the floor.
#[derive(Debug)]
pub(crate) struct Traces {
    pub id: ContactId,
    pub stage: Stage,
    pub relaxes_us: Option<i64>,
    pub limit_us: Option<i64>,
}

/// A contact's place among those that wait: more urgent, then lower number. It never changes, so
/// that whoever returns stands where they stood; and as all of a queue become more urgent equally
/// fast, nobody is ever re-sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub urgent_since_us: i64,
    pub contact: ContactId,
}

impl Place {
    /// Behind everybody.
    pub const NOWHERE: Self = Self {
        urgent_since_us: i64::MAX,
        contact: ContactId(u64::MAX),
    };
}

/// A contact as a command brings it.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub contact: ContactId,
    pub queue: QueueId,
    pub priority: u8,
    pub arrived_us: i64,
    pub requires: Vec<SkillLevel>,
    pub relax: Vec<Relaxation>,
    pub max_wait: Option<MaxWait>,
    pub not_before_us: Option<i64>,
}

impl Floor {
    pub fn enqueue(&mut self, arrival: &Arrival, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        check_max_wait(arrival.max_wait)?;
        if let Some(until_us) = arrival.not_before_us {
            check_moment("not_before_us", until_us, journal.at_us)?;
        }
        self.check_new(arrival)?;
        let mut contact = self.take_in(arrival);
        self.start_schedule(&mut contact, journal.at_us);
        let later_us = arrival.not_before_us.filter(|us| *us > journal.at_us);
        let chosen = match later_us {
            None => self.choose_agent(&contact),
            Some(_) => None,
        };
        let queue = &self.queues[&contact.stage.queue];
        if !contact.called_back && chosen.is_none() && queue.is_full() {
            let most = queue.settings.max_waiting;
            let full = contact.stage.queue;
            self.forget(&contact.traces(true));
            return Err(Refusal::new(
                RefusalCode::QueueFull,
                format!("queue {full} has {most} contacts waiting, the most it takes"),
            ));
        }
        journal.emit(Event::ContactEnqueued {
            contact: contact.id,
            queue: contact.stage.queue,
            priority: arrival.priority,
            arrived_us: contact.arrived_us,
        });
        match (later_us, chosen) {
            (Some(until_us), _) => self.set_aside(contact, until_us, journal),
            (None, Some(ready)) => self.offer(contact, ready.agent, ready.idle_since_us, journal),
            (None, None) => self.put_in_place(contact),
        }
        Ok(())
    }

    pub fn abandon(&mut self, id: ContactId, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        match self.contacts.get(&id).copied() {
            None => Err(Refusal::new(
                RefusalCode::UnknownContact,
                format!("contact {id} is neither waiting nor with an agent"),
            )),
            Some(Whereabouts::Waiting(class, place)) => {
                let gone = self.take_from_place(class, place);
                self.forget(&gone.traces(true));
                let queue = gone.stage.queue;
                journal.emit(Event::ContactAbandoned {
                    contact: id,
                    queue,
                    phase: AbandonPhase::Waiting,
                });
                Ok(())
            }
            Some(Whereabouts::Deferred(_)) => {
                let gone = self.take_aside(id);
                self.forget(&gone.traces(false));
                journal.emit(Event::ContactAbandoned {
                    contact: id,
                    queue: gone.stage.queue,
                    phase: AbandonPhase::Deferred,
                });
                Ok(())
            }
            Some(Whereabouts::With(agent)) => {
                let reservation = self.reservation_of(agent);
                let Phase::Offered { idle_since_us, .. } = reservation.phase else {
                    return Err(Refusal::new(
                        RefusalCode::WrongState,
                        format!("contact {id} is accepted; complete it instead"),
                    ));
                };
                let (queue, epoch) = (reservation.contact.stage.queue, reservation.epoch);
                let traces = reservation.contact.traces(true);
                journal.emit(Event::ReservationRescinded {
                    contact: id,
                    agent,
                    epoch,
                    reason: RescindReason::Abandoned,
                });
                journal.emit(Event::ContactAbandoned {
                    contact: id,
                    queue,
                    phase: AbandonPhase::Offered,
                });
                self.forget(&traces);
                self.free(agent, idle_since_us, journal);
                Ok(())
            }
        }
    }

    pub fn restore(
        &mut self,
        arrival: &Arrival,
        agent: AgentId,
        since_us: i64,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        self.check_new(arrival)?;
        let (state, _) = self.agent(agent)?.state();
        if !matches!(state, AgentState::NotReady | AgentState::Ready) {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!("agent {agent} has a contact already"),
            ));
        }
        self.heartbeat(agent, journal)?;
        let reservation = Reservation {
            contact: self.take_in(arrival),
            // No offer has this number: no answer can be mistaken for one to this call.
            epoch: Epoch(0),
            phase: Phase::Connected { since_us },
        };
        self.turn(agent, Activity::Engaged(reservation));
        self.known_mut(agent).workload.resume(journal.at_us);
        self.report(agent, journal.at_us, journal);
        Ok(())
    }

    fn check_new(&self, arrival: &Arrival) -> Result<(), Refusal> {
        let invalid = |detail| Err(Refusal::new(RefusalCode::Invalid, detail));
        if arrival.priority > PRIORITY_MAX {
            let priority = arrival.priority;
            return invalid(format!(
                "priority is {priority}, must be 0 to {PRIORITY_MAX}"
            ));
        }
        check_required(&arrival.requires)?;
        self.queue(arrival.queue)?;
        self.check_relax(&arrival.relax)?;
        if self.contacts.contains_key(&arrival.contact) {
            return Err(Refusal::new(
                RefusalCode::DuplicateContact,
                format!("contact {} is known already", arrival.contact),
            ));
        }
        if self.contacts.len() >= CONTACT_BOUND {
            return invalid(format!("{CONTACT_BOUND} contacts are here, the most"));
        }
        self.vocabulary.check_room(&arrival.requires)
    }

    /// The contact of an arrival that was checked, in its class.
    fn take_in(&mut self, arrival: &Arrival) -> Contact {
        let settings = self.settings(arrival.queue);
        let needed = self.vocabulary.levels(&[arrival.queue], &arrival.requires);
        self.index.grow(self.vocabulary.len());
        let boost_us = i64::from(arrival.priority).saturating_mul(settings.priority_worth_us);
        let stage = Stage {
            queue: arrival.queue,
            class: self.join_class(arrival.queue, needed),
            schedule: self.schedule(arrival.queue, &arrival.relax),
        };
        let called_back = arrival.not_before_us.is_some();
        let max_wait = arrival.max_wait.filter(|_| !called_back);
        let limit = Limit::of(arrival.arrived_us, max_wait);
        if let Some(due_us) = limit.due_us() {
            self.timers.arm(due_us, Timer::MaxWait(arrival.contact));
        }
        Contact {
            id: arrival.contact,
            stage,
            arrived_us: arrival.arrived_us,
            urgent_since_us: arrival.arrived_us.saturating_sub(boost_us),
            limit,
            called_back,
        }
    }
}
