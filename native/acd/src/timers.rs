//! What is due when.

use std::collections::BTreeSet;

use crate::id::{AgentId, ContactId};

/// What ends by itself. Of several due at the same moment, the first in this order goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Offer(AgentId),
    WrapUp(AgentId, ContactId),
    Heartbeat(AgentId),
    Relax(ContactId),
    MaxWait(ContactId),
    Due(ContactId),
}

/// A timer is armed by the state that it ends and disarmed when that state ends, by it or before.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeSet<(i64, Timer)>,
}

impl Timers {
    pub fn arm(&mut self, due_us: i64, timer: Timer) {
        self.due.insert((due_us, timer));
    }

    pub fn disarm(&mut self, due_us: i64, timer: Timer) {
        let was_armed = self.due.remove(&(due_us, timer));
        debug_assert!(was_armed, "{timer:?} was not due at {due_us}");
    }

    /// The timer that is due first, with its time.
    pub fn next(&self) -> Option<(i64, Timer)> {
        self.due.first().copied()
    }
}
