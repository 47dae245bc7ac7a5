//! The queues as a board shows them.

use serde::{Deserialize, Serialize};

use crate::id::{ContactId, QueueId};

/// All queues at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The machine's last step, in microseconds since the Unix epoch.
    pub at_us: i64,
    /// By the queues' numbers, ascending.
    pub queues: Vec<QueueSnapshot>,
}

/// One queue at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueSnapshot {
    /// The queue.
    pub queue: QueueId,
    /// Contacts that wait, in the order in which they will be offered.
    pub waiting: Vec<ContactId>,
    /// Contacts on offer.
    pub offered: u32,
    /// Agents who could take a contact now.
    pub ready: u32,
    /// Agents who serve the queue and are ready, reserved, busy or in wrap-up.
    pub staffed: u32,
}

impl Snapshot {
    /// The JSON form.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a snapshot holds only numbers and lists")
    }
}
