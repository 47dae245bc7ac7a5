//! What people are going to do, in the order of time, and what they wait for to do it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::wire::Word;

/// Of several at the same time, what was intended first comes first.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    due: BinaryHeap<Reverse<(i64, u64, Intent)>>,
    pushed: u64,
}

/// What somebody is going to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Intent {
    Say(Word),
    /// Only while the contact is in this stretch of its life.
    During(Stretch, Deed),
    /// To be ready again after a missed or declined offer.
    Return {
        agent: u32,
    },
    /// In the session of this number, from 1.
    Beat {
        agent: u32,
        session: u32,
    },
}

/// What is done about a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    Say(Word),
    /// The customer has no more patience.
    Leave,
    /// By this place in `Story::moves`.
    Move(usize),
    /// A colleague is asked, by the contact at this place.
    Ask(usize),
}

/// A contact's place, which of its legs (from 1), and whether it waits or talks in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stretch {
    pub contact: usize,
    pub leg: usize,
    pub phase: Phase,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Not here yet, or no more.
    #[default]
    Gone,
    /// Deferred, in line or on offer.
    Waits,
    Talks,
}

/// How far a contact is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Life {
    /// How many it has had, with the one in which it is.
    pub legs: usize,
    pub phase: Phase,
    pub called_back: bool,
    /// The call that ended last was of this leg, from 1.
    pub talked: usize,
    /// Of a consultation: the call in which it was asked and which it is to end.
    pub asked_in: Option<Stretch>,
}

impl Life {
    pub fn go_on(&mut self, phase: Phase) {
        self.legs += 1;
        self.phase = phase;
    }

    pub fn hang_up(&mut self) {
        self.talked = self.legs;
        self.phase = Phase::Gone;
    }
}

impl Agenda {
    pub fn add(&mut self, at_us: i64, intent: Intent) {
        self.pushed += 1;
        self.due.push(Reverse((at_us, self.pushed, intent)));
    }

    pub fn next_us(&self) -> Option<i64> {
        self.due.peek().map(|Reverse((at_us, ..))| *at_us)
    }

    pub fn take(&mut self) -> Option<Intent> {
        self.due.pop().map(|Reverse((.., intent))| intent)
    }
}
