//! A queue: how its contacts wait and how its agents are chosen.

use crate::event::{Refusal, RefusalCode};
use crate::floor::Floor;
use crate::id::QueueId;
use crate::measures::{Measures, QueueFigures};
use crate::requirement::{Attribute, AttributeIx};
use crate::strategy::Strategy;
use crate::{DURATION_US_MAX, QUEUE_BOUND, SLOPE_MAX};

#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueSettings {
    pub offer_timeout_us: i64,
    pub wrap_up_us: i64,
    pub max_waiting: u32,
    pub strategy: Strategy,
    pub seed: u64,
    pub priority_worth_us: i64,
    pub slope: u16,
    /// An answer within this time is in time.
    pub service_level_us: i64,
    /// Who leaves within this time never wanted to wait.
    pub short_abandon_us: i64,
}

#[derive(Debug)]
pub(crate) struct Queue {
    pub settings: QueueSettings,
    pub attribute: AttributeIx,
    /// Contacts that wait, over all classes.
    pub waiting: u32,
    /// Contacts on offer.
    pub offered: u32,
    /// Agents who serve it and are neither offline nor not ready.
    pub staffed: u32,
    pub measures: Measures,
}

impl Queue {
    pub fn is_full(&self) -> bool {
        self.waiting >= self.settings.max_waiting
    }
}

impl Floor {
    pub fn put_queue(&mut self, id: QueueId, settings: QueueSettings) -> Result<(), Refusal> {
        let invalid = |detail| Err(Refusal::new(RefusalCode::Invalid, detail));
        check_duration("offer_timeout_us", settings.offer_timeout_us, 1)?;
        check_duration("wrap_up_us", settings.wrap_up_us, 0)?;
        check_duration("priority_worth_us", settings.priority_worth_us, 0)?;
        check_duration("service_level_us", settings.service_level_us, 1)?;
        check_duration("short_abandon_us", settings.short_abandon_us, 0)?;
        if !(1..=SLOPE_MAX).contains(&settings.slope) {
            let slope = settings.slope;
            return invalid(format!("slope is {slope}, must be 1 to {SLOPE_MAX}"));
        }
        if let Some(queue) = self.queues.get_mut(&id) {
            let before = std::mem::replace(&mut queue.settings, settings);
            if before.slope != settings.slope {
                self.refile_contacts(id);
            }
            if before.strategy != settings.strategy {
                self.refile_agents(id);
            }
            return Ok(());
        }
        if self.queues.len() >= QUEUE_BOUND {
            return invalid(format!("{QUEUE_BOUND} queues are open, the most"));
        }
        self.heirs.remove(&id);
        let attribute = self.vocabulary.number(Attribute::Queue(id));
        self.index.grow(self.vocabulary.len());
        let queue = Queue {
            settings,
            attribute,
            waiting: 0,
            offered: 0,
            staffed: 0,
            measures: Measures::default(),
        };
        self.queues.insert(id, queue);
        Ok(())
    }
}

impl Floor {
    /// Figures of the queues from this one on.
    pub fn figures(&mut self, from: QueueId, now_us: i64) -> impl Iterator<Item = QueueFigures> {
        let index = &self.index;
        self.queues
            .range_mut(from..)
            .map(move |(id, queue)| QueueFigures {
                queue: *id,
                at_us: now_us,
                waiting: queue.waiting,
                oldest_us: queue.measures.oldest_us(),
                offered: queue.offered,
                ready: u32::try_from(index.ready_count_of_all(queue.attribute))
                    .expect("AGENT_BOUND"),
                staffed: queue.staffed,
                recent: queue.measures.recent(now_us),
                day: queue.measures.day(),
            })
    }
}

pub(crate) fn check_duration(field: &str, value_us: i64, least_us: i64) -> Result<(), Refusal> {
    if (least_us..=DURATION_US_MAX).contains(&value_us) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::Invalid,
        format!("{field} is {value_us}, must be {least_us} to {DURATION_US_MAX}"),
    ))
}
