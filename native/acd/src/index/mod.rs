//! Who can take whom, without looking at everybody.
//!
//! A class that few agents fit is *narrow*: it has the list of them, and each of them has the list
//! of such classes. An agent who becomes free compares the heads of their narrow classes; a contact
//! of a narrow class compares those of its agents who are ready. Nothing is filed and nothing
//! searched.
//!
//! A class that many agents fit is *broad*. Its head is filed, in order, under the rarest attribute
//! that it needs, and each ready agent is filed, in order, under their queues. Agents and contacts
//! look through those in order and stop at the first that fits. Who fits nothing stays in front for
//! long; so each broad class has a cursor, before which nobody fits, and looks on from there.

mod agents;
mod classes;
mod ready;

use std::collections::BTreeSet;

use smallvec::SmallVec;

use crate::capacity::{Channel, Channels};
use crate::class::ClassIx;
use crate::contact::Place;
use crate::id::AgentId;
use crate::requirement::{AttributeIx, Levels};
use crate::strategy::{Order, Orders};

/// The dense number of an agent on the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

#[derive(Debug)]
pub(crate) struct Index {
    /// Most agents that a narrow class has.
    narrow_bound: usize,
    /// Agents in the lists of all narrow classes.
    listed: usize,
    shelves: Vec<Shelf>,
    agents: Vec<Entry>,
    /// The narrow classes that each agent fits; apart from the rest, as whoever becomes free looks at
    /// these alone.
    fitting: Vec<Fitting>,
    free: Vec<Slot>,
    /// What each order compares of each ready agent who is filed in it, else [`NOT_READY`]; apart
    /// from the rest, as it is looked at for every agent of a narrow class.
    keys: [Vec<i64>; Order::ALL.len()],
    /// Of each agent's attributes, and of what each class needs: apart from the rest, as most pairs
    /// that don't fit are told by these.
    signatures: Vec<u128>,
    /// The channels of which each agent can take a contact, none if they are not filed; apart from
    /// the rest as the keys are.
    open: Vec<Channels>,
    class_signatures: Vec<u128>,
    reaches: Vec<Reach>,
    /// The head of each class; apart from the rest, as it is looked at for every narrow class of an
    /// agent.
    heads: Vec<Head>,
    /// Heads that are filed on shelves.
    broad_heads: usize,
}

/// As many as fill a line of memory stand here themselves.
type Fitting = SmallVec<[ClassIx; 14]>;

/// The queues of an agent; as many as most serve stand here themselves.
pub(crate) type Served = SmallVec<[AttributeIx; 4]>;

const NOT_READY: i64 = i64::MAX;

/// Most entries in the lists of all narrow classes: 8 bytes each, in both directions.
const LISTED_BOUND: usize = 16_000_000;

/// All that is filed under one attribute.
#[derive(Debug)]
struct Shelf {
    /// Agents on the floor who have it, ready or not.
    holders: BTreeSet<Slot>,
    /// Classes that are found here when an agent comes or goes: each stands on one shelf.
    classes: Vec<ClassIx>,
    /// Heads of the broad ones among them.
    slopes: Vec<Slope>,
    /// On a queue's shelf, how many of its agents are ready for each channel.
    ready_counts: [usize; Channel::ALL.len()],
    /// And how many for any.
    ready_count: usize,
    /// On the shelf of a queue with broad classes, its ready agents in each order that is asked for.
    ready: [BTreeSet<Ready>; Order::ALL.len()],
    /// On a queue's shelf, its broad classes.
    cursors: Vec<Cursor>,
    /// No cursor is behind this one.
    furthest: Ready,
}

/// Nobody who is ready before this one, in the order that the queue uses, fits the class.
#[derive(Debug)]
struct Cursor {
    class: ClassIx,
    order: Order,
    at: Ready,
}

/// Heads whose urgency grows equally fast: the order of their places is their order at any time.
#[derive(Debug)]
struct Slope {
    slope: u16,
    heads: BTreeSet<(Place, ClassIx)>,
}

/// An agent on the floor.
#[derive(Debug)]
struct Entry {
    agent: AgentId,
    levels: Levels,
    queues: Served,
    /// While ready: since when, and the orders in which they are filed; otherwise none.
    idle_since_us: i64,
    orders: Orders,
}

/// Whom a class can have.
#[derive(Debug)]
struct Reach {
    needed: Levels,
    queue: AttributeIx,
    /// The shelf it stands on.
    shelf: AttributeIx,
    /// Where its cursor is on the shelf of its queue, if it is broad.
    cursor: usize,
    /// How many agents on the floor fit.
    count: usize,
    /// Who, if it is narrow.
    agents: Option<Vec<Slot>>,
}

/// Who is next in a class.
#[derive(Debug, Clone, Copy)]
struct Head {
    place: Place,
    slope: u16,
    channel: Channel,
    filled: bool,
    /// As its reach has no list of agents.
    broad: bool,
}

/// A ready agent in an order: what it compares, since when they are ready, and who.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ready {
    pub key: i64,
    pub idle_since_us: i64,
    pub agent: AgentId,
    slot: Slot,
}

impl Ready {
    /// Before everybody.
    const START: Self = Self {
        key: i64::MIN,
        idle_since_us: i64::MIN,
        agent: AgentId(0),
        slot: Slot(0),
    };
}

impl Default for Shelf {
    fn default() -> Self {
        Self {
            holders: BTreeSet::new(),
            classes: Vec::new(),
            slopes: Vec::new(),
            ready_counts: Default::default(),
            ready_count: 0,
            ready: Default::default(),
            cursors: Vec::new(),
            furthest: Ready::START,
        }
    }
}

impl Index {
    pub fn new(narrow_bound: usize) -> Self {
        Self {
            narrow_bound,
            listed: 0,
            shelves: Vec::new(),
            agents: Vec::new(),
            fitting: Vec::new(),
            free: Vec::new(),
            keys: Default::default(),
            signatures: Vec::new(),
            open: Vec::new(),
            class_signatures: Vec::new(),
            reaches: Vec::new(),
            heads: Vec::new(),
            broad_heads: 0,
        }
    }

    /// Makes room for attributes up to this number.
    pub fn grow(&mut self, attributes: usize) {
        if self.shelves.len() < attributes {
            self.shelves.resize_with(attributes, Shelf::default);
        }
    }

    fn shelf(&self, attribute: AttributeIx) -> &Shelf {
        &self.shelves[attribute.0 as usize]
    }

    fn shelf_mut(&mut self, attribute: AttributeIx) -> &mut Shelf {
        &mut self.shelves[attribute.0 as usize]
    }

    fn reach(&self, ix: ClassIx) -> &Reach {
        &self.reaches[ix.0 as usize]
    }

    fn reach_mut(&mut self, ix: ClassIx) -> &mut Reach {
        &mut self.reaches[ix.0 as usize]
    }
}

/// Order doesn't matter in these lists: whoever looks, looks at all.
fn take_out<T: PartialEq>(list: &mut Vec<T>, item: T) {
    let at = list.iter().position(|known| *known == item);
    list.swap_remove(at.expect("it is in the list"));
}
