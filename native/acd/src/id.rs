//! Numbers that must not be mixed up. All come from outside, except [`Epoch`].

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// A routed item, by its number in the store.
    ContactId(u64)
}
number! {
    /// A person who takes contacts, by their number in the store.
    AgentId(u32)
}
number! {
    /// A queue, by its number in the store.
    QueueId(u32)
}
number! {
    /// A skill, a language, a region, a group, or one agent: whatever an agent has or is and a
    /// contact may need, by the number that the caller gives it.
    SkillId(u32)
}
number! {
    /// The number of one offer. Each offer has a higher one than all before it, so that an answer
    /// to an earlier offer is told from an answer to this one.
    Epoch(u64)
}
number! {
    /// The caller's number of a command. 0 stands for a timer.
    CommandId(u64)
}

impl CommandId {
    /// What an event carries that a timer caused.
    pub const TIMER: Self = Self(0);
}
