//! A contact in an agent's hands: offered, accepted, connected; and the rules between those.

use crate::agent::Activity;
use crate::command::NotReadyReason;
use crate::contact::Contact;
use crate::event::{Event, Journal, Refusal, RefusalCode, RequeueReason};
use crate::floor::{Floor, Whereabouts};
use crate::id::{AgentId, ContactId, Epoch};
use crate::timers::Timer;

/// Owns its contact, and is owned by its agent.
#[derive(Debug)]
pub(crate) struct Reservation {
    pub contact: Contact,
    pub epoch: Epoch,
    pub phase: Phase,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Phase {
    /// `idle_since_us` is given back to the agent if the customer leaves.
    Offered {
        expires_us: i64,
        idle_since_us: i64,
    },
    Accepted,
    Connected {
        since_us: i64,
    },
}

impl Floor {
    pub fn accept(
        &mut self,
        contact: ContactId,
        agent: AgentId,
        epoch: Epoch,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        self.check_offered(contact, agent, epoch)?;
        self.pause_schedule(agent);
        self.proceed(agent, Phase::Accepted);
        self.count_answer(agent, journal.at_us);
        let workload = &mut self.known_mut(agent).workload;
        let share = workload.share;
        workload.accept(journal.at_us);
        self.share = self.share.max(share);
        journal.emit(Event::ReservationAccepted {
            contact,
            agent,
            epoch,
        });
        self.report(agent, journal.at_us, journal);
        Ok(())
    }

    /// The offer is over; the first acceptance of a contact ends its wait.
    fn count_answer(&mut self, agent: AgentId, now_us: i64) {
        let contact = &mut self.known_mut(agent).reservation_mut().contact;
        let (queue, arrived_us) = (contact.stage.queue, contact.arrived_us);
        let answered_before = std::mem::replace(&mut contact.answered, true);
        let queue = self.queue_mut(queue);
        queue.offered -= 1;
        if !answered_before {
            let limit_us = queue.settings.service_level_us;
            queue.measures.answered(now_us, arrived_us, limit_us);
        }
    }

    pub fn reject(
        &mut self,
        contact: ContactId,
        agent: AgentId,
        epoch: Epoch,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        self.check_offered(contact, agent, epoch)?;
        let rejected = Event::ReservationRejected {
            contact,
            agent,
            epoch,
        };
        let reasons = (RequeueReason::Rejected, NotReadyReason::RejectedOffer);
        self.return_offer(agent, rejected, reasons, journal);
        Ok(())
    }

    pub fn connect(
        &mut self,
        contact: ContactId,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let (agent, phase) = self.engaged(contact)?;
        let Phase::Accepted = phase else {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!("contact {contact} is not between accept and connect"),
            ));
        };
        let since_us = journal.at_us;
        self.proceed(agent, Phase::Connected { since_us });
        journal.emit(Event::ContactConnected { contact, agent });
        Ok(())
    }

    pub fn complete(
        &mut self,
        contact: ContactId,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let (agent, phase) = self.engaged(contact)?;
        let talk_us = match phase {
            Phase::Offered { .. } => {
                return Err(Refusal::new(
                    RefusalCode::WrongState,
                    format!("contact {contact} is on offer; abandon it instead"),
                ));
            }
            Phase::Accepted => 0,
            Phase::Connected { since_us } => journal.at_us.saturating_sub(since_us).max(0),
        };
        journal.emit(Event::ContactCompleted {
            contact,
            agent,
            talk_us,
        });
        let traces = self.reservation_of(agent).contact.traces(false);
        let measures = &mut self.queue_mut(traces.stage.queue).measures;
        measures.talked(journal.at_us, talk_us);
        self.forget(&traces);
        self.start_wrap_up(agent, journal);
        Ok(())
    }

    /// Takes an offer from an agent, who goes not ready; the contact goes to the next agent or back
    /// to its place.
    pub fn return_offer(
        &mut self,
        agent: AgentId,
        ended: Event,
        (why, reason): (RequeueReason, NotReadyReason),
        journal: &mut Journal<'_>,
    ) {
        let contact = match self.turn(agent, Activity::NotReady(reason)) {
            Activity::Engaged(reservation) => reservation.contact,
            before => unreachable!("the caller saw an offer, not {before:?}"),
        };
        self.queue_mut(contact.stage.queue).offered -= 1;
        journal.emit(ended);
        journal.emit(Event::ContactRequeued {
            contact: contact.id,
            queue: contact.stage.queue,
            reason: why,
            urgent_since_us: contact.urgent_since_us,
        });
        self.report(agent, journal.at_us, journal);
        self.place(contact, journal);
    }

    /// Moves an agent's reservation on from the offer. Nothing else about the agent changes.
    fn proceed(&mut self, agent: AgentId, phase: Phase) {
        let reservation = self.known_mut(agent).reservation_mut();
        let before = std::mem::replace(&mut reservation.phase, phase);
        if let Phase::Offered { expires_us, .. } = before {
            self.timers.disarm(expires_us, Timer::Offer(agent));
        }
    }

    fn check_offered(
        &self,
        contact: ContactId,
        agent: AgentId,
        epoch: Epoch,
    ) -> Result<(), Refusal> {
        match self.agent(agent)?.activity() {
            Activity::Engaged(Reservation {
                contact: held,
                epoch: current,
                phase: Phase::Offered { .. },
            }) if held.id == contact && *current == epoch => Ok(()),
            _ => Err(Refusal::new(
                RefusalCode::StaleReservation,
                format!("contact {contact} is not on offer to agent {agent} under epoch {epoch}"),
            )),
        }
    }

    /// The agent who has this contact, and how far they are.
    fn engaged(&self, contact: ContactId) -> Result<(AgentId, Phase), Refusal> {
        match self.contacts.get(&contact) {
            None => Err(Refusal::new(
                RefusalCode::UnknownContact,
                format!("contact {contact} is neither waiting nor with an agent"),
            )),
            Some(Whereabouts::Waiting(..)) => Err(Refusal::new(
                RefusalCode::WrongState,
                format!("contact {contact} is still waiting"),
            )),
            Some(Whereabouts::With(agent)) => {
                let reservation = self.reservation_of(*agent);
                Ok((*agent, reservation.phase))
            }
        }
    }
}
