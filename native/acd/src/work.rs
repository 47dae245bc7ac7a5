//! What an agent has in hand.

use crate::capacity::Channel;
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
    pub contact: ContactId,
    pub channel: Channel,
    /// In which it counts, unless that is closed meanwhile.
    pub queue: QueueId,
    pub since_us: i64,
    pub ends_us: i64,
}

impl Work {
    pub fn channel(&self) -> Channel {
        match self {
            Work::Contact(reservation) => reservation.contact.stage.channel,
            Work::WrapUp(wrap_up) => wrap_up.channel,
        }
    }
}
