//! The floor: all queues, agents and contacts, and the one way in which they change together.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::agent::{Activity, Agent};
use crate::class::{ClassIx, Classes};
use crate::command::NotReadyReason;
use crate::contact::Place;
use crate::event::{AgentState, Event, Journal, Refusal, RefusalCode};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::index::Index;
use crate::machine::Tuning;
use crate::queue::{Queue, QueueSettings, check_duration};
use crate::relaxation::Schedules;
use crate::requirement::Vocabulary;
use crate::reservation::{Phase, Reservation};
use crate::snapshot::QueueSnapshot;
use crate::strategy::Orders;
use crate::timers::{Timer, Timers};
use crate::{AGENT_BOUND, CONTACT_BOUND, HEARTBEAT_TIMEOUT_US_DEFAULT};

/// Never has a contact waiting and an agent ready who could take it: each step matches until one
/// side has nobody for the other.
#[derive(Debug)]
pub(crate) struct Floor {
    pub queues: BTreeMap<QueueId, Queue>,
    pub agents: FxHashMap<AgentId, Agent>,
    /// Where each contact is. An index only: the contact itself is owned there.
    pub contacts: FxHashMap<ContactId, Whereabouts>,
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
    With(AgentId),
}

impl Floor {
    pub fn new(tuning: Tuning) -> Self {
        // Room for the most there can be, so that neither ever grows under load; memory that is not
        // used is not touched.
        let agents = FxHashMap::with_capacity_and_hasher(AGENT_BOUND, Default::default());
        let contacts = FxHashMap::with_capacity_and_hasher(CONTACT_BOUND, Default::default());
        Self {
            queues: BTreeMap::new(),
            agents,
            contacts,
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

    /// The one function that changes what an agent does. Ready orders, timers and the contact's
    /// whereabouts follow from it here and nowhere else. Gives back what the agent did before,
    /// with the contact that went with it.
    pub fn turn(&mut self, id: AgentId, next: Activity) -> Activity {
        let agent = self
            .agents
            .get_mut(&id)
            .expect("callers hold an agent on the floor");
        match agent.activity() {
            Activity::Ready { .. } => self.index.remove_ready(agent.slot),
            Activity::Engaged(Reservation {
                phase: Phase::Offered { expires_us, .. },
                ..
            }) => self.timers.disarm(*expires_us, Timer::Offer(id)),
            Activity::WrapUp { ends_us, .. } => self.timers.disarm(*ends_us, Timer::WrapUp(id)),
            Activity::NotReady(_) | Activity::Engaged(_) => {}
        }
        let (was_here, is_here) = (agent.activity().is_here(), next.is_here());
        if was_here != is_here {
            count_staff(&mut self.queues, &agent.queues, is_here);
        }
        if let Activity::Engaged(reservation) = &next {
            self.contacts
                .insert(reservation.contact.id, Whereabouts::With(id));
            if let Phase::Offered { expires_us, .. } = reservation.phase {
                self.timers.arm(expires_us, Timer::Offer(id));
            }
        } else if let Activity::WrapUp { ends_us, .. } = &next {
            self.timers.arm(*ends_us, Timer::WrapUp(id));
        }
        let before = agent.replace_activity(next);
        if let Activity::Ready { idle_since_us } = *agent.activity() {
            let key = |order| agent.workload.key(order, idle_since_us);
            self.index
                .add_ready(agent.slot, idle_since_us, agent.orders, key);
        }
        before
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
        let agents: Vec<AgentId> = self.agents.keys().copied().collect();
        for id in agents {
            let before = self.turn(id, Activity::NotReady(NotReadyReason::SignedIn));
            self.known_mut(id).workload.contacts = 0;
            self.turn(id, before);
        }
    }

    /// Tells an agent's state as it is now.
    pub fn report(&self, agent: AgentId, since_us: i64, journal: &mut Journal<'_>) {
        let (state, reason) = self.known(agent).state();
        journal.emit(Event::AgentStateChanged {
            agent,
            state,
            reason,
            since_us,
        });
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

    /// The reservation of an agent whom a contact's whereabouts or a timer named.
    pub fn reservation_of(&self, id: AgentId) -> &Reservation {
        match self.known(id).activity() {
            Activity::Engaged(reservation) => reservation,
            other => unreachable!("indices name agents with a contact, not {other:?}"),
        }
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
                .extend(class.waiting());
        }
        let mut queues: BTreeMap<QueueId, QueueSnapshot> = BTreeMap::new();
        for (id, queue) in &self.queues {
            let mut waiting = waiting.remove(id).unwrap_or_default();
            waiting.sort_unstable();
            let ready = self.index.ready_count(queue.attribute);
            let snapshot = QueueSnapshot {
                queue: *id,
                waiting: waiting.into_iter().map(|place| place.contact).collect(),
                offered: 0,
                ready: u32::try_from(ready).expect("AGENT_BOUND"),
                staffed: 0,
            };
            queues.insert(*id, snapshot);
        }
        for agent in self.agents.values() {
            let (state, _) = agent.state();
            if state != AgentState::NotReady {
                for id in &agent.queues {
                    if let Some(queue) = queues.get_mut(id) {
                        queue.staffed += 1;
                    }
                }
            }
            if let (AgentState::Reserved, Activity::Engaged(offer)) = (state, agent.activity())
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

fn unknown_agent(id: AgentId) -> Refusal {
    Refusal::new(
        RefusalCode::UnknownAgent,
        format!("agent {id} is not signed in"),
    )
}
