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

use std::collections::BTreeSet;

use crate::class::ClassIx;
use crate::contact::Place;
use crate::id::AgentId;
use crate::requirement::{AttributeIx, Levels, covers, signature};
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
    free: Vec<Slot>,
    /// What each order compares of each ready agent who is filed in it, else [`NOT_READY`]; apart
    /// from the rest, as it is looked at for every agent of a narrow class.
    keys: [Vec<i64>; Order::ALL.len()],
    /// Of each agent's attributes, and of what each class needs: apart from the rest, as most pairs
    /// that don't fit are told by these.
    signatures: Vec<u128>,
    class_signatures: Vec<u128>,
    reaches: Vec<Reach>,
    /// The head of each class; apart from the rest, as it is looked at for every narrow class of an
    /// agent.
    heads: Vec<Head>,
}

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
    /// On a queue's shelf, how many of its agents are ready.
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
    queues: Box<[AttributeIx]>,
    /// The narrow classes that they fit.
    classes: Vec<ClassIx>,
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
    filled: bool,
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
            free: Vec::new(),
            keys: Default::default(),
            signatures: Vec::new(),
            class_signatures: Vec::new(),
            reaches: Vec::new(),
            heads: Vec::new(),
        }
    }

    /// Makes room for attributes up to this number.
    pub fn grow(&mut self, attributes: usize) {
        if self.shelves.len() < attributes {
            self.shelves.resize_with(attributes, Shelf::default);
        }
    }

    // -- agents ----------------------------------------------------------------------------------

    /// An agent comes onto the floor, with nothing yet.
    pub fn join(&mut self, agent: AgentId) -> Slot {
        let entry = Entry {
            agent,
            levels: Levels::default(),
            queues: Box::default(),
            classes: Vec::new(),
            idle_since_us: NOT_READY,
            orders: Orders::default(),
        };
        if let Some(slot) = self.free.pop() {
            self.agents[slot.0 as usize] = entry;
            return slot;
        }
        let slot = Slot(u32::try_from(self.agents.len()).expect("AGENT_BOUND"));
        self.agents.push(entry);
        self.signatures.push(0);
        for keys in &mut self.keys {
            keys.push(NOT_READY);
        }
        slot
    }

    /// An agent, not ready, leaves the floor.
    pub fn leave(&mut self, slot: Slot) {
        self.assign(slot, Levels::default(), Box::default());
        self.free.push(slot);
    }

    /// An agent, not ready, has other attributes; `queues` are those of them that are queues.
    pub fn assign(&mut self, slot: Slot, levels: Levels, queues: Box<[AttributeIx]>) {
        let entry = &mut self.agents[slot.0 as usize];
        entry.queues = queues;
        let before = std::mem::take(&mut entry.levels);
        for (attribute, _) in before.iter() {
            self.shelf_mut(*attribute).holders.remove(&slot);
        }
        for ix in self.fitting_classes(&before) {
            self.lose(ix, slot);
        }
        for (attribute, _) in levels.iter() {
            self.shelf_mut(*attribute).holders.insert(slot);
        }
        let gained = self.fitting_classes(&levels);
        self.signatures[slot.0 as usize] = signature(&levels);
        self.agents[slot.0 as usize].levels = levels;
        for ix in gained {
            self.gain(ix, slot);
        }
    }

    /// Classes, narrow and broad, that somebody with these attributes fits.
    fn fitting_classes(&self, levels: &Levels) -> Vec<ClassIx> {
        let on_shelves = levels
            .iter()
            .flat_map(|(attribute, _)| &self.shelf(*attribute).classes);
        let bits = signature(levels);
        on_shelves
            .filter(|ix| self.class_signatures[ix.0 as usize] & !bits == 0)
            .filter(|ix| covers(levels, &self.reach(**ix).needed))
            .copied()
            .collect()
    }

    fn gain(&mut self, ix: ClassIx, slot: Slot) {
        let narrow_bound = self.narrow_bound;
        let reach = self.reach_mut(ix);
        reach.count += 1;
        if let Some(agents) = &mut reach.agents {
            agents.push(slot);
            let too_many = agents.len() > narrow_bound || self.listed == LISTED_BOUND;
            self.listed += 1;
            self.agents[slot.0 as usize].classes.push(ix);
            if too_many {
                self.broaden(ix);
            }
        }
    }

    fn lose(&mut self, ix: ClassIx, slot: Slot) {
        let reach = self.reach_mut(ix);
        reach.count -= 1;
        if let Some(agents) = &mut reach.agents {
            take_out(agents, slot);
            self.listed -= 1;
            take_out(&mut self.agents[slot.0 as usize].classes, ix);
        } else {
            let count = reach.count;
            // Not at the bound itself, where a class would go to and fro.
            if self.has_room(2 * count) {
                self.narrow(ix);
            }
        }
    }

    pub fn levels(&self, slot: Slot) -> &Levels {
        &self.agents[slot.0 as usize].levels
    }

    /// Files an agent who became ready; `key` is what an order compares.
    pub fn add_ready(
        &mut self,
        slot: Slot,
        idle_since_us: i64,
        orders: Orders,
        key: impl Fn(Order) -> i64,
    ) {
        let entry = &mut self.agents[slot.0 as usize];
        entry.orders = orders;
        entry.idle_since_us = idle_since_us;
        for order in orders.iter() {
            self.keys[order as usize][slot.0 as usize] = key(order);
            let ready = self.ready(slot, order);
            let entry = &self.agents[slot.0 as usize];
            for queue in &entry.queues {
                let shelf = &mut self.shelves[queue.0 as usize];
                if shelf.cursors.is_empty() {
                    continue;
                }
                shelf.ready[order as usize].insert(ready);
                if ready < shelf.furthest {
                    // Seldom: mostly, who becomes ready comes last.
                    for cursor in &mut shelf.cursors {
                        let passed = cursor.order == order && ready < cursor.at;
                        let needed = &self.reaches[cursor.class.0 as usize].needed;
                        if passed && covers(&entry.levels, needed) {
                            cursor.at = ready;
                        }
                    }
                }
            }
        }
        for queue in &self.agents[slot.0 as usize].queues {
            self.shelves[queue.0 as usize].ready_count += 1;
        }
    }

    /// Takes an agent out who was ready.
    pub fn remove_ready(&mut self, slot: Slot) {
        for order in self.agents[slot.0 as usize].orders.iter() {
            let ready = self.ready(slot, order);
            for queue in &self.agents[slot.0 as usize].queues {
                let shelf = &mut self.shelves[queue.0 as usize];
                if !shelf.cursors.is_empty() {
                    let was_there = shelf.ready[order as usize].remove(&ready);
                    debug_assert!(was_there, "{ready:?} was not filed");
                }
            }
            self.keys[order as usize][slot.0 as usize] = NOT_READY;
        }
        let entry = &mut self.agents[slot.0 as usize];
        entry.orders = Orders::default();
        for queue in &entry.queues {
            self.shelves[queue.0 as usize].ready_count -= 1;
        }
    }

    fn ready(&self, slot: Slot, order: Order) -> Ready {
        let entry = &self.agents[slot.0 as usize];
        Ready {
            key: self.keys[order as usize][slot.0 as usize],
            idle_since_us: entry.idle_since_us,
            agent: entry.agent,
            slot,
        }
    }

    /// How many agents of a queue are ready.
    pub fn ready_count(&self, queue: AttributeIx) -> usize {
        self.shelf(queue).ready_count
    }

    /// The first in an order of the ready agents who fit a class.
    pub fn first_ready(&mut self, ix: ClassIx, order: Order) -> Option<Ready> {
        let reach = self.reach(ix);
        if let Some(agents) = &reach.agents {
            return self.first_among(agents, order);
        }
        let (queue, at) = (reach.queue, reach.cursor);
        let shelf = self.shelf(queue);
        let cursor = &shelf.cursors[at];
        let from = if cursor.order == order {
            cursor.at
        } else {
            Ready::START // the queue's strategy was another one
        };
        let found = self.ready_from(ix, from, order).next();
        let ready = &shelf.ready[order as usize];
        let next = found.or_else(|| ready.last().copied()).unwrap_or(from);
        let shelf = self.shelf_mut(queue);
        shelf.furthest = shelf.furthest.max(next);
        shelf.cursors[at].order = order;
        shelf.cursors[at].at = next;
        found
    }

    /// All ready agents who fit a class, with what an order compares.
    pub fn all_ready(&self, ix: ClassIx, order: Order) -> Vec<Ready> {
        match &self.reach(ix).agents {
            Some(agents) => self.ready_among(agents, order).collect(),
            None => self.ready_from(ix, Ready::START, order).collect(),
        }
    }

    fn first_among(&self, agents: &[Slot], order: Order) -> Option<Ready> {
        let keys = &self.keys[order as usize];
        let mut first: Option<Ready> = None;
        for slot in agents {
            let key = keys[slot.0 as usize];
            // Whoever is behind by the key alone is not looked at further.
            if key < NOT_READY && first.is_none_or(|first| key <= first.key) {
                let ready = self.ready(*slot, order);
                first = Some(first.map_or(ready, |first| first.min(ready)));
            }
        }
        first
    }

    fn ready_among(&self, agents: &[Slot], order: Order) -> impl Iterator<Item = Ready> {
        let keys = &self.keys[order as usize];
        agents
            .iter()
            .filter(|slot| keys[slot.0 as usize] < NOT_READY)
            .map(move |slot| self.ready(*slot, order))
    }

    fn ready_from(&self, ix: ClassIx, from: Ready, order: Order) -> impl Iterator<Item = Ready> {
        let ready = &self.shelf(self.reach(ix).queue).ready[order as usize];
        let fits = move |ready: &Ready| self.fits(ready.slot, ix);
        ready.range(from..).copied().filter(fits)
    }

    fn fits(&self, slot: Slot, ix: ClassIx) -> bool {
        let needed = self.class_signatures[ix.0 as usize];
        needed & !self.signatures[slot.0 as usize] == 0
            && covers(self.levels(slot), &self.reach(ix).needed)
    }

    // -- classes ---------------------------------------------------------------------------------

    /// A new class; nobody waits in it.
    pub fn open(&mut self, ix: ClassIx, queue: AttributeIx, needed: Levels) {
        let reach = Reach {
            shelf: self.rarest(&needed),
            needed,
            queue,
            cursor: 0,
            count: 0,
            agents: Some(Vec::new()),
        };
        let head = Head {
            place: Place::NOWHERE,
            slope: 1,
            filled: false,
        };
        let bits = signature(&reach.needed);
        if ix.0 as usize == self.reaches.len() {
            self.reaches.push(reach);
            self.class_signatures.push(bits);
            self.heads.push(head);
        } else {
            self.reaches[ix.0 as usize] = reach;
            self.class_signatures[ix.0 as usize] = bits;
            self.heads[ix.0 as usize] = head;
        }
        let shelf = self.reach(ix).shelf;
        self.shelf_mut(shelf).classes.push(ix);
        let fitting = self.fitting_agents(ix);
        self.reach_mut(ix).count = fitting.len();
        if self.has_room(fitting.len()) {
            self.list(ix, fitting);
        } else {
            self.broaden(ix);
        }
    }

    /// A class that nobody waits in is given up.
    pub fn close(&mut self, ix: ClassIx) {
        if self.reach(ix).agents.is_some() {
            self.unlist(ix);
        } else {
            self.remove_cursor(ix);
        }
        let shelf = self.reach(ix).shelf;
        take_out(&mut self.shelf_mut(shelf).classes, ix);
    }

    fn rarest(&self, needed: &Levels) -> AttributeIx {
        let attributes = needed.iter().map(|(attribute, _)| *attribute);
        attributes
            .min_by_key(|attribute| self.shelf(*attribute).holders.len())
            .expect("a queue at least")
    }

    fn fitting_agents(&self, ix: ClassIx) -> Vec<Slot> {
        let holders = &self.shelf(self.rarest(&self.reach(ix).needed)).holders;
        let fits = |slot: &&Slot| self.fits(**slot, ix);
        holders.iter().filter(fits).copied().collect()
    }

    /// From the list of its agents to the shelf of what is now its rarest attribute.
    fn broaden(&mut self, ix: ClassIx) {
        self.unlist(ix);
        let before = self.reach(ix).shelf;
        let rarest = self.rarest(&self.reach(ix).needed);
        take_out(&mut self.shelf_mut(before).classes, ix);
        self.shelf_mut(rarest).classes.push(ix);
        self.reach_mut(ix).shelf = rarest;
        let queue = self.reach(ix).queue;
        if self.shelf(queue).cursors.is_empty() {
            self.file_queue(queue);
        }
        let cursors = &mut self.shelf_mut(queue).cursors;
        cursors.push(Cursor {
            class: ix,
            order: Order::LongestIdle,
            at: Ready::START,
        });
        let cursor = cursors.len() - 1;
        self.reach_mut(ix).cursor = cursor;
        let head = self.heads[ix.0 as usize];
        if head.filled {
            self.file_broad(ix, head);
        }
    }

    /// A queue's first broad class: whoever is ready is filed.
    fn file_queue(&mut self, queue: AttributeIx) {
        let mut ready: [BTreeSet<Ready>; Order::ALL.len()] = Default::default();
        for slot in &self.shelf(queue).holders {
            for order in self.agents[slot.0 as usize].orders.iter() {
                ready[order as usize].insert(self.ready(*slot, order));
            }
        }
        self.shelf_mut(queue).ready = ready;
    }

    /// From its shelf to a list of its agents.
    fn narrow(&mut self, ix: ClassIx) {
        let head = self.heads[ix.0 as usize];
        if head.filled {
            self.unfile_broad(ix, head);
        }
        self.remove_cursor(ix);
        let fitting = self.fitting_agents(ix);
        self.list(ix, fitting);
    }

    fn remove_cursor(&mut self, ix: ClassIx) {
        let Reach { queue, cursor, .. } = *self.reach(ix);
        let shelf = self.shelf_mut(queue);
        shelf.cursors.swap_remove(cursor);
        if shelf.cursors.is_empty() {
            shelf.ready = Default::default();
        }
        if let Some(moved) = shelf.cursors.get(cursor) {
            let moved = moved.class;
            self.reach_mut(moved).cursor = cursor;
        }
    }

    /// Whether a class with so many agents can be narrow.
    fn has_room(&self, count: usize) -> bool {
        count <= self.narrow_bound && self.listed + count <= LISTED_BOUND
    }

    fn list(&mut self, ix: ClassIx, agents: Vec<Slot>) {
        self.listed += agents.len();
        for slot in &agents {
            self.agents[slot.0 as usize].classes.push(ix);
        }
        self.reach_mut(ix).agents = Some(agents);
    }

    fn unlist(&mut self, ix: ClassIx) {
        let agents = self.reach_mut(ix).agents.take().unwrap_or_default();
        self.listed -= agents.len();
        for slot in agents {
            take_out(&mut self.agents[slot.0 as usize].classes, ix);
        }
    }

    /// The head of a class is another one, or there is none, or its slope is another.
    pub fn file(&mut self, ix: ClassIx, place: Option<Place>, slope: u16) {
        let before = self.heads[ix.0 as usize];
        let head = Head {
            place: place.unwrap_or(Place::NOWHERE),
            slope,
            filled: place.is_some(),
        };
        self.heads[ix.0 as usize] = head;
        let same = (before.place, before.slope) == (head.place, head.slope);
        if self.reach(ix).agents.is_none() && !same {
            if before.filled {
                self.unfile_broad(ix, before);
            }
            if head.filled {
                self.file_broad(ix, head);
            }
        }
    }

    fn file_broad(&mut self, ix: ClassIx, head: Head) {
        let shelf = self.reach(ix).shelf;
        let slopes = &mut self.shelf_mut(shelf).slopes;
        let known = slopes.iter().position(|known| known.slope == head.slope);
        let at = known.unwrap_or_else(|| {
            slopes.push(Slope {
                slope: head.slope,
                heads: BTreeSet::new(),
            });
            slopes.len() - 1
        });
        slopes[at].heads.insert((head.place, ix));
    }

    fn unfile_broad(&mut self, ix: ClassIx, head: Head) {
        let shelf = self.reach(ix).shelf;
        let slopes = &mut self.shelf_mut(shelf).slopes;
        let known = slopes.iter().position(|known| known.slope == head.slope);
        let at = known.expect("it was filed there");
        slopes[at].heads.remove(&(head.place, ix));
        if slopes[at].heads.is_empty() {
            slopes.swap_remove(at);
        }
    }

    /// The most urgent head at this moment among the classes that an agent fits.
    pub fn most_urgent(&self, slot: Slot, now_us: i64) -> Option<(ClassIx, Place)> {
        let entry = &self.agents[slot.0 as usize];
        let mut best: Option<(u16, Place, ClassIx)> = None;
        let better = |slope: u16, place: Place, best: &Option<(u16, Place, ClassIx)>| {
            best.is_none_or(|(other_slope, other, _)| {
                if slope == other_slope {
                    return place < other;
                }
                let urgency = |slope: u16, place: Place| {
                    i128::from(slope) * (i128::from(now_us) - i128::from(place.urgent_since_us))
                };
                let (mine, others) = (urgency(slope, place), urgency(other_slope, other));
                mine > others || mine == others && place < other
            })
        };
        for ix in &entry.classes {
            let head = self.heads[ix.0 as usize];
            if head.filled && better(head.slope, head.place, &best) {
                best = Some((head.slope, head.place, *ix));
            }
        }
        for (attribute, _) in entry.levels.iter() {
            for Slope { slope, heads } in &self.shelf(*attribute).slopes {
                for (place, ix) in heads {
                    if !better(*slope, *place, &best) {
                        break;
                    }
                    if self.fits(slot, *ix) {
                        best = Some((*slope, *place, *ix));
                        break;
                    }
                }
            }
        }
        best.map(|(_, place, ix)| (ix, place))
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
