//! The routed item, and the rules of its coming and leaving.

use std::cmp::Reverse;

use crate::PRIORITY_MAX;
use crate::agent::Activity;
use crate::event::{AbandonPhase, AgentState, Event, Journal, Refusal, RefusalCode, RescindReason};
use crate::floor::{Floor, Whereabouts};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::queue::Queue;
use crate::reservation::{Phase, Reservation};

/// A contact in the machine's hands.
///
/// Neither `Clone` nor `Copy`: it is owned either by its queue or by one agent's reservation, and
/// can only be moved. That two agents have one contact cannot be written down.
#[derive(Debug)]
pub(crate) struct Contact {
    pub id: ContactId,
    pub queue: QueueId,
    pub priority: u8,
    pub arrived_us: i64,
}

impl Contact {
    pub fn place(&self) -> Place {
        Place {
            priority: Reverse(self.priority),
            arrived_us: self.arrived_us,
            contact: self.id,
        }
    }
}

/// A contact's place among those that wait: higher priority, then earlier arrival, then lower
/// number. It never changes, so that whoever returns stands where they stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    priority: Reverse<u8>,
    arrived_us: i64,
    pub contact: ContactId,
}

impl Floor {
    pub fn enqueue(&mut self, contact: Contact, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        let queue = self.check_new(&contact)?;
        if queue.is_full() {
            return Err(Refusal::new(
                RefusalCode::QueueFull,
                format!(
                    "queue {} has {} contacts waiting, the most it takes",
                    contact.queue, queue.settings.max_waiting
                ),
            ));
        }
        journal.emit(Event::ContactEnqueued {
            contact: contact.id,
            queue: contact.queue,
            priority: contact.priority,
            arrived_us: contact.arrived_us,
        });
        self.place(contact, journal);
        Ok(())
    }

    pub fn abandon(&mut self, id: ContactId, journal: &mut Journal<'_>) -> Result<(), Refusal> {
        match self.contacts.get(&id).copied() {
            None => Err(Refusal::new(
                RefusalCode::UnknownContact,
                format!("contact {id} is neither waiting nor with an agent"),
            )),
            Some(Whereabouts::Waiting(queue, place)) => {
                self.contacts.remove(&id);
                self.queues
                    .get_mut(&queue)
                    .and_then(|queue| queue.take(place))
                    .expect("whereabouts follow the contact");
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
                let (queue, epoch) = (reservation.contact.queue, reservation.epoch);
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
                self.contacts.remove(&id);
                self.free(agent, idle_since_us, journal);
                Ok(())
            }
        }
    }

    pub fn restore(
        &mut self,
        contact: Contact,
        agent: AgentId,
        since_us: i64,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        self.check_new(&contact)?;
        let (state, _) = self.agent(agent)?.state();
        if !matches!(state, AgentState::NotReady | AgentState::Ready) {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!("agent {agent} has a contact already"),
            ));
        }
        self.heartbeat(agent, journal)?;
        let reservation = Reservation {
            contact,
            // No offer has this number: no answer can be mistaken for one to this call.
            epoch: Epoch(0),
            phase: Phase::Connected { since_us },
        };
        self.turn(agent, Activity::Engaged(reservation));
        self.report(agent, journal.at_us, journal);
        Ok(())
    }

    fn check_new(&self, contact: &Contact) -> Result<&Queue, Refusal> {
        if contact.priority > PRIORITY_MAX {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!(
                    "priority is {}, must be 0 to {PRIORITY_MAX}",
                    contact.priority
                ),
            ));
        }
        let queue = self.queue(contact.queue)?;
        if self.contacts.contains_key(&contact.id) {
            return Err(Refusal::new(
                RefusalCode::DuplicateContact,
                format!("contact {} is known already", contact.id),
            ));
        }
        Ok(queue)
    }
}
