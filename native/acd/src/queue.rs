//! A queue: how its contacts wait and how its agents are chosen.

use crate::event::{Refusal, RefusalCode};
use crate::floor::Floor;
use crate::id::QueueId;
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
}

#[derive(Debug)]
pub(crate) struct Queue {
    pub settings: QueueSettings,
    pub attribute: AttributeIx,
    /// Contacts that wait, over all classes.
    pub waiting: u32,
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
        };
        self.queues.insert(id, queue);
        Ok(())
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
