//! The floor: all queues, agents and contacts, and the one way in which they change together.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::agent::Agent;
use crate::class::{ClassIx, Classes};
use crate::command::{AgentDay, QueueDay};
use crate::contact::{Contact, Place};
use crate::event::{AgentState, Refusal, RefusalCode};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::index::Index;
use crate::machine::Tuning;
use crate::queue::{Queue, QueueSettings, check_duration};
use crate::relaxation::Schedules;
use crate::requirement::Vocabulary;
use crate::reservation::Reservation;
use crate::sequence::{Sequence, Table};
use crate::snapshot::QueueSnapshot;
use crate::strategy::Orders;
use crate::timers::{Timer, Timers};
use crate::workload::Workload;
use crate::{AGENT_BOUND, AWAY_BOUND, CONTACT_BOUND, HEARTBEAT_TIMEOUT_US_DEFAULT};

/// Never has a contact waiting and an agent ready who could take it: each step matches until one
/// side has nobody for the other.
#[derive(Debug)]
pub(crate) struct Floor {
    pub queues: BTreeMap<QueueId, Queue>,
    pub agents: Table<AgentId, Agent>,
    /// What those have done who have signed out since the day began.
    pub away: FxHashMap<AgentId, Workload>,
    /// Where each contact is. An index only: the contact itself is owned there.
    pub contacts: Table<ContactId, Whereabouts>,
    /// Those that are not in line until later.
    pub deferred: FxHashMap<ContactId, Contact>,
    /// Where contacts of queues that were closed went.
    pub heirs: FxHashMap<QueueId, Option<QueueId>>,
    pub classes: Classes,
    pub vocabulary: Vocabulary,
    pub index: Index,
    pub schedules: Schedules,
    pub timers: Timers,
    /// The share of who accepted last (see [`Workload`](crate::workload::Workload)): who comes back
    /// with less can't have what they missed while they were away.
    pub share: i64,
    heartbeat_timeout_us: i64,
    pub last_epoch: Epoch,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Whereabouts {
    Waiting(ClassIx, Place),
    /// Until when, in microseconds since the Unix epoch.
    Deferred(i64),
    With(AgentId),
}

impl Floor {
    pub fn new(tuning: Tuning) -> Self {
        // Room for the most there can be, so that neither ever grows under load; memory that is not
        // used is not touched, unless it is to be.
        let agents = Table::with_capacity_and_hasher(AGENT_BOUND, Sequence);
        let mut contacts = Table::with_capacity_and_hasher(CONTACT_BOUND, Sequence);
        if tuning.large {
            // Some in each page, the last of which are beyond the bound: places are a power of two.
            let places = CONTACT_BOUND.next_power_of_two() as u64;
            let numbers = (0..places).step_by(16).map(ContactId);
            contacts.extend(numbers.map(|number| (number, Whereabouts::Deferred(0))));
            contacts.clear();
        }
        Self {
            queues: BTreeMap::new(),
            agents,
            contacts,
            away: FxHashMap::default(),
            deferred: FxHashMap::default(),
            heirs: FxHashMap::default(),
            classes: Classes::new(tuning.classes_kept),
            vocabulary: Vocabulary::default(),
            index: Index::new(tuning.narrow_bound),
            schedules: Schedules::default(),
            timers: Timers::default(),
            share: 0,
            heartbeat_timeout_us: HEARTBEAT_TIMEOUT_US_DEFAULT,
            last_epoch: Epoch(0),
        }
    }

    /// Takes an agent off the index of those who are ready, before anything about them changes.
    pub fn withdraw(&mut self, id: AgentId) {
        let agent = self
            .agents
            .get_mut(&id)
            .expect("callers hold an agent on the floor");
        if std::mem::take(&mut agent.filed) {
            self.index.remove_ready(agent.slot);
        }
    }

    /// Puts an agent there, for whom no contact waits.
    pub fn file_agent(&mut self, id: AgentId) {
        let agent = self
            .agents
            .get_mut(&id)
            .expect("callers hold an agent on the floor");
        let open = agent.open();
        if open.is_empty() {
            return;
        }
        agent.filed = true;
        let key = |order| agent.workload.key(order, agent.idle_since_us);
        self.index
            .add_ready(agent.slot, agent.idle_since_us, agent.orders, open, key);
    }

    pub fn configure(&mut self, heartbeat_timeout_us: i64) -> Result<(), Refusal> {
        check_duration("heartbeat_timeout_us", heartbeat_timeout_us, 1)?;
        let before_us = std::mem::replace(&mut self.heartbeat_timeout_us, heartbeat_timeout_us);
        for (id, agent) in &self.agents {
            let timer = Timer::Heartbeat(*id);
            self.timers
                .disarm(agent.heard_us.saturating_add(before_us), timer);
            self.timers.arm(self.lost_at_us(agent.heard_us), timer);
        }
        Ok(())
    }

    /// The counts of `fewest_contacts` begin anew, and the queues' day.
    pub fn start_day(&mut self) {
        for queue in self.queues.values_mut() {
            queue.measures.start_day();
        }
        self.away.clear();
        let agents: Vec<AgentId> = self.agents.keys().copied().collect();
        for id in agents {
            self.refile(id, |workload| workload.contacts = 0);
        }
    }

    /// The queues' day, the counts of `fewest_contacts` and the shares of `least_occupied` go on from
    /// here.
    pub fn resume_day(&mut self, queues: &[QueueDay], agents: &[AgentDay], now_us: i64) {
        for one in queues {
            if let Some(queue) = self.queues.get_mut(&one.queue) {
                queue.measures.resume_day(now_us, &one.day, &one.recent);
            }
        }
        for one in agents {
            if self.agents.contains_key(&one.agent) {
                self.refile(one.agent, |workload| workload.resume_day(one, now_us));
            } else if self.away.len() < AWAY_BOUND {
                let mut workload = Workload::new(self.share);
                workload.resume_day(one, now_us);
                self.away.insert(one.agent, workload);
            }
        }
    }

    fn refile(&mut self, id: AgentId, change: impl FnOnce(&mut Workload)) {
        self.withdraw(id);
        change(&mut self.known_mut(id).workload);
        self.file_agent(id);
    }

    pub fn lost_at_us(&self, heard_us: i64) -> i64 {
        heard_us.saturating_add(self.heartbeat_timeout_us)
    }

    pub fn queue(&self, id: QueueId) -> Result<&Queue, Refusal> {
        self.queues.get(&id).ok_or_else(|| {
            Refusal::new(RefusalCode::UnknownQueue, format!("no queue {id} is open"))
        })
    }

    pub fn agent(&self, id: AgentId) -> Result<&Agent, Refusal> {
        self.agents.get(&id).ok_or_else(|| unknown_agent(id))
    }

    pub fn agent_mut(&mut self, id: AgentId) -> Result<&mut Agent, Refusal> {
        self.agents.get_mut(&id).ok_or_else(|| unknown_agent(id))
    }

    /// An agent that an index or an earlier check named.
    pub fn known(&self, id: AgentId) -> &Agent {
        self.agents
            .get(&id)
            .expect("indices name agents on the floor")
    }

    pub fn known_mut(&mut self, id: AgentId) -> &mut Agent {
        self.agents
            .get_mut(&id)
            .expect("indices name agents on the floor")
    }

    /// The reservation of a contact whose whereabouts named this agent.
    pub fn reservation(&self, id: AgentId, contact: ContactId) -> &Reservation {
        let mut held = self.known(id).reservations();
        held.find(|reservation| reservation.contact.id == contact)
            .expect("whereabouts follow the contact")
    }

    pub fn settings(&self, id: QueueId) -> QueueSettings {
        self.queues[&id].settings
    }

    /// The orders in which these queues look for agents.
    pub fn orders(&self, queues: &[QueueId]) -> Orders {
        let mut orders = Orders::default();
        for id in queues {
            orders.insert(self.settings(*id).strategy.order());
        }
        orders
    }

    pub fn queue_mut(&mut self, id: QueueId) -> &mut Queue {
        self.queues.get_mut(&id).expect("a contact's queue is open")
    }

    pub fn snapshot(&self) -> Vec<QueueSnapshot> {
        let mut waiting: BTreeMap<QueueId, Vec<Place>> = BTreeMap::new();
        for (_, class) in self.classes.filled() {
            waiting
                .entry(class.queue)
                .or_default()
                .extend(class.waiting.iter().map(Contact::place));
        }
        let mut queues: BTreeMap<QueueId, QueueSnapshot> = BTreeMap::new();
        for id in self.queues.keys() {
            let mut waiting = waiting.remove(id).unwrap_or_default();
            waiting.sort_unstable();
            let snapshot = QueueSnapshot {
                queue: *id,
                waiting: waiting.into_iter().map(|place| place.contact).collect(),
                offered: 0,
                ready: 0,
                staffed: 0,
            };
            queues.insert(*id, snapshot);
        }
        for agent in self.agents.values() {
            let (state, _) = agent.state();
            for id in &agent.queues {
                if let Some(queue) = queues.get_mut(id) {
                    queue.ready += u32::from(agent.filed);
                    queue.staffed += u32::from(state != AgentState::NotReady);
                }
            }
            if let Some(offer) = agent.offer()
                && let Some(queue) = queues.get_mut(&offer.contact.stage.queue)
            {
                queue.offered += 1;
            }
        }
        queues.into_values().collect()
    }
}

/// An agent of these queues comes to work, or goes.
pub(crate) fn count_staff(queues: &mut BTreeMap<QueueId, Queue>, served: &[QueueId], comes: bool) {
    for id in served {
        let queue = queues.get_mut(id).expect("an agent's queues are open");
        queue.staffed = if comes {
            queue.staffed + 1
        } else {
            queue.staffed - 1
        };
    }
}

pub(crate) fn unknown_contact(id: ContactId) -> Refusal {
    Refusal::new(
        RefusalCode::UnknownContact,
        format!("contact {id} is neither waiting nor with an agent"),
    )
}

fn unknown_agent(id: AgentId) -> Refusal {
    Refusal::new(
        RefusalCode::UnknownAgent,
        format!("agent {id} is not signed in"),
    )
}
