//! The floor as boards show it, published by the matcher's thread and read by any other without a
//! lock, each queue and each agent whole.

use acd::{AGENT_WORDS, AgentFigures, QUEUE_BOUND, QUEUE_WORDS, QueueFigures, SHIFT_BOUND};
use rings::record::Records;

/// All queues and agents.
#[derive(Debug)]
pub struct Live {
    queues: Records<QUEUE_WORDS>,
    agents: Records<AGENT_WORDS>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            queues: Records::new(QUEUE_BOUND),
            agents: Records::new(SHIFT_BOUND),
        }
    }
}

impl Live {
    /// Publishes a queue; each has its number, counted from 0. One thread publishes.
    pub fn publish_queue(&self, number: usize, figures: &QueueFigures) {
        self.queues.publish(number, figures.to_words());
    }

    /// Publishes an agent; each has their number, counted from 0. One thread publishes.
    pub fn publish_agent(&self, number: usize, figures: &AgentFigures) {
        self.agents.publish(number, figures.to_words());
    }

    /// One queue by its number.
    #[must_use]
    pub fn queue(&self, number: usize) -> Option<QueueFigures> {
        let words = self.queues.read(number)?;
        Some(QueueFigures::from_words(&words))
    }

    /// One agent by their number.
    #[must_use]
    pub fn agent(&self, number: usize) -> Option<AgentFigures> {
        let words = self.agents.read(number)?;
        Some(AgentFigures::from_words(&words))
    }

    /// All queues, in the order in which they were opened. Each is whole; one may be newer than
    /// another.
    #[must_use]
    pub fn queues(&self) -> Vec<QueueFigures> {
        (0..self.queues.len())
            .filter_map(|number| self.queue(number))
            .collect()
    }

    /// Everybody who ever signed in. Each is whole; one may be newer than another.
    #[must_use]
    pub fn agents(&self) -> Vec<AgentFigures> {
        (0..self.agents.len())
            .filter_map(|number| self.agent(number))
            .collect()
    }
}
