//! A contact is moved: elsewhere in line, or from one agent's hands into another's.

use crate::command::Arrival;
use crate::event::{Event, Journal, Refusal, RefusalCode, RescindReason};
use crate::floor::{Floor, Whereabouts, unknown_contact};
use crate::id::{ContactId, QueueId};
use crate::relaxation::Relaxation;
use crate::reservation::{Phase, Reservation};
use crate::work::{Finished, Work};

impl Floor {
    /// First the contact leaves, and whoever gets free by that looks for another one; then it
    /// arrives.
    pub fn transfer(
        &mut self,
        arrival: &Arrival,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let id = arrival.contact;
        let Some(whereabouts) = self.contacts.get(&id).copied() else {
            return Err(unknown_contact(id));
        };
        self.check_arrival(arrival, journal.at_us)?;
        let queue = queue_after_due_steps(arrival, journal.at_us);
        let transferred = |from, talk_us| Event::ContactTransferred {
            contact: id,
            from,
            queue,
            to: None,
            talk_us,
        };
        let answered = match whereabouts {
            Whereabouts::Waiting(class, place) => {
                let gone = self.take_from_place(class, place);
                self.forget(&gone.traces(true));
                journal.emit(transferred(None, 0));
                gone.answered
            }
            Whereabouts::Deferred(_) => {
                let gone = self.take_aside(id);
                self.forget(&gone.traces(false));
                journal.emit(transferred(None, 0));
                gone.answered
            }
            Whereabouts::With(agent) => {
                let Reservation {
                    contact,
                    epoch,
                    phase,
                } = self.take_reservation(agent, id);
                if let Phase::Offered { .. } = phase {
                    self.forget(&contact.traces(true));
                    journal.emit(Event::ReservationRescinded {
                        contact: id,
                        agent,
                        epoch,
                        reason: RescindReason::Transferred,
                    });
                    journal.emit(transferred(None, 0));
                    self.free(agent, journal);
                } else {
                    let talk_us = phase.talk_us(journal.at_us);
                    self.count_talk(&contact, talk_us, journal.at_us);
                    self.forget(&contact.traces(false));
                    journal.emit(transferred(Some(agent), talk_us));
                    self.start_wrap_up(agent, Finished::of(&contact), journal);
                }
                contact.answered
            }
        };
        let mut contact = self.take_in(arrival);
        contact.answered = answered;
        self.start_wait(&mut contact, arrival, journal.at_us);
        match arrival.not_before_us.filter(|us| *us > journal.at_us) {
            Some(until_us) => self.set_aside(contact, until_us, journal),
            None => self.place(contact, journal),
        }
        Ok(())
    }

    /// The consulted agent has the contact in the place of the consultation, under its epoch.
    pub fn hand_over(
        &mut self,
        id: ContactId,
        consult: ContactId,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        let (from, phase) = self.engaged(id)?;
        let (to, consult_phase) = self.engaged(consult)?;
        let channel = |agent, contact| self.reservation(agent, contact).contact.stage.channel;
        let ringing = |phase| matches!(phase, Phase::Offered { .. });
        if from == to || ringing(phase) || ringing(consult_phase) {
            return Err(Refusal::new(
                RefusalCode::WrongState,
                format!("contacts {id} and {consult} must be in calls with two agents"),
            ));
        }
        if channel(from, id) != channel(to, consult) {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("consult: contact {consult} comes by another channel than {id}"),
            ));
        }
        let Reservation { contact, .. } = self.take_reservation(from, id);
        let asked = self.take_reservation(to, consult);
        self.forget(&asked.contact.traces(false));
        let consult_talk_us = consult_phase.talk_us(journal.at_us);
        let talk_us = phase.talk_us(journal.at_us);
        self.count_talk(&asked.contact, consult_talk_us, journal.at_us);
        self.count_talk(&contact, talk_us, journal.at_us);
        journal.emit(Event::ContactCompleted {
            contact: consult,
            agent: to,
            talk_us: consult_talk_us,
        });
        journal.emit(Event::ContactTransferred {
            contact: id,
            from: Some(from),
            queue: contact.stage.queue,
            to: Some(to),
            talk_us,
        });
        self.contacts.insert(id, Whereabouts::With(to));
        let finished = Finished::of(&contact);
        self.known_mut(to).work.push(Work::Contact(Reservation {
            contact,
            epoch: asked.epoch,
            phase: Phase::Connected {
                since_us: journal.at_us,
            },
        }));
        self.file_agent(to);
        self.start_wrap_up(from, finished, journal);
        Ok(())
    }
}

/// Where a contact waits that arrives with some of its steps due.
fn queue_after_due_steps(arrival: &Arrival, now_us: i64) -> QueueId {
    let due = |step: &&Relaxation| arrival.arrived_us.saturating_add(step.after_us) <= now_us;
    let mut leads = arrival
        .relax
        .iter()
        .filter(due)
        .filter_map(|step| step.queue);
    leads.next_back().unwrap_or(arrival.queue)
}
