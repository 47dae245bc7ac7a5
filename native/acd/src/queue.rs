//! A queue: the contacts that wait, and the agents who wait for them.

use std::collections::{BTreeMap, BTreeSet};

use crate::contact::{Contact, Place};
use crate::event::{Refusal, RefusalCode};
use crate::floor::Floor;
use crate::id::{AgentId, QueueId};
use crate::{DURATION_US_MAX, QUEUE_BOUND};

#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueSettings {
    pub offer_timeout_us: i64,
    pub wrap_up_us: i64,
    pub max_waiting: u32,
}

/// Never has contacts waiting and agents ready at once: each step matches until one side is empty.
#[derive(Debug)]
pub(crate) struct Queue {
    pub settings: QueueSettings,
    waiting: BTreeMap<Place, Contact>,
    ready: BTreeSet<(i64, AgentId)>,
}

impl Queue {
    pub fn new(settings: QueueSettings) -> Self {
        Self {
            settings,
            waiting: BTreeMap::new(),
            ready: BTreeSet::new(),
        }
    }

    pub fn put(&mut self, contact: Contact) {
        self.waiting.insert(contact.place(), contact);
    }

    pub fn take(&mut self, place: Place) -> Option<Contact> {
        self.waiting.remove(&place)
    }

    pub fn head(&self) -> Option<Place> {
        self.waiting.keys().next().copied()
    }

    /// In the order in which they will be offered.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = Place> {
        self.waiting.keys().copied()
    }

    pub fn add_ready(&mut self, idle_since_us: i64, agent: AgentId) {
        self.ready.insert((idle_since_us, agent));
    }

    pub fn remove_ready(&mut self, idle_since_us: i64, agent: AgentId) {
        self.ready.remove(&(idle_since_us, agent));
    }

    pub fn longest_idle(&self) -> Option<AgentId> {
        self.ready.first().map(|(_, agent)| *agent)
    }

    pub fn ready(&self) -> u32 {
        u32::try_from(self.ready.len()).expect("fewer agents than AGENT_BOUND")
    }

    /// Whether a contact that arrives now would have to wait without room to.
    pub fn is_full(&self) -> bool {
        self.ready.is_empty() && self.waiting.len() >= self.settings.max_waiting as usize
    }
}

impl Floor {
    pub fn put_queue(&mut self, id: QueueId, settings: QueueSettings) -> Result<(), Refusal> {
        check_duration("offer_timeout_us", settings.offer_timeout_us, 1)?;
        check_duration("wrap_up_us", settings.wrap_up_us, 0)?;
        if let Some(queue) = self.queues.get_mut(&id) {
            queue.settings = settings;
        } else if self.queues.len() < QUEUE_BOUND {
            self.queues.insert(id, Queue::new(settings));
        } else {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("{QUEUE_BOUND} queues are open, the most"),
            ));
        }
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
