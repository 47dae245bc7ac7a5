//! Agents become ready, and are found by contacts.

use crate::capacity::{Channel, Channels};
use crate::class::ClassIx;
use crate::index::{Index, NOT_READY, Ready, Slot};
use crate::requirement::{AttributeIx, covers};
use crate::strategy::{Order, Orders};

impl Index {
    /// Files an agent who can take a contact of one of these channels; `key` is what an order
    /// compares.
    pub fn add_ready(
        &mut self,
        slot: Slot,
        idle_since_us: i64,
        orders: Orders,
        open: Channels,
        key: impl Fn(Order) -> i64,
    ) {
        let entry = &mut self.agents[slot.0 as usize];
        entry.orders = orders;
        entry.idle_since_us = idle_since_us;
        self.open[slot.0 as usize] = open;
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
            let shelf = &mut self.shelves[queue.0 as usize];
            shelf.ready_count += 1;
            for channel in open.iter() {
                shelf.ready_counts[channel as usize] += 1;
            }
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
            let shelf = &mut self.shelves[queue.0 as usize];
            shelf.ready_count -= 1;
            for channel in self.open[slot.0 as usize].iter() {
                shelf.ready_counts[channel as usize] -= 1;
            }
        }
        self.open[slot.0 as usize] = Channels::default();
    }

    pub(super) fn ready(&self, slot: Slot, order: Order) -> Ready {
        let entry = &self.agents[slot.0 as usize];
        Ready {
            key: self.keys[order as usize][slot.0 as usize],
            idle_since_us: entry.idle_since_us,
            agent: entry.agent,
            slot,
        }
    }

    /// How many agents of a queue can take a contact of this channel.
    pub fn ready_count(&self, queue: AttributeIx, channel: Channel) -> usize {
        self.shelf(queue).ready_counts[channel as usize]
    }

    /// How many agents of a queue can take a contact of some channel.
    pub fn ready_count_of_all(&self, queue: AttributeIx) -> usize {
        self.shelf(queue).ready_count
    }

    /// The first in an order of the ready agents who fit a class.
    pub fn first_ready(&mut self, ix: ClassIx, order: Order) -> Option<Ready> {
        let reach = self.reach(ix);
        if let Some(agents) = &reach.agents {
            let channel = self.heads[ix.0 as usize].channel;
            return self.first_among(agents, channel, order);
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

    /// An agent who is filed, if they can take a contact of this class.
    pub fn ready_for(&self, slot: Slot, ix: ClassIx) -> Option<Ready> {
        let open = self.open[slot.0 as usize].has(self.heads[ix.0 as usize].channel);
        (open && self.fits(slot, ix)).then(|| self.ready(slot, Order::LongestIdle))
    }

    /// All ready agents who fit a class, with what an order compares.
    pub fn all_ready(&self, ix: ClassIx, order: Order) -> Vec<Ready> {
        match &self.reach(ix).agents {
            Some(agents) => {
                let channel = self.heads[ix.0 as usize].channel;
                self.ready_among(agents, channel, order).collect()
            }
            None => self.ready_from(ix, Ready::START, order).collect(),
        }
    }

    pub(super) fn first_among(
        &self,
        agents: &[Slot],
        channel: Channel,
        order: Order,
    ) -> Option<Ready> {
        let keys = &self.keys[order as usize];
        let mut first: Option<(i64, Slot)> = None;
        for slot in agents {
            if !self.open[slot.0 as usize].has(channel) {
                continue;
            }
            let key = keys[slot.0 as usize];
            // Only of those who are equal by the key is more fetched from memory.
            let before = first.is_none_or(|(first_key, first)| {
                key < first_key
                    || key == first_key && self.ready(*slot, order) < self.ready(first, order)
            });
            if before {
                first = Some((key, *slot));
            }
        }
        first.map(|(_, slot)| self.ready(slot, order))
    }

    pub(super) fn ready_among(
        &self,
        agents: &[Slot],
        channel: Channel,
        order: Order,
    ) -> impl Iterator<Item = Ready> {
        agents
            .iter()
            .filter(move |slot| self.open[slot.0 as usize].has(channel))
            .map(move |slot| self.ready(*slot, order))
    }

    pub(super) fn ready_from(
        &self,
        ix: ClassIx,
        from: Ready,
        order: Order,
    ) -> impl Iterator<Item = Ready> {
        let ready = &self.shelf(self.reach(ix).queue).ready[order as usize];
        let channel = self.heads[ix.0 as usize].channel;
        let takes = move |ready: &Ready| {
            self.open[ready.slot.0 as usize].has(channel) && self.fits(ready.slot, ix)
        };
        ready.range(from..).copied().filter(takes)
    }

    pub(super) fn fits(&self, slot: Slot, ix: ClassIx) -> bool {
        let needed = self.class_signatures[ix.0 as usize];
        needed & !self.signatures[slot.0 as usize] == 0
            && covers(self.levels(slot), &self.reach(ix).needed)
    }
}
