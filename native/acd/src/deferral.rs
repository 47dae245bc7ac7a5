//! Customers who are called back: at once they keep their place, later they are out of line so long.

use crate::DURATION_US_MAX;
use crate::contact::Contact;
use crate::event::{Event, Journal, Refusal, RefusalCode};
use crate::floor::{Floor, Whereabouts, unknown_contact};
use crate::id::ContactId;
use crate::reservation::Phase;
use crate::timers::Timer;

pub(crate) fn check_moment(field: &str, us: i64, now_us: i64) -> Result<(), Refusal> {
    if us.saturating_sub(now_us) <= DURATION_US_MAX {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::Invalid,
        format!("{field} is {us}, must be {DURATION_US_MAX} after now at most"),
    ))
}

impl Floor {
    pub fn defer(
        &mut self,
        id: ContactId,
        until_us: i64,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        check_moment("until_us", until_us, journal.at_us)?;
        let later = until_us > journal.at_us;
        match self.contacts.get(&id).copied() {
            None => {
                return Err(unknown_contact(id));
            }
            Some(Whereabouts::Waiting(class, place)) => {
                let mut contact = self.take_from_place(class, place);
                contact.called_back = true;
                self.lift_limit(&mut contact);
                if later {
                    self.set_aside(contact, until_us, journal);
                } else {
                    self.put_in_place(contact);
                }
            }
            Some(Whereabouts::Deferred(_)) if later => {
                let contact = self.take_aside(id);
                self.put_aside(contact, until_us, journal);
            }
            Some(Whereabouts::Deferred(_)) => self.fall_due(id, journal),
            Some(Whereabouts::With(agent)) => {
                let reservation = self.reservation(agent, id);
                if later || !matches!(reservation.phase, Phase::Offered { .. }) {
                    return Err(Refusal::new(
                        RefusalCode::WrongState,
                        format!("contact {id} is with agent {agent}, not waiting"),
                    ));
                }
                let held = self.known_mut(agent).reservation_mut(id);
                held.contact.called_back = true;
                self.lift_limit_of(agent, id);
            }
        }
        Ok(())
    }

    /// A contact that is in line by its schedule, but in no place, is out of line from now on.
    pub fn set_aside(&mut self, contact: Contact, until_us: i64, journal: &mut Journal<'_>) {
        if let Some(due_us) = contact.relaxes_us() {
            self.timers.disarm(due_us, Timer::Relax(contact.id));
        }
        self.put_aside(contact, until_us, journal);
    }

    fn put_aside(&mut self, contact: Contact, until_us: i64, journal: &mut Journal<'_>) {
        let id = contact.id;
        journal.emit(Event::ContactDeferred {
            contact: id,
            queue: contact.stage.queue,
            until_us,
        });
        self.timers.arm(until_us, Timer::Due(id));
        self.contacts.insert(id, Whereabouts::Deferred(until_us));
        self.deferred.insert(id, contact);
    }

    /// Takes out a contact whose whereabouts said that it is deferred.
    pub fn take_aside(&mut self, id: ContactId) -> Contact {
        if let Some(Whereabouts::Deferred(until_us)) = self.contacts.get(&id) {
            self.timers.disarm(*until_us, Timer::Due(id));
        }
        let contact = self.deferred.remove(&id);
        contact.expect("whereabouts follow the contact")
    }

    /// A deferred contact takes its place, with the steps that were due meanwhile.
    pub fn fall_due(&mut self, id: ContactId, journal: &mut Journal<'_>) {
        let mut contact = self.take_aside(id);
        journal.emit(Event::ContactDue {
            contact: id,
            queue: contact.stage.queue,
        });
        self.resume_schedule(&mut contact, journal);
        self.place(contact, journal);
    }
}
