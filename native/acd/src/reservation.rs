//! A contact in an agent's hands: offered, accepted, connected; and the rules between those.

use crate::command::NotReadyReason;
use crate::contact::Contact;
use crate::event::{Event, Journal, Refusal, RefusalCode, RequeueReason};
use crate::floor::{Floor, Whereabouts, unknown_contact};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::timers::Timer;
use crate::work::Finished;

/// Owns its contact, and is owned by its agent.
#[derive(Debug)]
pub(crate) struct Reservation {
    pub contact: Contact,
    pub epoch: Epoch,
    pub phase: Phase,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Phase {
    Offered { expires_us: i64 },
    Accepted,
    Connected { since_us: i64 },
}

impl Phase {
    /// From connected to now, in microseconds; 0 if it never was.
    pub fn talk_us(self, now_us: i64) -> i64 {
        match self {
            Phase::Offered { .. } | Phase::Accepted => 0,
            Phase::Connected { since_us } => now_us.saturating_sub(since_us).max(0),
        }
    }
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
        self.pause_schedule(agent, contact);
        self.lift_limit_of(agent, contact);
        self.proceed(agent, contact, Phase::Accepted);
        self.count_answer(agent, contact, journal.at_us);
        let on_floor = self.known_mut(agent);
        on_floor.idle_since_us = journal.at_us;
        let share = on_floor.workload.share;
        on_floor.workload.accept(journal.at_us);
        self.share = self.share.max(share);
        journal.emit(Event::ReservationAccepted {
            contact,
            agent,
            epoch,
        });
        self.report(agent, journal);
        self.seek(agent, journal);
        Ok(())
    }

    /// The first acceptance of a contact ends its wait.
    fn count_answer(&mut self, agent: AgentId, contact: ContactId, now_us: i64) {
        let contact = &mut self.known_mut(agent).reservation_mut(contact).contact;
        let (queue, arrived_us) = (contact.stage.queue, contact.arrived_us);
        let counts = contact.wait_counts();
        contact.answered = true;
        if counts {
            let queue = self.queue_mut(queue);
            let limit_us = queue.settings.service_level_us;
            queue.measures.answered(now_us, arrived_us, limit_us);
        }
    }

    /// An agent's call has ended, by its completion or because the contact went elsewhere.
    pub fn count_talk(&mut self, contact: &Contact, talk_us: i64, now_us: i64) {
        if !contact.internal {
            let measures = &mut self.queue_mut(contact.stage.queue).measures;
            measures.talked(now_us, talk_us);
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
        self.proceed(agent, contact, Phase::Connected { since_us });
        journal.emit(Event::ContactConnected { contact, agent });
        Ok(())
    }

    pub fn complete(
        &mut self,
        contact: ContactId,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let (agent, phase) = self.engaged(contact)?;
        if let Phase::Offered { .. } = phase {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!("contact {contact} is on offer; abandon it instead"),
            ));
        }
        let talk_us = phase.talk_us(journal.at_us);
        journal.emit(Event::ContactCompleted {
            contact,
            agent,
            talk_us,
        });
        let done = self.take_reservation(agent, contact).contact;
        self.count_talk(&done, talk_us, journal.at_us);
        self.forget(&done.traces(false));
        self.start_wrap_up(agent, Finished::of(&done), journal);
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
        let offer = self.known(agent).offer().expect("the caller saw it");
        let id = offer.contact.id;
        let contact = self.take_reservation(agent, id).contact;
        self.known_mut(agent).not_ready = Some(reason);
        journal.emit(ended);
        journal.emit(Event::ContactRequeued {
            contact: id,
            queue: contact.stage.queue,
            reason: why,
        });
        self.report(agent, journal);
        self.put_back(contact, journal);
    }

    /// Out of the agent's hands, with the offer's timer. The agent is to be told of it and to seek.
    pub fn take_reservation(&mut self, agent: AgentId, contact: ContactId) -> Reservation {
        self.withdraw(agent);
        let reservation = self.known_mut(agent).take_reservation(contact);
        if let Phase::Offered { expires_us } = reservation.phase {
            self.end_offer(agent, reservation.contact.stage.queue, expires_us);
        }
        reservation
    }

    /// Moves a reservation on from the offer. Nothing else about the agent changes.
    fn proceed(&mut self, agent: AgentId, contact: ContactId, phase: Phase) {
        let reservation = self.known_mut(agent).reservation_mut(contact);
        let queue = reservation.contact.stage.queue;
        let before = std::mem::replace(&mut reservation.phase, phase);
        if let Phase::Offered { expires_us } = before {
            self.end_offer(agent, queue, expires_us);
        }
    }

    pub fn end_offer(&mut self, agent: AgentId, queue: QueueId, expires_us: i64) {
        self.timers.disarm(expires_us, Timer::Offer(agent));
        self.queue_mut(queue).offered -= 1;
    }

    fn check_offered(
        &self,
        contact: ContactId,
        agent: AgentId,
        epoch: Epoch,
    ) -> Result<(), Refusal> {
        match self.agent(agent)?.offer() {
            Some(offer) if offer.contact.id == contact && offer.epoch == epoch => Ok(()),
            _ => Err(Refusal::new(
                RefusalCode::StaleReservation,
                format!("contact {contact} is not on offer to agent {agent} under epoch {epoch}"),
            )),
        }
    }

    /// The agent who has this contact, and how far they are.
    pub fn engaged(&self, contact: ContactId) -> Result<(AgentId, Phase), Refusal> {
        match self.contacts.get(&contact) {
            None => Err(unknown_contact(contact)),
            Some(Whereabouts::Waiting(..)) => Err(Refusal::new(
                RefusalCode::WrongState,
                format!("contact {contact} is still waiting"),
            )),
            Some(Whereabouts::Deferred(_)) => Err(Refusal::new(
                RefusalCode::WrongState,
                format!("contact {contact} is deferred"),
            )),
            Some(Whereabouts::With(agent)) => {
                let reservation = self.reservation(*agent, contact);
                Ok((*agent, reservation.phase))
            }
        }
    }
}
