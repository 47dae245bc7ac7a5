//! The floor: all queues, agents and contacts, and the one way in which they change together.

use std::collections::BTreeMap;

use crate::HEARTBEAT_TIMEOUT_US_DEFAULT;
use crate::agent::{Activity, Agent, Departure};
use crate::command::{Command, NotReadyReason};
use crate::contact::{Contact, Place};
use crate::event::{
    AgentState, Decision, Event, Journal, Refusal, RefusalCode, RequeueReason, Strategy,
};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::queue::{Queue, QueueSettings, check_duration};
use crate::reservation::{Phase, Reservation};
use crate::snapshot::QueueSnapshot;
use crate::timers::{Timer, Timers};

#[derive(Debug)]
pub(crate) struct Floor {
    pub queues: BTreeMap<QueueId, Queue>,
    pub agents: BTreeMap<AgentId, Agent>,
    /// Where each contact is. An index only: the contact itself is owned there.
    pub contacts: BTreeMap<ContactId, Whereabouts>,
    pub timers: Timers,
    heartbeat_timeout_us: i64,
    last_epoch: Epoch,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Whereabouts {
    Waiting(QueueId, Place),
    With(AgentId),
}

impl Floor {
    pub fn new() -> Self {
        Self {
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
            contacts: BTreeMap::new(),
            timers: Timers::default(),
            heartbeat_timeout_us: HEARTBEAT_TIMEOUT_US_DEFAULT,
            last_epoch: Epoch(0),
        }
    }

    /// Carries a command out, or refuses it with nothing changed.
    pub fn carry_out(
        &mut self,
        command: Command,
        journal: &mut Journal<'_>,
    ) -> Result<(), Refusal> {
        match command {
            Command::QueuePut {
                queue,
                offer_timeout_us,
                wrap_up_us,
                max_waiting,
            } => self.put_queue(
                queue,
                QueueSettings {
                    offer_timeout_us,
                    wrap_up_us,
                    max_waiting,
                },
            ),
            Command::AgentSignIn {
                agent,
                queues,
                video_slots,
            } => self.sign_in(agent, queues, video_slots, journal),
            Command::AgentSignOut { agent } => self.sign_out(agent, journal),
            Command::AgentReady { agent } => self.ready(agent, journal),
            Command::AgentNotReady { agent, reason } => self.not_ready(agent, reason, journal),
            Command::AgentHeartbeat { agent } => self.heartbeat(agent, journal),
            Command::Enqueue {
                contact,
                queue,
                priority,
                arrived_us,
            } => self.enqueue(
                Contact {
                    id: contact,
                    queue,
                    priority,
                    arrived_us,
                },
                journal,
            ),
            Command::Abandon { contact } => self.abandon(contact, journal),
            Command::Accept {
                contact,
                agent,
                epoch,
            } => self.accept(contact, agent, epoch, journal),
            Command::Reject {
                contact,
                agent,
                epoch,
            } => self.reject(contact, agent, epoch, journal),
            Command::Connect { contact } => self.connect(contact, journal),
            Command::Complete { contact } => self.complete(contact, journal),
            Command::WrapUpDone { agent, contact } => self.wrap_up_done(agent, contact, journal),
            Command::RestoreConnected {
                contact,
                queue,
                agent,
                priority,
                arrived_us,
                connected_us,
            } => self.restore(
                Contact {
                    id: contact,
                    queue,
                    priority,
                    arrived_us,
                },
                agent,
                connected_us.unwrap_or(journal.at_us),
                journal,
            ),
            Command::Configure {
                heartbeat_timeout_us,
            } => self.configure(heartbeat_timeout_us),
        }
    }

    /// What a timer ends. It is disarmed on the way, as by any other end.
    pub fn fire(&mut self, timer: Timer, journal: &mut Journal<'_>) {
        match timer {
            Timer::Offer(agent) => {
                let offer = self.reservation_of(agent);
                let timed_out = Event::ReservationTimedOut {
                    contact: offer.contact.id,
                    agent,
                    epoch: offer.epoch,
                };
                let reasons = (RequeueReason::TimedOut, NotReadyReason::MissedOffer);
                self.return_offer(agent, timed_out, reasons, journal);
            }
            Timer::WrapUp(agent) => self.end_wrap_up(agent, journal),
            Timer::Heartbeat(agent) => self.leave(agent, Departure::Lost, journal),
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
            Activity::Ready { idle_since_us } => {
                for queue in &agent.queues {
                    if let Some(queue) = self.queues.get_mut(queue) {
                        queue.remove_ready(*idle_since_us, id);
                    }
                }
            }
            Activity::Engaged(Reservation {
                phase: Phase::Offered { expires_us, .. },
                ..
            }) => self.timers.disarm(*expires_us, Timer::Offer(id)),
            Activity::WrapUp { ends_us, .. } => self.timers.disarm(*ends_us, Timer::WrapUp(id)),
            Activity::NotReady(_) | Activity::Engaged(_) => {}
        }
        match &next {
            Activity::Ready { idle_since_us } => {
                for queue in &agent.queues {
                    if let Some(queue) = self.queues.get_mut(queue) {
                        queue.add_ready(*idle_since_us, id);
                    }
                }
            }
            Activity::Engaged(reservation) => {
                self.contacts
                    .insert(reservation.contact.id, Whereabouts::With(id));
                if let Phase::Offered { expires_us, .. } = reservation.phase {
                    self.timers.arm(expires_us, Timer::Offer(id));
                }
            }
            Activity::WrapUp { ends_us, .. } => self.timers.arm(*ends_us, Timer::WrapUp(id)),
            Activity::NotReady(_) => {}
        }
        agent.replace_activity(next)
    }

    /// A contact looks for an agent: the longest idle one who serves its queue, else it waits.
    pub fn place(&mut self, contact: Contact, journal: &mut Journal<'_>) {
        let id = contact.queue;
        let queue = self.queues.get_mut(&id).expect("a contact's queue is open");
        if let Some(agent) = queue.longest_idle() {
            self.offer(contact, agent, journal);
        } else {
            let place = contact.place();
            self.contacts
                .insert(contact.id, Whereabouts::Waiting(id, place));
            queue.put(contact);
        }
    }

    /// An agent becomes ready and looks for a contact: the best head over their queues.
    pub fn free(&mut self, agent: AgentId, idle_since_us: i64, journal: &mut Journal<'_>) {
        self.turn(agent, Activity::Ready { idle_since_us });
        self.report(agent, idle_since_us, journal);
        let heads = self.known(agent).queues.iter().filter_map(|id| {
            let place = self.queues.get(id)?.head()?;
            Some((place, *id))
        });
        if let Some((place, queue)) = heads.min() {
            let contact = self
                .queues
                .get_mut(&queue)
                .and_then(|queue| queue.take(place))
                .expect("the head was there a moment ago");
            self.offer(contact, agent, journal);
        }
    }

    /// Moves a contact into the hands of a ready agent.
    fn offer(&mut self, contact: Contact, agent: AgentId, journal: &mut Journal<'_>) {
        let Activity::Ready { idle_since_us } = *self.known(agent).activity() else {
            unreachable!("only ready agents are in a ready order");
        };
        let queue = &self.queues[&contact.queue];
        self.last_epoch.0 += 1;
        let epoch = self.last_epoch;
        let expires_us = journal
            .at_us
            .saturating_add(queue.settings.offer_timeout_us);
        journal.emit(Event::ReservationCreated {
            contact: contact.id,
            agent,
            epoch,
            expires_us,
            decision: Decision {
                strategy: Strategy::LongestIdle,
                candidates: queue.ready(),
                idle_since_us,
                waited_us: journal.at_us.saturating_sub(contact.arrived_us).max(0),
            },
        });
        let phase = Phase::Offered {
            expires_us,
            idle_since_us,
        };
        let reservation = Reservation {
            contact,
            epoch,
            phase,
        };
        self.turn(agent, Activity::Engaged(reservation));
        self.report(agent, journal.at_us, journal);
    }

    fn configure(&mut self, heartbeat_timeout_us: i64) -> Result<(), Refusal> {
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

    pub fn snapshot(&self) -> Vec<QueueSnapshot> {
        let mut queues: BTreeMap<QueueId, QueueSnapshot> = self
            .queues
            .iter()
            .map(|(id, queue)| {
                let snapshot = QueueSnapshot {
                    queue: *id,
                    waiting: queue.waiting().map(|place| place.contact).collect(),
                    offered: 0,
                    ready: queue.ready(),
                    staffed: 0,
                };
                (*id, snapshot)
            })
            .collect();
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
                && let Some(queue) = queues.get_mut(&offer.contact.queue)
            {
                queue.offered += 1;
            }
        }
        queues.into_values().collect()
    }
}

fn unknown_agent(id: AgentId) -> Refusal {
    Refusal::new(
        RefusalCode::UnknownAgent,
        format!("agent {id} is not signed in"),
    )
}
