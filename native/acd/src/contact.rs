//! The routed item, and the rules of its coming and leaving.

use crate::agent::Activity;
use crate::event::{AbandonPhase, AgentState, Event, Journal, Refusal, RefusalCode, RescindReason};
use crate::floor::{Floor, Whereabouts};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::relaxation::{Relaxation, Stage};
use crate::requirement::{SkillLevel, check_required};
use crate::reservation::{Phase, Reservation};
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
    /// An agent has accepted it once: its wait is counted.
    pub answered: bool,
}

impl Contact {
    /// `scheduled`: its next step is armed, as it waits or is on offer.
    pub fn traces(&self, scheduled: bool) -> Traces {
        Traces {
            id: self.id,
            stage: self.stage.clone(),
            relaxes_us: self.relaxes_us().filter(|_| scheduled),
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
}

impl Floor {
    pub fn enqueue(&mut self, arrival: &Arrival, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        self.check_new(arrival)?;
        let mut contact = self.take_in(arrival);
        self.start_schedule(&mut contact, journal.at_us);
        let chosen = self.choose_agent(&contact);
        let queue = &self.queues[&contact.stage.queue];
        if chosen.is_none() && queue.is_full() {
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
            urgent_since_us: contact.urgent_since_us,
        });
        match chosen {
            Some(ready) => self.offer(contact, ready.agent, ready.idle_since_us, journal),
            None => self.put_in_place(contact),
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
                self.count_abandoned(queue, gone.arrived_us, gone.answered, journal.at_us);
                journal.emit(Event::ContactAbandoned {
                    contact: id,
                    queue,
                    phase: AbandonPhase::Waiting,
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
                let (arrived_us, answered) =
                    (reservation.contact.arrived_us, reservation.contact.answered);
                self.queue_mut(queue).offered -= 1;
                self.count_abandoned(queue, arrived_us, answered, journal.at_us);
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

    /// One that was answered before and came back has had its wait counted.
    fn count_abandoned(&mut self, queue: QueueId, arrived_us: i64, answered: bool, now_us: i64) {
        if !answered {
            let queue = self.queue_mut(queue);
            let limit_us = queue.settings.short_abandon_us;
            queue.measures.abandoned(now_us, arrived_us, limit_us);
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
        let mut contact = self.take_in(arrival);
        contact.answered = true;
        let reservation = Reservation {
            contact,
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
        Contact {
            id: arrival.contact,
            stage,
            arrived_us: arrival.arrived_us,
            urgent_since_us: arrival.arrived_us.saturating_sub(boost_us),
            answered: false,
        }
    }
}
