//! What agents did today, from the events alone: since when they are in their state, how occupied
//! they were, how many contacts they took.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::command::AgentDay;
use crate::event::{AgentState, Envelope, Event};
use crate::id::AgentId;

/// Agents whose day is known, on the floor or not; beyond, a new one has no figures until the next
/// day begins.
pub const SHIFT_BOUND: usize = crate::AGENT_BOUND + crate::AWAY_BOUND;

/// One agent as a board shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFigures {
    /// The agent.
    pub agent: AgentId,
    /// What they do.
    pub state: AgentState,
    /// Since when, in microseconds since the Unix epoch.
    pub since_us: i64,
    /// Up to when the two sums below are counted, in microseconds since the Unix epoch; the state
    /// has been the same since.
    pub counted_us: i64,
    /// Today, ready or on offer, in microseconds.
    pub available_us: u64,
    /// Today, in calls or wrap-up, in microseconds.
    pub occupied_us: u64,
    /// Contacts accepted today.
    pub contacts: u64,
}

/// Words of [`AgentFigures::to_words`].
pub const AGENT_WORDS: usize = 7;

const STATES: [AgentState; 6] = [
    AgentState::Offline,
    AgentState::NotReady,
    AgentState::Ready,
    AgentState::Reserved,
    AgentState::Busy,
    AgentState::WrapUp,
];

impl AgentFigures {
    /// As a record of fixed size.
    #[must_use]
    pub fn to_words(&self) -> [u64; AGENT_WORDS] {
        [
            self.agent.0.into(),
            self.state as u64,
            self.since_us.cast_unsigned(),
            self.counted_us.cast_unsigned(),
            self.available_us,
            self.occupied_us,
            self.contacts,
        ]
    }

    /// Back from [`to_words`](Self::to_words).
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // they were that small
    pub fn from_words(words: &[u64; AGENT_WORDS]) -> Self {
        Self {
            agent: AgentId(words[0] as u32),
            state: STATES[words[1] as usize % STATES.len()],
            since_us: words[2].cast_signed(),
            counted_us: words[3].cast_signed(),
            available_us: words[4],
            occupied_us: words[5],
            contacts: words[6],
        }
    }

    /// Counts the time up to now in the state they are in.
    pub fn count_to(&mut self, now_us: i64) {
        let span_us = u64::try_from(now_us.saturating_sub(self.counted_us)).unwrap_or(0);
        match self.state {
            AgentState::Ready | AgentState::Reserved => self.available_us += span_us,
            AgentState::Busy | AgentState::WrapUp => self.occupied_us += span_us,
            AgentState::Offline | AgentState::NotReady => {}
        }
        self.counted_us = self.counted_us.max(now_us);
    }
}

/// The day of every agent. Each keeps a place in a list, so that they can be published one by one.
#[derive(Debug, Default)]
pub struct Shifts {
    places: FxHashMap<AgentId, usize>,
    agents: Vec<AgentFigures>,
}

impl Shifts {
    /// Follows one event; gives back the place of the agent whose figures changed.
    pub fn follow(&mut self, envelope: &Envelope) -> Option<usize> {
        let (agent, now_us) = match envelope.event {
            Event::AgentStateChanged { agent, .. } | Event::ReservationAccepted { agent, .. } => {
                (agent, envelope.at_us)
            }
            _ => return None,
        };
        let place = self.place(agent, now_us)?;
        let figures = &mut self.agents[place];
        match envelope.event {
            Event::AgentStateChanged {
                state, since_us, ..
            } => {
                figures.count_to(now_us);
                figures.state = state;
                figures.since_us = since_us;
            }
            _ => figures.contacts += 1,
        }
        Some(place)
    }

    /// A new day has begun: all sums begin at 0, whoever is in a state stays in it.
    pub fn start_day(&mut self, now_us: i64) {
        for figures in &mut self.agents {
            figures.counted_us = figures.counted_us.max(now_us);
            figures.available_us = 0;
            figures.occupied_us = 0;
            figures.contacts = 0;
        }
    }

    /// After a restart, what agents have done of the day.
    pub fn resume_day(&mut self, agents: &[AgentDay], now_us: i64) {
        for one in agents {
            if let Some(place) = self.place(one.agent, now_us) {
                let figures = &mut self.agents[place];
                figures.counted_us = figures.counted_us.max(now_us);
                figures.available_us = one.available_us;
                figures.occupied_us = one.occupied_us;
                figures.contacts = one.contacts.into();
            }
        }
    }

    /// Every agent who was seen, by place.
    #[must_use]
    pub fn agents(&self) -> &[AgentFigures] {
        &self.agents
    }

    fn place(&mut self, agent: AgentId, now_us: i64) -> Option<usize> {
        if let Some(place) = self.places.get(&agent) {
            return Some(*place);
        }
        if self.agents.len() >= SHIFT_BOUND {
            return None;
        }
        self.places.insert(agent, self.agents.len());
        self.agents.push(AgentFigures {
            agent,
            state: AgentState::Offline,
            since_us: now_us,
            counted_us: now_us,
            available_us: 0,
            occupied_us: 0,
            contacts: 0,
        });
        Some(self.agents.len() - 1)
    }
}
