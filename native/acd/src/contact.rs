//! The routed item.

use std::cmp::Reverse;

use crate::id::{ContactId, QueueId};

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
