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

const KINDS: usize = 6;

impl Timer {
    fn kind(self) -> usize {
        match self {
            Self::Offer(_) => 0,
            Self::WrapUp(..) => 1,
            Self::Heartbeat(_) => 2,
            Self::Relax(_) => 3,
            Self::MaxWait(_) => 4,
            Self::Due(_) => 5,
        }
    }
}

/// A timer is armed by the state that it ends and disarmed when that state ends, by it or before.
///
/// Each kind has an order of its own: the offers that ring and the wrap-ups, which come and go with
/// every decision, are few and stay in the cache; heartbeats and steps of relaxation are as many as
/// there are agents and contacts.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: [BTreeSet<(i64, Timer)>; KINDS],
    /// The first of each kind.
    first: [Option<(i64, Timer)>; KINDS],
}

impl Timers {
    pub fn arm(&mut self, due_us: i64, timer: Timer) {
        let (kind, it) = (timer.kind(), (due_us, timer));
        self.due[kind].insert(it);
        if self.first[kind].is_none_or(|first| it < first) {
            self.first[kind] = Some(it);
        }
    }

    pub fn disarm(&mut self, due_us: i64, timer: Timer) {
        let (kind, it) = (timer.kind(), (due_us, timer));
        let was_armed = self.due[kind].remove(&it);
        debug_assert!(was_armed, "{timer:?} was not due at {due_us}");
        if self.first[kind] == Some(it) {
            self.first[kind] = self.due[kind].first().copied();
        }
    }

    /// The timer that is due first, with its time.
    pub fn next(&self) -> Option<(i64, Timer)> {
        self.first.iter().flatten().min().copied()
    }
}
