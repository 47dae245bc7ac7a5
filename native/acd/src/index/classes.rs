//! Classes open and close, are narrow or broad, and their heads are found by agents.

use std::collections::BTreeSet;

use crate::capacity::{Channel, Channels};
use crate::class::ClassIx;
use crate::contact::Place;
use crate::index::{Cursor, Head, Index, LISTED_BOUND, Reach, Ready, Slope, Slot, take_out};
use crate::requirement::{AttributeIx, Levels, signature};
use crate::strategy::Order;

impl Index {
    /// A new class; nobody waits in it.
    pub fn open(&mut self, ix: ClassIx, queue: AttributeIx, channel: Channel, needed: Levels) {
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
            channel,
            filled: false,
            broad: false,
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

    pub(super) fn rarest(&self, needed: &Levels) -> AttributeIx {
        let wanted = needed.iter().filter(|(_, least)| *least > 0);
        wanted
            .map(|(attribute, _)| *attribute)
            .min_by_key(|attribute| self.shelf(*attribute).holders.len())
            .expect("a queue at least")
    }

    pub(super) fn fitting_agents(&self, ix: ClassIx) -> Vec<Slot> {
        let holders = &self.shelf(self.rarest(&self.reach(ix).needed)).holders;
        let fits = |slot: &&Slot| self.fits(**slot, ix);
        holders.iter().filter(fits).copied().collect()
    }

    /// From the list of its agents to the shelf of what is now its rarest attribute.
    pub(super) fn broaden(&mut self, ix: ClassIx) {
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
    pub(super) fn file_queue(&mut self, queue: AttributeIx) {
        let mut ready: [BTreeSet<Ready>; Order::ALL.len()] = Default::default();
        for slot in &self.shelf(queue).holders {
            for order in self.agents[slot.0 as usize].orders.iter() {
                ready[order as usize].insert(self.ready(*slot, order));
            }
        }
        self.shelf_mut(queue).ready = ready;
    }

    /// From its shelf to a list of its agents.
    pub(super) fn narrow(&mut self, ix: ClassIx) {
        let head = self.heads[ix.0 as usize];
        if head.filled {
            self.unfile_broad(ix, head);
        }
        self.remove_cursor(ix);
        let fitting = self.fitting_agents(ix);
        self.list(ix, fitting);
    }

    pub(super) fn remove_cursor(&mut self, ix: ClassIx) {
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
    pub(super) fn has_room(&self, count: usize) -> bool {
        count <= self.narrow_bound && self.listed + count <= LISTED_BOUND
    }

    pub(super) fn list(&mut self, ix: ClassIx, agents: Vec<Slot>) {
        self.listed += agents.len();
        for slot in &agents {
            self.fitting[slot.0 as usize].push(ix);
        }
        self.reach_mut(ix).agents = Some(agents);
        self.heads[ix.0 as usize].broad = false;
    }

    pub(super) fn unlist(&mut self, ix: ClassIx) {
        let agents = self.reach_mut(ix).agents.take().unwrap_or_default();
        self.heads[ix.0 as usize].broad = true;
        self.listed -= agents.len();
        for slot in agents {
            self.unfit(slot, ix);
        }
    }

    /// Whether somebody waits in a class.
    pub fn is_filled(&self, ix: ClassIx) -> bool {
        self.heads[ix.0 as usize].filled
    }

    /// The head of a class is another one, or there is none, or its slope is another.
    pub fn file(&mut self, ix: ClassIx, place: Option<Place>, slope: u16) {
        let before = self.heads[ix.0 as usize];
        let head = Head {
            place: place.unwrap_or(Place::NOWHERE),
            slope,
            channel: before.channel,
            filled: place.is_some(),
            broad: before.broad,
        };
        self.heads[ix.0 as usize] = head;
        let same = (before.place, before.slope) == (head.place, head.slope);
        if head.broad && !same {
            if before.filled {
                self.unfile_broad(ix, before);
            }
            if head.filled {
                self.file_broad(ix, head);
            }
        }
    }

    pub(super) fn file_broad(&mut self, ix: ClassIx, head: Head) {
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
        self.broad_heads += 1;
    }

    pub(super) fn unfile_broad(&mut self, ix: ClassIx, head: Head) {
        let shelf = self.reach(ix).shelf;
        let slopes = &mut self.shelf_mut(shelf).slopes;
        let known = slopes.iter().position(|known| known.slope == head.slope);
        let at = known.expect("it was filed there");
        slopes[at].heads.remove(&(head.place, ix));
        if slopes[at].heads.is_empty() {
            slopes.swap_remove(at);
        }
        self.broad_heads -= 1;
    }

    /// The most urgent head at this moment among the classes of these channels that an agent fits.
    pub fn most_urgent(&self, slot: Slot, open: Channels, now_us: i64) -> Option<(ClassIx, Place)> {
        let mut best: Option<(u16, Place, ClassIx)> = None;
        let better = |slope: u16, place: Place, best: &Option<(u16, Place, ClassIx)>| {
            best.is_none_or(|(other_slope, other, _)| {
                if slope == other_slope {
                    return place < other;
                }
                let mine = place.urgency(slope, now_us);
                let others = other.urgency(other_slope, now_us);
                mine > others || mine == others && place < other
            })
        };
        for ix in &self.fitting[slot.0 as usize] {
            let head = self.heads[ix.0 as usize];
            if head.filled && open.has(head.channel) && better(head.slope, head.place, &best) {
                best = Some((head.slope, head.place, *ix));
            }
        }
        // With none of them an agent's attributes and their shelves needn't be fetched from memory.
        let shelves = if self.broad_heads > 0 {
            &self.levels(slot)[..]
        } else {
            &[]
        };
        for (attribute, _) in shelves {
            for Slope { slope, heads } in &self.shelf(*attribute).slopes {
                for (place, ix) in heads {
                    if !better(*slope, *place, &best) {
                        break;
                    }
                    if open.has(self.heads[ix.0 as usize].channel) && self.fits(slot, *ix) {
                        best = Some((*slope, *place, *ix));
                        break;
                    }
                }
            }
        }
        best.map(|(_, place, ix)| (ix, place))
    }
}
