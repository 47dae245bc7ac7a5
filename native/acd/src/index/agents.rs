//! Agents come, go, and are assigned other attributes.

use crate::capacity::Channels;
use crate::class::ClassIx;
use crate::id::AgentId;
use crate::index::{Entry, Fitting, Index, LISTED_BOUND, NOT_READY, Served, Slot, take_out};
use crate::requirement::{Levels, covers, signature};
use crate::strategy::Orders;

impl Index {
    /// An agent comes onto the floor, with nothing yet.
    pub fn join(&mut self, agent: AgentId) -> Slot {
        let entry = Entry {
            agent,
            levels: Levels::default(),
            queues: Served::new(),
            idle_since_us: NOT_READY,
            orders: Orders::default(),
        };
        if let Some(slot) = self.free.pop() {
            self.agents[slot.0 as usize] = entry;
            return slot;
        }
        let slot = Slot(u32::try_from(self.agents.len()).expect("AGENT_BOUND"));
        self.agents.push(entry);
        self.fitting.push(Fitting::new());
        self.signatures.push(0);
        self.open.push(Channels::default());
        for keys in &mut self.keys {
            keys.push(NOT_READY);
        }
        slot
    }

    /// An agent, not ready, leaves the floor.
    pub fn leave(&mut self, slot: Slot) {
        self.assign(slot, Levels::default(), Served::new());
        self.free.push(slot);
    }

    /// An agent, not ready, has other attributes; `queues` are those of them that are queues.
    pub fn assign(&mut self, slot: Slot, levels: Levels, queues: Served) {
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
    pub(super) fn fitting_classes(&self, levels: &Levels) -> Vec<ClassIx> {
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

    pub(super) fn gain(&mut self, ix: ClassIx, slot: Slot) {
        let narrow_bound = self.narrow_bound;
        let reach = self.reach_mut(ix);
        reach.count += 1;
        if let Some(agents) = &mut reach.agents {
            agents.push(slot);
            let too_many = agents.len() > narrow_bound || self.listed == LISTED_BOUND;
            self.listed += 1;
            self.fitting[slot.0 as usize].push(ix);
            if too_many {
                self.broaden(ix);
            }
        }
    }

    pub(super) fn lose(&mut self, ix: ClassIx, slot: Slot) {
        let reach = self.reach_mut(ix);
        reach.count -= 1;
        if let Some(agents) = &mut reach.agents {
            take_out(agents, slot);
            self.listed -= 1;
            self.unfit(slot, ix);
        } else {
            let count = reach.count;
            // Not at the bound itself, where a class would go to and fro.
            if self.has_room(2 * count) {
                self.narrow(ix);
            }
        }
    }

    /// A narrow class is none any more, or the agent doesn't fit it any more.
    pub(super) fn unfit(&mut self, slot: Slot, ix: ClassIx) {
        let fitting = &mut self.fitting[slot.0 as usize];
        let at = fitting.iter().position(|known| *known == ix);
        fitting.swap_remove(at.expect("it is in the list"));
    }

    pub fn levels(&self, slot: Slot) -> &Levels {
        &self.agents[slot.0 as usize].levels
    }
}
