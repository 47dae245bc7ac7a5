//! How an agent is chosen among those who can take a contact.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, ContactId};

/// How a queue chooses an agent. Of several who are equal, the one who has been ready the longest,
/// then the lowest number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Who has been ready the longest.
    #[default]
    LongestIdle,
    /// Whose last offer is the furthest back.
    RoundRobin,
    /// Who was busy the least of late: by an average that forgets half in
    /// [`OCCUPANCY_HALF_LIFE_US`](crate::OCCUPANCY_HALF_LIFE_US).
    LeastOccupied,
    /// Who accepted the fewest contacts since the day began.
    FewestContacts,
    /// Who has the skills that the contact requires at the highest levels, added up.
    BestSkill,
    /// In proportion to the agents' weights.
    Weighted,
    /// The lowest rank.
    TopDown,
    /// Each the same chance, drawn from the queue's seed.
    Random,
    /// The contact's last agent if they are free, else who has been ready the longest.
    Sticky,
}

/// The orders in which ready agents are kept. What a strategy compares doesn't change while an
/// agent is ready, so nobody is ever re-sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    LongestIdle,
    RoundRobin,
    LeastOccupied,
    FewestContacts,
    Weighted,
    TopDown,
}

impl Order {
    pub const ALL: [Order; 6] = [
        Order::LongestIdle,
        Order::RoundRobin,
        Order::LeastOccupied,
        Order::FewestContacts,
        Order::Weighted,
        Order::TopDown,
    ];
}

impl Strategy {
    /// The order whose first fitting agent is the choice; for the strategies that depend on the
    /// contact, the order in which all who fit are looked through.
    pub(crate) fn order(self) -> Order {
        match self {
            Strategy::LongestIdle | Strategy::BestSkill | Strategy::Random | Strategy::Sticky => {
                Order::LongestIdle
            }
            Strategy::RoundRobin => Order::RoundRobin,
            Strategy::LeastOccupied => Order::LeastOccupied,
            Strategy::FewestContacts => Order::FewestContacts,
            Strategy::Weighted => Order::Weighted,
            Strategy::TopDown => Order::TopDown,
        }
    }
}

/// Orders by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orders(u8);

impl Orders {
    pub fn insert(&mut self, order: Order) {
        self.0 |= 1 << order as u8;
    }

    pub fn iter(self) -> impl Iterator<Item = Order> {
        Order::ALL
            .into_iter()
            .filter(move |order| self.0 >> *order as u8 & 1 == 1)
    }
}

/// What decides between this contact and this agent in a random choice: the lowest wins. SplitMix64
/// (Steele, Lea and Flood 2014), so that every pair is drawn independently and none is drawn twice.
#[must_use]
pub fn lot(seed: u64, contact: ContactId, agent: AgentId) -> u64 {
    let mixed = split_mix(seed ^ split_mix(contact.0));
    split_mix(mixed ^ u64::from(agent.0))
}

fn split_mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
