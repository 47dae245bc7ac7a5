//! What comes of a wait that is too long.

use serde::{Deserialize, Serialize};

use crate::contact::Contact;
use crate::event::{DismissReason, Event, Journal, Refusal};
use crate::floor::{Floor, Whereabouts};
use crate::id::{AgentId, ContactId};
use crate::queue::check_duration;
use crate::timers::Timer;

/// The longest that a contact waits, until an agent accepts it for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxWait {
    /// After its arrival, in microseconds; more than 0.
    pub after_us: i64,
    /// And then.
    pub then: AfterMaxWait,
}

/// What a contact does that has waited too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterMaxWait {
    /// It is dismissed. If it is on offer at that moment, the offer rings on, and it is dismissed
    /// when it comes back from there.
    Leave,
    /// It waits on; an event says how late it is.
    Stay,
}

/// A contact's own maximum wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    None,
    /// Its timer is armed, in line as on offer.
    At {
        due_us: i64,
        then: AfterMaxWait,
    },
    /// Passed while it was on offer.
    Exceeded,
}

impl Limit {
    pub fn of(arrived_us: i64, max_wait: Option<MaxWait>) -> Self {
        max_wait.map_or(Self::None, |MaxWait { after_us, then }| Self::At {
            due_us: arrived_us.saturating_add(after_us),
            then,
        })
    }

    pub fn due_us(self) -> Option<i64> {
        match self {
            Self::At { due_us, .. } => Some(due_us),
            Self::None | Self::Exceeded => None,
        }
    }
}

pub(crate) fn check_max_wait(max_wait: Option<MaxWait>) -> Result<(), Refusal> {
    max_wait.map_or(Ok(()), |max_wait| {
        check_duration("max_wait: after_us", max_wait.after_us, 1)
    })
}

impl Floor {
    /// A contact that comes back from an agent looks for another, unless its time is over.
    pub fn put_back(&mut self, contact: Contact, journal: &mut Journal<'_>) {
        if contact.limit == Limit::Exceeded {
            self.dismiss(&contact, DismissReason::MaxWait, journal);
        } else {
            self.place(contact, journal);
        }
    }

    /// A contact that was taken out of its place is sent away.
    pub fn dismiss(&mut self, contact: &Contact, reason: DismissReason, journal: &mut Journal<'_>) {
        self.forget(&contact.traces(true));
        journal.emit(Event::ContactDismissed {
            contact: contact.id,
            queue: contact.stage.queue,
            reason,
        });
    }

    /// A contact may wait as long as it takes.
    pub fn lift_limit(&mut self, contact: &mut Contact) {
        if let Some(due_us) = contact.limit.due_us() {
            self.timers.disarm(due_us, Timer::MaxWait(contact.id));
        }
        contact.limit = Limit::None;
    }

    /// As `lift_limit`, of the contact that an agent has.
    pub fn lift_limit_of(&mut self, agent: AgentId, id: ContactId) {
        let contact = &mut self.known_mut(agent).reservation_mut(id).contact;
        let before = std::mem::replace(&mut contact.limit, Limit::None);
        if let Some(due_us) = before.due_us() {
            self.timers.disarm(due_us, Timer::MaxWait(id));
        }
    }

    /// A contact in line or on offer has waited too long.
    pub fn exceed_max_wait(&mut self, id: ContactId, due_us: i64, journal: &mut Journal<'_>) {
        self.timers.disarm(due_us, Timer::MaxWait(id));
        match self.contacts.get(&id).copied() {
            Some(Whereabouts::Waiting(class, place)) => {
                let mut contact = self.take_from_place(class, place);
                match exceed(&mut contact, journal) {
                    Limit::Exceeded => self.dismiss(&contact, DismissReason::MaxWait, journal),
                    _ => self.put_in_place(contact),
                }
            }
            Some(Whereabouts::With(agent)) => {
                let held = self.known_mut(agent).reservation_mut(id);
                exceed(&mut held.contact, journal);
            }
            Some(Whereabouts::Deferred(_)) | None => unreachable!("who leaves the line disarms"),
        }
    }
}

fn exceed(contact: &mut Contact, journal: &mut Journal<'_>) -> Limit {
    contact.limit = match contact.limit {
        Limit::At {
            then: AfterMaxWait::Stay,
            ..
        } => {
            journal.emit(Event::ContactOverdue {
                contact: contact.id,
                queue: contact.stage.queue,
            });
            Limit::None
        }
        _ => Limit::Exceeded,
    };
    contact.limit
}
