//! The routed item, and the rules of its coming and leaving.

use crate::command::Arrival;
use crate::deferral::check_moment;
use crate::event::{AbandonPhase, Event, Journal, Refusal, RefusalCode, RescindReason};
use crate::floor::{Floor, Whereabouts, unknown_contact};
use crate::id::{AgentId, ContactId, Epoch};
use crate::max_wait::{Limit, check_max_wait};
use crate::relaxation::Stage;
use crate::requirement::check_required;
use crate::reservation::{Phase, Reservation};
use crate::timers::Timer;
use crate::work::Work;
use crate::{CONTACT_BOUND, PRIORITY_MAX, SLOT_BOUND};

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
    /// Who served the customer the last time.
    pub last_agent: Option<AgentId>,
    /// A colleague asks: in no figures.
    pub internal: bool,
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
            limit_us: self.limit.due_us(),
        }
    }

    /// Whether the end of its wait is an answer or an abandonment: not if it came back after its
    /// answer, nor if the customer is called back, nor without one.
    pub fn wait_counts(&self) -> bool {
        !self.answered && !self.called_back && !self.internal
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
    /// How urgent a contact here is in a queue of this slope.
    pub fn urgency(&self, slope: u16, now_us: i64) -> i128 {
        i128::from(slope) * (i128::from(now_us) - i128::from(self.urgent_since_us))
    }

    /// Behind everybody.
    pub const NOWHERE: Self = Self {
        urgent_since_us: i64::MAX,
        contact: ContactId(u64::MAX),
    };
}

impl Floor {
    pub fn enqueue(&mut self, arrival: &Arrival, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        self.check_new(arrival, journal.at_us)?;
        let mut contact = self.take_in(arrival);
        self.start_wait(&mut contact, arrival, journal.at_us);
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
            (None, Some(ready)) => self.offer(contact, ready.agent, journal),
            (None, None) => self.put_in_place(contact),
        }
        Ok(())
    }

    pub fn abandon(&mut self, id: ContactId, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        match self.contacts.get(&id).copied() {
            None => Err(unknown_contact(id)),
            Some(Whereabouts::Waiting(class, place)) => {
                let gone = self.take_from_place(class, place);
                self.forget(&gone.traces(true));
                self.count_abandoned(&gone, journal.at_us);
                journal.emit(Event::ContactAbandoned {
                    contact: id,
                    queue: gone.stage.queue,
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
                let reservation = self.reservation(agent, id);
                let Phase::Offered { .. } = reservation.phase else {
                    return Err(Refusal::new(
                        RefusalCode::WrongState,
                        format!("contact {id} is accepted; complete it instead"),
                    ));
                };
                let Reservation { contact, epoch, .. } = self.take_reservation(agent, id);
                self.count_abandoned(&contact, journal.at_us);
                journal.emit(Event::ReservationRescinded {
                    contact: id,
                    agent,
                    epoch,
                    reason: RescindReason::Abandoned,
                });
                journal.emit(Event::ContactAbandoned {
                    contact: id,
                    queue: contact.stage.queue,
                    phase: AbandonPhase::Offered,
                });
                self.forget(&contact.traces(true));
                self.free(agent, journal);
                Ok(())
            }
        }
    }

    fn count_abandoned(&mut self, contact: &Contact, now_us: i64) {
        if contact.wait_counts() {
            let queue = self.queue_mut(contact.stage.queue);
            let limit_us = queue.settings.short_abandon_us;
            queue
                .measures
                .abandoned(now_us, contact.arrived_us, limit_us);
        }
    }

    pub fn restore(
        &mut self,
        arrival: &Arrival,
        agent: AgentId,
        since_us: i64,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        self.check_new(arrival, journal.at_us)?;
        let on_floor = self.agent(agent)?;
        let of_channel = |work: &&Work| work.channel() == arrival.channel;
        let held = on_floor.work.iter().filter(of_channel).count();
        if held >= usize::from(SLOT_BOUND) || on_floor.offer().is_some() {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!(
                    "agent {agent} has an offer to answer, or {SLOT_BOUND} contacts of the channel, \
                     the most"
                ),
            ));
        }
        self.heartbeat(agent, journal)?;
        self.withdraw(agent);
        let mut contact = self.take_in(arrival);
        contact.answered = true;
        let reservation = Reservation {
            contact,
            // No offer has this number: no answer can be mistaken for one to this call.
            epoch: Epoch(0),
            phase: Phase::Connected { since_us },
        };
        self.contacts
            .insert(arrival.contact, Whereabouts::With(agent));
        let on_floor = self.known_mut(agent);
        on_floor.not_ready = None;
        on_floor.idle_since_us = journal.at_us;
        on_floor.workload.resume(journal.at_us);
        on_floor.work.push(Work::Contact(reservation));
        self.report(agent, journal);
        self.seek(agent, journal);
        Ok(())
    }

    fn check_new(&self, arrival: &Arrival, now_us: i64) -> Result<(), Refusal> {
        self.check_arrival(arrival, now_us)?;
        if self.contacts.contains_key(&arrival.contact) {
            return Err(Refusal::new(
                RefusalCode::DuplicateContact,
                format!("contact {} is known already", arrival.contact),
            ));
        }
        if self.contacts.len() >= CONTACT_BOUND {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("{CONTACT_BOUND} contacts are here, the most"),
            ));
        }
        Ok(())
    }

    pub fn check_arrival(&self, arrival: &Arrival, now_us: i64) -> Result<(), Refusal> {
        let invalid = |detail| Err(Refusal::new(RefusalCode::Invalid, detail));
        check_max_wait(arrival.max_wait)?;
        if let Some(until_us) = arrival.not_before_us {
            check_moment("not_before_us", until_us, now_us)?;
        }
        if arrival.priority > PRIORITY_MAX {
            let priority = arrival.priority;
            return invalid(format!(
                "priority is {priority}, must be 0 to {PRIORITY_MAX}"
            ));
        }
        check_required(&arrival.requires)?;
        self.queue(arrival.queue)?;
        self.check_relax(&arrival.relax)?;
        self.vocabulary.check_room(&arrival.requires)
    }

    /// A contact comes to wait: its steps and its limit run.
    pub fn start_wait(&mut self, contact: &mut Contact, arrival: &Arrival, now_us: i64) {
        self.start_schedule(contact, now_us);
        contact.called_back = arrival.not_before_us.is_some();
        let max_wait = arrival.max_wait.filter(|_| !contact.called_back);
        contact.limit = Limit::of(contact.arrived_us, max_wait);
        if let Some(due_us) = contact.limit.due_us() {
            self.timers.arm(due_us, Timer::MaxWait(contact.id));
        }
    }

    /// The contact of an arrival that was checked, in its class.
    pub fn take_in(&mut self, arrival: &Arrival) -> Contact {
        let settings = self.settings(arrival.queue);
        let boost_us = i64::from(arrival.priority).saturating_mul(settings.priority_worth_us);
        let needed = self.vocabulary.levels(&[arrival.queue], &arrival.requires);
        self.index.grow(self.vocabulary.len());
        let stage = Stage {
            queue: arrival.queue,
            channel: arrival.channel,
            class: self.join_class(arrival.queue, arrival.channel, &needed),
            schedule: self.schedule(arrival.queue, arrival.channel, &arrival.relax),
        };
        Contact {
            id: arrival.contact,
            stage,
            arrived_us: arrival.arrived_us,
            urgent_since_us: arrival.arrived_us.saturating_sub(boost_us),
            limit: Limit::None,
            called_back: false,
            last_agent: arrival.last_agent,
            internal: arrival.internal,
            answered: arrival.answered,
        }
    }
}
