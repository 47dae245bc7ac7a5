//! The rules once more, the naive way: plain lists, everything searched anew, nothing indexed.

use acd::{
    AgentId, AgentState, Command, CommandId, ContactId, Decision, Envelope, Epoch, Event,
    NotReadyReason, QueueId, QueueSnapshot, RefusalCode, RequeueReason, RescindReason, Snapshot,
    Strategy,
};

mod commands;
mod world;

pub use world::{Agent, Contact, Does, Is, Queue};

pub struct Model {
    pub now: i64,
    seq: u64,
    epoch: u64,
    silence: i64,
    share: i64,
    pub queues: Vec<Queue>,
    pub agents: Vec<Agent>,
    pub contacts: Vec<Contact>,
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
            agents: Vec::new(),
            contacts: Vec::new(),
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
        while let Some((due, kind, id)) = self.dues().into_iter().min()
            && due <= now
        {
            self.now = self.now.max(due);
            let agent = id as u32;
            match kind {
                0 => {
                    let at = self.with(agent).expect("it rings");
                    let (contact, epoch) = (self.contacts[at].id, self.epoch_of(at));
                    self.say(Event::ReservationTimedOut {
                        contact: ContactId(contact),
                        agent: AgentId(agent),
                        epoch: Epoch(epoch),
                    });
                    self.back(at, RequeueReason::TimedOut);
                    self.becomes(agent, Does::Nothing(NotReadyReason::MissedOffer), None);
                }
                1 => self.wrapped_up(agent),
                2 => self.goes(agent, RescindReason::AgentLost, RequeueReason::AgentLost),
                _ => {
                    let at = self.find_contact(id).expect("it has a step");
                    let contact = &mut self.contacts[at];
                    contact.take_step();
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
        self.dues().into_iter().map(|(due, _, _)| due).min()
    }

    /// Time, kind (in the order in which they go first) and whose it is of all that is due some time.
    fn dues(&self) -> Vec<(i64, u8, u64)> {
        let mut dues = Vec::new();
        for agent in &self.agents {
            match agent.does {
                Does::Rings { until, .. } => dues.push((until, 0, agent.id.into())),
                Does::WrapsUp { until, .. } => dues.push((until, 1, agent.id.into())),
                _ => {}
            }
            dues.push((agent.heard + self.silence, 2, agent.id.into()));
        }
        for contact in &self.contacts {
            if !contact.in_call() {
                dues.extend(contact.relaxes().map(|due| (due, 3, contact.id)));
            }
        }
        dues
    }

    /// The most urgent contact that any ready agent can take goes to the best of those.
    fn match_all(&mut self) {
        loop {
            let free = |contact: &Contact| -> Vec<&Agent> {
                let idle = |agent: &&Agent| matches!(agent.does, Does::Idles { .. });
                let fits = |agent: &&Agent| agent.fits(contact);
                self.agents.iter().filter(idle).filter(fits).collect()
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
                Strategy::LongestIdle => since(agent),
                Strategy::RoundRobin => agent.last_offer as i64,
                Strategy::LeastOccupied => agent.busy.key(),
                Strategy::FewestContacts => i64::from(agent.accepted),
                Strategy::BestSkill => {
                    let needed = contact.requires.iter();
                    needed
                        .map(|needed| i64::from(agent.level(needed.skill.0)))
                        .sum()
                }
                Strategy::Weighted => agent.share,
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
                    since(agent),
                    agent.id,
                )
            };
            let chosen = free(&contact).into_iter().min_by_key(first);
            let chosen = chosen.expect("somebody can take it");
            let (agent, idle_before, compared) = (chosen.id, since(chosen), compared(chosen));
            let could = |other: &&Agent| {
                matches!(other.does, Does::Idles { .. }) && other.queues.contains(&contact.queue)
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
                    idle_since_us: idle_before,
                    waited_us: (self.now - contact.arrived).max(0),
                },
            });
            self.contacts[c].is = Is::Offered { agent, epoch };
            let a = self.find_agent(agent).expect("chosen");
            self.agents[a].last_offer = epoch;
            self.becomes(agent, Does::Rings { idle_before, until }, None);
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
        let does = self.agents.remove(a).does;
        if let Does::WrapsUp { contact, .. } = does {
            self.say(Event::WrapUpEnded {
                agent: AgentId(agent),
                contact: ContactId(contact),
            });
        }
        if let Some(at) = self.with(agent) {
            if let Does::Rings { .. } = does {
                self.rescind(at, rescinded);
            }
            self.back(at, requeued);
        }
        self.say(Event::AgentStateChanged {
            agent: AgentId(agent),
            state: AgentState::Offline,
            reason: None,
            since_us: self.now,
        });
    }

    fn wrapped_up(&mut self, agent: u32) {
        let a = self.find_agent(agent).expect("wraps up");
        let Does::WrapsUp { contact, .. } = self.agents[a].does else {
            panic!("wraps up")
        };
        self.say(Event::WrapUpEnded {
            agent: AgentId(agent),
            contact: ContactId(contact),
        });
        self.goes_on(agent);
    }

    fn goes_on(&mut self, agent: u32) {
        let a = self.find_agent(agent).expect("had a contact");
        self.agents[a].busy.change(self.now, false);
        match self.agents[a].later.take() {
            Some(reason) => self.becomes(agent, Does::Nothing(reason), None),
            None => self.idles(agent, self.now),
        }
    }

    /// Who comes back can't have what they missed of their share.
    fn idles(&mut self, agent: u32, since: i64) {
        let a = self.find_agent(agent).expect("signed in");
        self.agents[a].share = self.agents[a].share.max(self.share);
        self.becomes(agent, Does::Idles { since }, Some(since));
    }

    fn becomes(&mut self, agent: u32, does: Does, since: Option<i64>) {
        let a = self.find_agent(agent).expect("signed in");
        self.agents[a].does = does;
        let (state, reason) = match does {
            Does::Nothing(reason) => (AgentState::NotReady, Some(reason)),
            Does::Idles { .. } => (AgentState::Ready, None),
            Does::Rings { .. } => (AgentState::Reserved, None),
            Does::Talks => (AgentState::Busy, None),
            Does::WrapsUp { .. } => (AgentState::WrapUp, None),
        };
        self.say(Event::AgentStateChanged {
            agent: AgentId(agent),
            state,
            reason,
            since_us: since.unwrap_or(self.now),
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
        let in_call = self.contacts[at].in_call();
        self.contacts[at].is = Is::Waiting;
        self.say(Event::ContactRequeued {
            contact: ContactId(self.contacts[at].id),
            queue: QueueId(self.contacts[at].queue),
            reason,
            urgent_since_us: self.contacts[at].urgent_since,
        });
        if !in_call {
            return;
        }
        // What would have been due during the call, all at once.
        let contact = &mut self.contacts[at];
        let before = contact.relaxed;
        while contact.relaxes().is_some_and(|due| due <= self.now) {
            contact.take_step();
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
        let wanted = Is::Offered {
            agent: agent.0,
            epoch: epoch.0,
        };
        self.find_contact(contact.0)
            .filter(|at| self.contacts[*at].is == wanted)
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

    fn with(&self, agent: u32) -> Option<usize> {
        let holds = |contact: &Contact| contact.is.agent() == Some(agent);
        self.contacts.iter().position(holds)
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
            let ready = |agent: &&Agent| matches!(agent.does, Does::Idles { .. });
            let staffed = |agent: &&Agent| !matches!(agent.does, Does::Nothing(_));
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

fn since(agent: &Agent) -> i64 {
    match agent.does {
        Does::Idles { since } => since,
        _ => panic!("only who idles is compared"),
    }
}
