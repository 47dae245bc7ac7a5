//! What an agent has in hand.

use crate::capacity::Channel;
use crate::id::ContactId;
use crate::reservation::Reservation;

/// It takes one of its channel's slots, also in wrap-up.
#[derive(Debug)]
pub(crate) enum Work {
    /// A contact, from the offer to its completion.
    Contact(Reservation),
    /// What is left to do after a contact was completed.
    WrapUp {
        contact: ContactId,
        channel: Channel,
        ends_us: i64,
    },
}

impl Work {
    pub fn channel(&self) -> Channel {
        match self {
            Work::Contact(reservation) => reservation.contact.stage.channel,
            Work::WrapUp { channel, .. } => *channel,
        }
    }
}
