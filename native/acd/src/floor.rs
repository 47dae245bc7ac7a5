//! The floor: all queues, agents and contacts, and the one way in which they change together.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::agent::{Activity, Agent, Assignment, Departure};
use crate::class::{ClassIx, Classes};
use crate::command::{Command, NotReadyReason};
use crate::contact::{Arrival, Contact, Place, Traces};
use crate::event::{AgentState, Decision, Event, Journal, Refusal, RefusalCode, RequeueReason};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::index::{Index, Ready};
use crate::machine::Tuning;
use crate::queue::{Queue, QueueSettings, check_duration};
use crate::relaxation::Schedules;
use crate::requirement::{Levels, Vocabulary, level_of};
use crate::reservation::{Phase, Reservation};
use crate::snapshot::QueueSnapshot;
use crate::strategy::{Orders, Strategy, lot};
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
    last_epoch: Epoch,
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
                strategy,
                seed,
                priority_worth_us,
                slope,
            } => self.put_queue(
                queue,
                QueueSettings {
                    offer_timeout_us,
                    wrap_up_us,
                    max_waiting,
                    strategy,
                    seed,
                    priority_worth_us,
                    slope,
                },
            ),
            Command::AgentSignIn {
                agent,
                queues,
                video_slots,
                skills,
                weight,
                rank,
            } => {
                let assignment = Assignment {
                    queues,
                    skills,
                    weight,
                    rank,
                };
                self.sign_in(agent, assignment, video_slots, journal)
            }
            Command::AgentAssign {
                agent,
                queues,
                skills,
                weight,
                rank,
            } => {
                let assignment = Assignment {
                    queues,
                    skills,
                    weight,
                    rank,
                };
                self.assign(agent, assignment, journal)
            }
            Command::AgentSignOut { agent } => self.sign_out(agent, journal),
            Command::AgentReady { agent } => self.ready(agent, journal),
            Command::AgentNotReady { agent, reason } => self.not_ready(agent, reason, journal),
            Command::AgentHeartbeat { agent } => self.heartbeat(agent, journal),
            Command::Enqueue {
                contact,
                queue,
                priority,
                arrived_us,
                requires,
                relax,
            } => self.enqueue(
                &Arrival {
                    contact,
                    queue,
                    priority,
                    arrived_us,
                    requires,
                    relax,
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
                requires,
                relax,
            } => self.restore(
                &Arrival {
                    contact,
                    queue,
                    priority,
                    arrived_us,
                    requires,
                    relax,
                },
                agent,
                connected_us.unwrap_or(journal.at_us),
                journal,
            ),
            Command::Configure {
                heartbeat_timeout_us,
            } => self.configure(heartbeat_timeout_us),
            Command::DayStarted {} => {
                self.start_day();
                Ok(())
            }
        }
    }

    /// What a timer ends. It is disarmed on the way, as by any other end.
    pub fn fire(&mut self, due_us: i64, timer: Timer, journal: &mut Journal<'_>) {
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
            Timer::Relax(contact) => self.relax(contact, due_us, journal),
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

    /// A contact that is nowhere looks for an agent, else it waits.
    pub fn place(&mut self, contact: Contact, journal: &mut Journal<'_>) {
        match self.choose_agent(&contact) {
            Some(ready) => self.offer(contact, ready.agent, ready.idle_since_us, journal),
            None => self.put_in_place(contact),
        }
    }

    /// An agent who is not ready becomes it, and looks for a contact.
    pub fn free(&mut self, agent: AgentId, idle_since_us: i64, journal: &mut Journal<'_>) {
        let share = self.share;
        self.known_mut(agent).workload.catch_up(share);
        journal.emit(Event::AgentStateChanged {
            agent,
            state: AgentState::Ready,
            reason: None,
            since_us: idle_since_us,
        });
        self.seek(agent, idle_since_us, journal);
    }

    /// An agent who is not filed as ready looks for a contact, and is filed if there is none.
    pub fn seek(&mut self, agent: AgentId, idle_since_us: i64, journal: &mut Journal<'_>) {
        let slot = self.known(agent).slot;
        match self.index.most_urgent(slot, journal.at_us) {
            // They go from hand to hand: who has a contact waiting is never filed as ready.
            Some((class, place)) => {
                let contact = self.take_from_place(class, place);
                self.offer(contact, agent, idle_since_us, journal);
            }
            None => {
                self.turn(agent, Activity::Ready { idle_since_us });
            }
        }
    }

    /// The agent for a contact, by its queue's strategy, among all ready ones who fit.
    pub fn choose_agent(&mut self, contact: &Contact) -> Option<Ready> {
        if !self.classes.get(contact.stage.class).is_empty() {
            return None; // else one of those who wait there would not
        }
        let strategy = self.settings(contact.stage.queue).strategy;
        let order = strategy.order();
        let all = || self.index.all_ready(contact.stage.class, order).into_iter();
        let compared = |ready: &Ready| self.compared(contact, ready.agent, ready.idle_since_us);
        match strategy {
            Strategy::BestSkill => all().min_by_key(|ready| (-compared(ready), *ready)),
            Strategy::Random => all().min_by_key(|ready| (compared(ready), *ready)),
            _ => self.index.first_ready(contact.stage.class, order),
        }
    }

    /// What the strategy of the contact's queue compares of an agent.
    fn compared(&self, contact: &Contact, agent: AgentId, idle_since_us: i64) -> i64 {
        let settings = self.settings(contact.stage.queue);
        let known = self.known(agent);
        match settings.strategy {
            Strategy::BestSkill => {
                let queue = self.queues[&contact.stage.queue].attribute;
                let needed = self.classes.get(contact.stage.class).needed.iter();
                let levels = self.index.levels(known.slot);
                needed
                    .filter(|(attribute, _)| *attribute != queue)
                    .map(|(attribute, _)| i64::from(level_of(levels, *attribute)))
                    .sum()
            }
            // Half the range, so that it stays a positive number in every language.
            Strategy::Random => (lot(settings.seed, contact.id, agent) >> 1).cast_signed(),
            other => known.workload.key(other.order(), idle_since_us),
        }
    }

    /// Where nobody is free for it, a contact waits.
    pub fn put_in_place(&mut self, contact: Contact) {
        let (id, queue, class, place) = (
            contact.id,
            contact.stage.queue,
            contact.stage.class,
            contact.place(),
        );
        self.contacts.insert(id, Whereabouts::Waiting(class, place));
        self.classes.get_mut(class).put(contact);
        self.queue_mut(queue).waiting += 1;
        self.file(class);
    }

    pub fn take_from_place(&mut self, class: ClassIx, place: Place) -> Contact {
        let taken = self.classes.get_mut(class).take(place);
        let contact = taken.expect("whereabouts and index follow the contact");
        self.queue_mut(contact.stage.queue).waiting -= 1;
        self.file(class);
        contact
    }

    /// A contact has left the floor.
    pub fn forget(&mut self, traces: &Traces) {
        self.contacts.remove(&traces.id);
        self.leave_stage(&traces.stage);
        if let Some(due_us) = traces.relaxes_us {
            self.timers.disarm(due_us, Timer::Relax(traces.id));
        }
    }

    /// The class of a contact that comes onto the floor.
    pub fn join_class(&mut self, queue: QueueId, needed: Levels) -> ClassIx {
        let (class, new) = self.classes.join(queue, &needed);
        if new {
            self.index
                .open(class, self.queues[&queue].attribute, needed);
        }
        class
    }

    /// A contact of this class has left the floor.
    pub fn leave_class(&mut self, class: ClassIx) {
        if self.classes.leave(class) {
            self.index.close(class);
            self.schedules.forget();
        }
    }

    /// The head of a class may be another one: the index follows.
    fn file(&mut self, ix: ClassIx) {
        let class = self.classes.get(ix);
        let slope = self.settings(class.queue).slope;
        self.index.file(ix, class.head(), slope);
    }

    /// A queue's slope is another one.
    pub fn refile_contacts(&mut self, queue: QueueId) {
        let classes: Vec<ClassIx> = self.classes.filled_of(queue).map(|(ix, _)| ix).collect();
        for class in classes {
            self.file(class);
        }
    }

    /// A queue's strategy is another one.
    pub fn refile_agents(&mut self, queue: QueueId) {
        let serve = |(_, agent): &(&AgentId, &Agent)| agent.queues.contains(&queue);
        let agents: Vec<AgentId> = self
            .agents
            .iter()
            .filter(serve)
            .map(|(id, _)| *id)
            .collect();
        for id in agents {
            let before = self.turn(id, Activity::NotReady(NotReadyReason::SignedIn));
            let orders = self.orders(&self.known(id).queues);
            self.known_mut(id).orders = orders;
            self.turn(id, before);
        }
    }

    /// Moves a contact into the hands of an agent who is ready or just becomes it.
    pub fn offer(
        &mut self,
        contact: Contact,
        agent: AgentId,
        idle_since_us: i64,
        journal: &mut Journal<'_>,
    ) {
        let queue = &self.queues[&contact.stage.queue];
        let strategy = queue.settings.strategy;
        let filed = self.index.ready_count(queue.attribute);
        let just_now = !matches!(self.known(agent).activity(), Activity::Ready { .. });
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
                strategy,
                candidates: u32::try_from(filed + usize::from(just_now)).expect("AGENT_BOUND"),
                compared: self.compared(&contact, agent, idle_since_us),
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
        self.known_mut(agent).workload.last_offer = epoch;
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

    /// The counts of `fewest_contacts` begin anew.
    fn start_day(&mut self) {
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

    fn queue_mut(&mut self, id: QueueId) -> &mut Queue {
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

fn unknown_agent(id: AgentId) -> Refusal {
    Refusal::new(
        RefusalCode::UnknownAgent,
        format!("agent {id} is not signed in"),
    )
}
