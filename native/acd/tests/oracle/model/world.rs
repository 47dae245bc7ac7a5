//! Queues, agents and contacts as the model has them.

use acd::{
    AgentState, Capacity, Channel, MaxWait, NotReadyReason, Relaxation, SkillLevel, Strategy,
};

pub struct Queue {
    pub id: u32,
    pub ring: i64,
    pub wrap: i64,
    pub most: usize,
    pub strategy: Strategy,
    pub seed: u64,
    pub worth: i64,
    pub slope: u16,
}

pub struct Agent {
    pub id: u32,
    pub queues: Vec<u32>,
    pub capacity: Capacity,
    pub skills: Vec<SkillLevel>,
    pub weight: u16,
    pub rank: u16,
    pub heard: i64,
    pub not_ready: Option<NotReadyReason>,
    pub idle_since: i64,
    /// Contacts with them or wrapped up by them, in the order in which they came to that.
    pub hands: Vec<(u64, Hand)>,
    pub told: (AgentState, Option<NotReadyReason>),
    pub past: Past,
}

/// What an agent has done today.
#[derive(Clone, Copy, Default)]
pub struct Past {
    pub last_offer: u64,
    pub accepted: u32,
    pub share: i64,
    pub busy: Busy,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Hand {
    Holds,
    WrapsUp,
}

/// An agent finishes the work on a contact that is gone.
pub struct WrapUp {
    pub agent: u32,
    pub contact: u64,
    pub channel: Channel,
    pub until: i64,
}

/// The share of time that an agent was busy, forgetting half in 30 minutes.
#[derive(Clone, Copy, Default)]
pub struct Busy {
    pub now: bool,
    pub share: f64,
    pub at: i64,
}

impl Busy {
    const HALF_LIFE: f64 = 1_800_000_000.0;

    pub fn change(&mut self, at: i64, busy: bool) {
        let left = libm::exp2(-((at - self.at) as f64 / Self::HALF_LIFE));
        self.share = self.share * left + if self.now { 1.0 - left } else { 0.0 };
        (self.now, self.at) = (busy, at);
    }

    /// Goes on from a key, with who is busy still busy.
    pub fn resume(&mut self, key: Option<i64>, at: i64) {
        let fallen = |key: i64| libm::exp2((key - at) as f64 / Self::HALF_LIFE);
        self.share = key.map_or(0.0, fallen).min(1.0);
        self.at = at;
    }

    pub fn key(&self) -> i64 {
        if self.share == 0.0 {
            return i64::MIN;
        }
        self.at + (libm::log2(self.share) * Self::HALF_LIFE) as i64
    }
}

impl Agent {
    pub fn level(&self, skill: u32) -> u8 {
        let found = self.skills.iter().find(|had| had.skill.0 == skill);
        found.map_or(0, |had| had.level)
    }

    pub fn fits(&self, contact: &Contact) -> bool {
        let has = |needed: &SkillLevel| match needed.level {
            0 => self.level(needed.skill.0) == 0,
            least => self.level(needed.skill.0) >= least,
        };
        self.queues.contains(&contact.queue) && contact.requires.iter().all(has)
    }
}

/// The queues that are closed, and which took their contacts.
#[derive(Clone, Default)]
pub struct Closed(pub Vec<(u32, Option<u32>)>);

impl Closed {
    /// The open queue that this one stands for.
    pub fn open(&self, queue: u32) -> Option<u32> {
        match self.0.iter().find(|(closed, _)| *closed == queue) {
            None => Some(queue),
            Some((_, heir)) => self.open((*heir)?),
        }
    }
}

#[derive(Clone)]
pub struct Contact {
    pub id: u64,
    pub queue: u32,
    pub channel: Channel,
    pub arrived: i64,
    /// Arrival less what the priority is worth.
    pub urgent_since: i64,
    pub requires: Vec<SkillLevel>,
    pub relax: Vec<Relaxation>,
    /// Steps taken.
    pub relaxed: usize,
    /// While nobody has accepted it.
    pub max_wait: Option<MaxWait>,
    /// Its maximum wait passed while it was on offer.
    pub exceeded: bool,
    pub called_back: bool,
    pub last_agent: Option<u32>,
    pub is: Is,
}

impl Contact {
    pub fn relaxes(&self) -> Option<i64> {
        let step = self.relax.get(self.relaxed)?;
        Some(self.arrived + step.after_us)
    }

    pub fn in_call(&self) -> bool {
        matches!(self.is, Is::Accepted { .. } | Is::Connected { .. })
    }

    pub fn overdue_at(&self) -> Option<i64> {
        self.max_wait.map(|most| self.arrived + most.after_us)
    }

    pub fn take_step(&mut self, closed: &Closed) {
        let step = &self.relax[self.relaxed];
        self.requires.clone_from(&step.requires);
        let leads = step.queue.and_then(|queue| closed.open(queue.0));
        self.queue = leads.unwrap_or(self.queue);
        self.relaxed += 1;
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Is {
    Waiting,
    Deferred { until: i64 },
    Offered { agent: u32, epoch: u64, until: i64 },
    Accepted { agent: u32 },
    Connected { agent: u32, since: i64 },
}

impl Is {
    pub fn agent(self) -> Option<u32> {
        match self {
            Is::Waiting | Is::Deferred { .. } => None,
            Is::Offered { agent, .. } | Is::Accepted { agent } | Is::Connected { agent, .. } => {
                Some(agent)
            }
        }
    }
}
