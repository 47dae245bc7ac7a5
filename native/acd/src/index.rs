//! Who can take whom, without looking at everybody.
//!
//! Each class is filed under the rarest attribute that it needs; an agent who becomes free looks
//! through their own attributes only. Each ready agent is filed under all their attributes; a contact
//! that arrives looks through the one that the fewest ready agents have. Both look in order and stop
//! at the first that fits.

use std::collections::BTreeSet;

use crate::class::{Class, ClassIx, Filed};
use crate::contact::Place;
use crate::id::AgentId;
use crate::requirement::{AttributeIx, Levels};
use crate::strategy::{Order, Orders};
use crate::workload::Workload;

#[derive(Debug, Default)]
pub(crate) struct Index {
    buckets: Vec<Bucket>,
}

/// All that is filed under one attribute.
#[derive(Debug, Default)]
struct Bucket {
    /// Agents on the floor who have it, ready or not.
    holders: u32,
    slopes: Vec<Slope>,
    ready: [BTreeSet<Ready>; Order::ALL.len()],
}

/// Heads whose urgency grows equally fast: the order of their places is their order at any time.
#[derive(Debug)]
struct Slope {
    slope: u16,
    heads: BTreeSet<(Place, ClassIx)>,
}

/// A ready agent in an order: what it compares, since when they are ready, and who.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ready {
    pub key: i64,
    pub idle_since_us: i64,
    pub agent: AgentId,
}

/// Where a ready agent is filed: under each of their attributes, once in each order.
pub(crate) struct Filing<'a> {
    pub agent: AgentId,
    pub idle_since_us: i64,
    pub levels: &'a [(AttributeIx, u8)],
    pub orders: Orders,
    pub workload: &'a Workload,
}

impl Filing<'_> {
    fn ready(&self, order: Order) -> Ready {
        Ready {
            key: self.workload.key(order, self.idle_since_us),
            idle_since_us: self.idle_since_us,
            agent: self.agent,
        }
    }
}

impl Index {
    /// Makes room for attributes up to this number.
    pub fn grow(&mut self, attributes: usize) {
        self.buckets.resize_with(attributes, Bucket::default);
    }

    pub fn hold(&mut self, levels: &Levels) {
        for (attribute, _) in levels {
            self.bucket_mut(*attribute).holders += 1;
        }
    }

    pub fn release(&mut self, levels: &Levels) {
        for (attribute, _) in levels {
            self.bucket_mut(*attribute).holders -= 1;
        }
    }

    /// Files the head of a class anew: it has another one, or none, or the slope is another.
    pub fn file(&mut self, ix: ClassIx, class: &mut Class, slope: u16) {
        if let Some(filed) = class.filed.take() {
            let slopes = &mut self.bucket_mut(filed.under).slopes;
            let at = slopes.iter().position(|known| known.slope == filed.slope);
            let at = at.expect("it was filed there");
            slopes[at].heads.remove(&(filed.head, ix));
            if slopes[at].heads.is_empty() {
                slopes.swap_remove(at);
            }
        }
        if let Some(head) = class.head() {
            let rarest = class.needed.iter().map(|(attribute, _)| *attribute);
            let under = rarest
                .min_by_key(|attribute| self.bucket(*attribute).holders)
                .expect("a queue at least");
            self.heads(under, slope).insert((head, ix));
            class.filed = Some(Filed { under, slope, head });
        }
    }

    /// Files an agent who became ready.
    pub fn add_ready(&mut self, filing: &Filing<'_>) {
        for order in filing.orders.iter() {
            let ready = filing.ready(order);
            for (attribute, _) in filing.levels {
                self.bucket_mut(*attribute).ready[order as usize].insert(ready);
            }
        }
    }

    /// Takes an agent out who was ready; nothing of the filing has changed since.
    pub fn remove_ready(&mut self, filing: &Filing<'_>) {
        for order in filing.orders.iter() {
            let ready = filing.ready(order);
            for (attribute, _) in filing.levels {
                let was_there = self.bucket_mut(*attribute).ready[order as usize].remove(&ready);
                debug_assert!(was_there, "{ready:?} was not filed");
            }
        }
    }

    /// Ready agents who have this attribute, as this order has them.
    pub fn ready(&self, attribute: AttributeIx, order: Order) -> &BTreeSet<Ready> {
        &self.bucket(attribute).ready[order as usize]
    }

    /// Ready agents among whom everybody is who has all that is needed.
    pub fn ready_for(&self, needed: &Levels, order: Order) -> &BTreeSet<Ready> {
        needed
            .iter()
            .map(|(attribute, _)| self.ready(*attribute, order))
            .min_by_key(|ready| ready.len())
            .expect("a queue at least")
    }

    /// The heads filed under an attribute, slope by slope, each in the order of their places.
    pub fn heads_under(
        &self,
        attribute: AttributeIx,
    ) -> impl Iterator<Item = (u16, &BTreeSet<(Place, ClassIx)>)> {
        let slopes = &self.bucket(attribute).slopes;
        slopes.iter().map(|slope| (slope.slope, &slope.heads))
    }

    fn heads(&mut self, under: AttributeIx, slope: u16) -> &mut BTreeSet<(Place, ClassIx)> {
        let slopes = &mut self.bucket_mut(under).slopes;
        let at = slopes.iter().position(|known| known.slope == slope);
        let at = at.unwrap_or_else(|| {
            slopes.push(Slope {
                slope,
                heads: BTreeSet::new(),
            });
            slopes.len() - 1
        });
        &mut slopes[at].heads
    }

    fn bucket(&self, attribute: AttributeIx) -> &Bucket {
        &self.buckets[attribute.0 as usize]
    }

    fn bucket_mut(&mut self, attribute: AttributeIx) -> &mut Bucket {
        &mut self.buckets[attribute.0 as usize]
    }
}
