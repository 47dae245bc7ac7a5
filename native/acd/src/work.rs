//! What an agent has in hand.

use crate::capacity::Channel;
use crate::contact::Contact;
use crate::id::{ContactId, QueueId};
use crate::reservation::Reservation;

/// It takes one of its channel's slots, also in wrap-up.
#[derive(Debug)]
pub(crate) enum Work {
    /// A contact, from the offer to its completion.
    Contact(Reservation),
    /// What is left to do after a contact was completed.
    WrapUp(WrapUp),
}

#[derive(Debug)]
pub(crate) struct WrapUp {
    pub finished: Finished,
    pub since_us: i64,
    pub ends_us: i64,
}

/// What is left of a contact to its agent.
#[derive(Debug)]
pub(crate) struct Finished {
    pub contact: ContactId,
    pub channel: Channel,
    /// In which the wrap-up counts, unless that is closed meanwhile.
    pub queue: QueueId,
    /// It counts nowhere.
    pub internal: bool,
}

impl Finished {
    pub fn of(contact: &Contact) -> Self {
        Self {
            contact: contact.id,
            channel: contact.stage.channel,
            queue: contact.stage.queue,
            internal: contact.internal,
        }
    }
}

impl Work {
    pub fn channel(&self) -> Channel {
        match self {
            Work::Contact(reservation) => reservation.contact.stage.channel,
            Work::WrapUp(wrap_up) => wrap_up.finished.channel,
        }
    }
}
