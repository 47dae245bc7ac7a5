//! The rules once more, the naive way: plain lists, everything searched anew, nothing indexed.

use std::collections::BTreeMap;

use acd::{
    AgentId, AgentState, Channel, Command, CommandId, ContactId, Decision, Envelope, Epoch, Event,
    NotReadyReason, QueueId, QueueSnapshot, RefusalCode, RequeueReason, RescindReason, Snapshot,
    Strategy,
};

mod commands;
mod lines;
mod world;

pub use world::{Agent, Closed, Contact, Hand, Is, Past, Queue, WrapUp};

pub struct Model {
    pub now: i64,
    seq: u64,
    epoch: u64,
    silence: i64,
    share: i64,
    pub queues: Vec<Queue>,
    closed: Closed,
    pub agents: Vec<Agent>,
    away: BTreeMap<u32, Past>,
    pub contacts: Vec<Contact>,
    pub wrap_ups: Vec<WrapUp>,
    /// Free by this step, but others come first.
    not_looked_at: Vec<u32>,
    out: Vec<Envelope>,
    command: u64,
}

impl Model {
    pub fn new() -> Self {
        Model {
            now: 0,
            seq: 0,
            epoch: 0,
            silence: 20_000_000,
            share: 0,
            queues: Vec::new(),
            closed: Closed::default(),
            agents: Vec::new(),
            away: BTreeMap::new(),
            contacts: Vec::new(),
            wrap_ups: Vec::new(),
            not_looked_at: Vec::new(),
            out: Vec::new(),
            command: 0,
        }
    }

    pub fn apply(&mut self, now: i64, id: u64, command: &Command) -> Vec<Envelope> {
        let mut out = self.handle_timeout(now);
        self.command = id;
        match self.carry_out(command) {
            None => self.say(Event::Done {}),
            Some(code) => self.say(Event::Refused {
                code,
                detail: String::new(),
            }),
        }
        out.append(&mut self.out);
        out
    }

    pub fn handle_timeout(&mut self, now: i64) -> Vec<Envelope> {
        self.command = 0;
        while let Some((due, kind, id, contact)) = self.dues().into_iter().min()
            && due <= now
        {
            self.now = self.now.max(due);
            let agent = id as u32;
            match kind {
                0 => {
                    let at = self.ringing(agent).expect("it rings");
                    let (contact, epoch) = (self.contacts[at].id, self.epoch_of(at));
                    self.say(Event::ReservationTimedOut {
                        contact: ContactId(contact),
                        agent: AgentId(agent),
                        epoch: Epoch(epoch),
                    });
                    self.back(at, RequeueReason::TimedOut);
                    self.stops(agent, NotReadyReason::MissedOffer);
                }
                1 => self.wrapped_up(agent, contact),
                2 => self.goes(agent, RescindReason::AgentLost, RequeueReason::AgentLost),
                4 => self.waited_too_long(id),
                5 => self.falls_due(id),
                _ => {
                    let at = self.find_contact(id).expect("it has a step");
                    let contact = &mut self.contacts[at];
                    contact.take_step(&self.closed);
                    let event = Event::ContactRelaxed {
                        contact: ContactId(id),
                        queue: QueueId(contact.queue),
                        step: contact.relaxed as u8,
                    };
                    self.say(event);
                }
            }
            self.match_all();
        }
        self.now = self.now.max(now);
        std::mem::take(&mut self.out)
    }

    pub fn poll_timeout(&self) -> Option<i64> {
        self.dues().into_iter().map(|(due, ..)| due).min()
    }

    /// Time, kind (in the order in which they go first) and whose it is of all that is due some time.
    fn dues(&self) -> Vec<(i64, u8, u64, u64)> {
        let mut dues = Vec::new();
        for agent in &self.agents {
            dues.push((agent.heard + self.silence, 2, agent.id.into(), 0));
        }
        for wrap in &self.wrap_ups {
            dues.push((wrap.until, 1, wrap.agent.into(), wrap.contact));
        }
        for contact in &self.contacts {
            if let Is::Offered { agent, until, .. } = contact.is {
                dues.push((until, 0, agent.into(), 0));
            }
            if let Is::Deferred { until } = contact.is {
                dues.push((until, 5, contact.id, 0));
            } else if !contact.in_call() {
                dues.extend(contact.relaxes().map(|due| (due, 3, contact.id, 0)));
                dues.extend(contact.overdue_at().map(|due| (due, 4, contact.id, 0)));
            }
        }
        dues
    }

    /// Whether an agent could be offered a contact of this channel now.
    pub fn open(&self, agent: &Agent, channel: Channel) -> bool {
        agent.not_ready.is_none()
            && self.ringing(agent.id).is_none()
            && !self.not_looked_at.contains(&agent.id)
            && self.room(agent, channel)
    }

    /// Whether what the agent has in hand leaves room for one of this channel.
    fn room(&self, agent: &Agent, channel: Channel) -> bool {
        let held = self.held(agent);
        let same = held.iter().filter(|one| **one == channel).count();
        let blocked = held
            .iter()
            .any(|one| agent.capacity.of(*one).blocks.has(channel));
        same < usize::from(agent.capacity.of(channel).slots) && !blocked
    }

    fn held(&self, agent: &Agent) -> Vec<Channel> {
        let of_contacts = self
            .contacts
            .iter()
            .filter(|contact| contact.is.agent() == Some(agent.id))
            .map(|contact| contact.channel);
        let of_wrap_ups = self
            .wrap_ups
            .iter()
            .filter(|wrap| wrap.agent == agent.id)
            .map(|wrap| wrap.channel);
        of_contacts.chain(of_wrap_ups).collect()
    }

    /// The most urgent contact that any ready agent can take goes to the best of those.
    fn match_all(&mut self) {
        self.send_away_who_exceeded();
        loop {
            let free = |contact: &Contact| -> Vec<&Agent> {
                let open = |agent: &&Agent| self.open(agent, contact.channel);
                let fits = |agent: &&Agent| agent.fits(contact);
                self.agents.iter().filter(open).filter(fits).collect()
            };
            let takeable = (0..self.contacts.len()).filter(|at| {
                let contact = &self.contacts[*at];
                contact.is == Is::Waiting && !free(contact).is_empty()
            });
            let Some(c) = takeable.min_by_key(|at| {
                let contact = &self.contacts[*at];
                let waited = i128::from(self.now) - i128::from(contact.urgent_since);
                let urgency = waited * i128::from(self.queue(contact.queue).slope);
                (-urgency, contact.urgent_since, contact.id)
            }) else {
                return;
            };
            let contact = self.contacts[c].clone();
            let queue = self.queue(contact.queue);
            let strategy = queue.strategy;
            let compared = |agent: &Agent| match strategy {
                Strategy::LongestIdle => agent.idle_since,
                Strategy::RoundRobin => agent.past.last_offer as i64,
                Strategy::LeastOccupied => agent.past.busy.key(),
                Strategy::FewestContacts => i64::from(agent.past.accepted),
                Strategy::BestSkill => {
                    let needed = contact.requires.iter();
                    needed
                        .map(|needed| i64::from(agent.level(needed.skill.0)))
                        .sum()
                }
                Strategy::Sticky => i64::from(contact.last_agent != Some(agent.id)),
                Strategy::Weighted => agent.past.share,
                Strategy::TopDown => i64::from(agent.rank),
                Strategy::Random => {
                    let (contact, agent) = (ContactId(contact.id), AgentId(agent.id));
                    (acd::lot(queue.seed, contact, agent) / 2) as i64
                }
            };
            let first = |agent: &&Agent| {
                let compared = compared(agent);
                let best = strategy == Strategy::BestSkill;
                (
                    if best { -compared } else { compared },
                    agent.idle_since,
                    agent.id,
                )
            };
            let chosen = free(&contact).into_iter().min_by_key(first);
            let chosen = chosen.expect("somebody can take it");
            let (agent, idle_since, compared) = (chosen.id, chosen.idle_since, compared(chosen));
            let could = |other: &&Agent| {
                self.open(other, contact.channel) && other.queues.contains(&contact.queue)
            };
            let candidates = self.agents.iter().filter(could).count() as u32;
            let until = self.now + queue.ring;
            self.epoch += 1;
            let epoch = self.epoch;
            self.say(Event::ReservationCreated {
                contact: ContactId(contact.id),
                agent: AgentId(agent),
                epoch: Epoch(epoch),
                expires_us: until,
                decision: Decision {
                    strategy,
                    candidates,
                    compared,
                    idle_since_us: idle_since,
                    waited_us: (self.now - contact.arrived).max(0),
                },
            });
            self.contacts[c].is = Is::Offered {
                agent,
                epoch,
                until,
            };
            let a = self.find_agent(agent).expect("chosen");
            self.agents[a].past.last_offer = epoch;
            self.agents[a].hands.push((contact.id, Hand::Holds));
            self.tell(agent);
        }
    }

    fn carry_out(&mut self, command: &Command) -> Option<RefusalCode> {
        let refusal = self.change(command);
        if refusal.is_none() {
            self.match_all();
        }
        refusal
    }

    fn goes(&mut self, agent: u32, rescinded: RescindReason, requeued: RequeueReason) {
        let a = self.find_agent(agent).expect("signed in");
        let mut gone = self.agents.remove(a);
        gone.past.busy.change(self.now, false);
        self.away.insert(agent, gone.past);
        for (contact, hand) in gone.hands {
            match hand {
                Hand::WrapsUp => {
                    let ended = self.drop_wrap_up(agent, contact);
                    assert!(ended, "in hand");
                }
                Hand::Holds => {
                    let at = self.find_contact(contact).expect("in hand");
                    if let Is::Offered { .. } = self.contacts[at].is {
                        self.rescind(at, rescinded);
                    }
                    self.back(at, requeued);
                }
            }
        }
        self.say(Event::AgentStateChanged {
            agent: AgentId(agent),
            state: AgentState::Offline,
            reason: None,
            since_us: self.now,
        });
    }

    fn wrapped_up(&mut self, agent: u32, contact: u64) {
        self.drop_wrap_up(agent, contact);
        self.goes_on(agent);
    }

    /// Says whether the agent was wrapping that contact up.
    fn drop_wrap_up(&mut self, agent: u32, contact: u64) -> bool {
        let before = self.wrap_ups.len();
        self.wrap_ups
            .retain(|wrap| (wrap.agent, wrap.contact) != (agent, contact));
        for known in self.agents.iter_mut().filter(|known| known.id == agent) {
            known.hands.retain(|held| *held != (contact, Hand::WrapsUp));
        }
        let ended = self.wrap_ups.len() < before;
        if ended {
            self.say(Event::WrapUpEnded {
                agent: AgentId(agent),
                contact: ContactId(contact),
            });
        }
        ended
    }

    /// The agent's part in a contact is over but for the wrap-up.
    fn wraps_up(&mut self, agent: u32, contact: u64, queue: u32, channel: Channel) {
        self.let_go(agent, contact);
        self.drop_wrap_up(agent, contact);
        let until = self.now + self.queue(queue).wrap;
        if until == self.now {
            self.goes_on(agent);
            return;
        }
        let a = self.find_agent(agent).expect("had it");
        self.agents[a].hands.push((contact, Hand::WrapsUp));
        self.wrap_ups.push(WrapUp {
            agent,
            contact,
            channel,
            until,
        });
        self.say(Event::WrapUpStarted {
            agent: AgentId(agent),
            contact: ContactId(contact),
            ends_us: until,
        });
        self.tell(agent);
    }

    /// Out of the agent's hands.
    fn let_go(&mut self, agent: u32, contact: u64) {
        for known in self.agents.iter_mut().filter(|known| known.id == agent) {
            known.hands.retain(|held| *held != (contact, Hand::Holds));
        }
    }

    fn goes_on(&mut self, agent: u32) {
        let a = self.find_agent(agent).expect("had a contact");
        let rings = self.ringing(agent).map(|c| self.contacts[c].id);
        let busy = (self.agents[a].hands.iter())
            .any(|(contact, hand)| *hand == Hand::WrapsUp || Some(*contact) != rings);
        let known = &mut self.agents[a];
        known.past.busy.change(self.now, busy);
        known.idle_since = self.now;
        self.idles(agent);
    }

    /// Who comes back can't have what they missed of their share.
    fn idles(&mut self, agent: u32) {
        let a = self.find_agent(agent).expect("signed in");
        self.agents[a].past.share = self.agents[a].past.share.max(self.share);
        self.tell(agent);
    }

    fn stops(&mut self, agent: u32, reason: NotReadyReason) {
        let a = self.find_agent(agent).expect("signed in");
        self.agents[a].not_ready = Some(reason);
        self.tell(agent);
    }

    /// What an agent does, if it is something else than before.
    fn tell(&mut self, agent: u32) {
        let a = self.find_agent(agent).expect("signed in");
        let holds = |contact: &&Contact| contact.is.agent() == Some(agent);
        let reason = self.agents[a].not_ready;
        let mut since = self.now;
        let state = if self.ringing(agent).is_some() {
            AgentState::Reserved
        } else if self.contacts.iter().any(|contact| holds(&contact)) {
            AgentState::Busy
        } else if self.wrap_ups.iter().any(|wrap| wrap.agent == agent) {
            AgentState::WrapUp
        } else if reason.is_some() {
            AgentState::NotReady
        } else {
            since = self.agents[a].idle_since;
            AgentState::Ready
        };
        if self.agents[a].told == (state, reason) {
            return;
        }
        self.agents[a].told = (state, reason);
        self.say(Event::AgentStateChanged {
            agent: AgentId(agent),
            state,
            reason,
            since_us: since,
        });
    }

    fn rescind(&mut self, at: usize, reason: RescindReason) {
        let contact = self.contacts[at].clone();
        self.say(Event::ReservationRescinded {
            contact: ContactId(contact.id),
            agent: AgentId(contact.is.agent().expect("offered")),
            epoch: Epoch(self.epoch_of(at)),
            reason,
        });
    }

    fn back(&mut self, at: usize, reason: RequeueReason) {
        let (id, in_call) = (self.contacts[at].id, self.contacts[at].in_call());
        self.let_go(self.contacts[at].is.agent().expect("with them"), id);
        self.contacts[at].is = Is::Waiting;
        self.say(Event::ContactRequeued {
            contact: ContactId(self.contacts[at].id),
            queue: QueueId(self.contacts[at].queue),
            reason,
        });
        if !in_call {
            return;
        }
        self.catch_up(at);
    }

    /// What would have been due meanwhile, all at once.
    fn catch_up(&mut self, at: usize) {
        let contact = &mut self.contacts[at];
        let before = contact.relaxed;
        while contact.relaxes().is_some_and(|due| due <= self.now) {
            contact.take_step(&self.closed);
        }
        if contact.relaxed > before {
            let event = Event::ContactRelaxed {
                contact: ContactId(contact.id),
                queue: QueueId(contact.queue),
                step: contact.relaxed as u8,
            };
            self.say(event);
        }
    }

    fn on_offer(
        &self,
        contact: ContactId,
        agent: AgentId,
        epoch: Epoch,
    ) -> Result<usize, RefusalCode> {
        if self.find_agent(agent.0).is_none() {
            return Err(RefusalCode::UnknownAgent);
        }
        let wanted = |is: Is| {
            matches!(is, Is::Offered { agent: to, epoch: under, .. }
            if (to, under) == (agent.0, epoch.0))
        };
        self.find_contact(contact.0)
            .filter(|at| wanted(self.contacts[*at].is))
            .ok_or(RefusalCode::StaleReservation)
    }

    pub fn epoch_of(&self, at: usize) -> u64 {
        match self.contacts[at].is {
            Is::Offered { epoch, .. } => epoch,
            _ => 0,
        }
    }

    fn queue(&self, id: u32) -> &Queue {
        let found = self.queues.iter().find(|queue| queue.id == id);
        found.expect("a contact's queue is open")
    }

    fn find_agent(&self, id: u32) -> Option<usize> {
        self.agents.iter().position(|agent| agent.id == id)
    }

    fn find_contact(&self, id: u64) -> Option<usize> {
        self.contacts.iter().position(|contact| contact.id == id)
    }

    /// The contact that an agent has on offer.
    pub fn ringing(&self, agent: u32) -> Option<usize> {
        let rings =
            |contact: &Contact| matches!(contact.is, Is::Offered { agent: to, .. } if to == agent);
        self.contacts.iter().position(rings)
    }

    fn say(&mut self, event: Event) {
        self.seq += 1;
        self.out.push(Envelope {
            seq: self.seq,
            at_us: self.now,
            command: CommandId(self.command),
            event,
        });
    }

    pub fn snapshot(&self) -> Snapshot {
        let mut queues: Vec<&Queue> = self.queues.iter().collect();
        queues.sort_by_key(|queue| queue.id);
        let of = |queue: &Queue| {
            let mut waiting: Vec<&Contact> = self
                .contacts
                .iter()
                .filter(|contact| contact.queue == queue.id && contact.is == Is::Waiting)
                .collect();
            waiting.sort_by(|one, other| before(other, one).cmp(&before(one, other)));
            let offered = self.contacts.iter().filter(|contact| {
                contact.queue == queue.id && matches!(contact.is, Is::Offered { .. })
            });
            let here = |agent: &&Agent| agent.queues.contains(&queue.id);
            let ready = |agent: &&Agent| {
                Channel::ALL
                    .iter()
                    .any(|channel| self.open(agent, *channel))
            };
            let staffed = |agent: &&Agent| agent.told.0 != AgentState::NotReady;
            QueueSnapshot {
                queue: QueueId(queue.id),
                waiting: waiting
                    .iter()
                    .map(|contact| ContactId(contact.id))
                    .collect(),
                offered: offered.count() as u32,
                ready: self.agents.iter().filter(here).filter(ready).count() as u32,
                staffed: self.agents.iter().filter(here).filter(staffed).count() as u32,
            }
        };
        Snapshot {
            at_us: self.now,
            queues: queues.into_iter().map(of).collect(),
        }
    }
}

fn before(one: &Contact, other: &Contact) -> bool {
    (one.urgent_since, one.id) < (other.urgent_since, other.id)
}
