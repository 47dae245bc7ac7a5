//! The rules once more, the naive way: plain lists, everything searched anew, nothing indexed.

use acd::{
    AbandonPhase, AgentId, AgentState, Command, CommandId, ContactId, Decision, Envelope, Epoch,
    Event, NotReadyReason, QueueId, QueueSnapshot, RefusalCode, Relaxation, RequeueReason,
    RescindReason, SkillLevel, Snapshot, Strategy,
};

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

pub struct Queue {
    pub id: u32,
    ring: i64,
    wrap: i64,
    most: usize,
    strategy: Strategy,
    seed: u64,
    worth: i64,
    slope: u16,
}

pub struct Agent {
    pub id: u32,
    pub video: bool,
    queues: Vec<u32>,
    skills: Vec<SkillLevel>,
    weight: u16,
    rank: u16,
    heard: i64,
    pub does: Does,
    later: Option<NotReadyReason>,
    last_offer: u64,
    accepted: u32,
    share: i64,
    busy: Busy,
}

/// The share of time that an agent was busy, forgetting half in 30 minutes.
#[derive(Default)]
struct Busy {
    now: bool,
    share: f64,
    at: i64,
}

impl Busy {
    const HALF_LIFE: f64 = 1_800_000_000.0;

    fn change(&mut self, at: i64, busy: bool) {
        let left = libm::exp2(-((at - self.at) as f64 / Self::HALF_LIFE));
        self.share = self.share * left + if self.now { 1.0 - left } else { 0.0 };
        (self.now, self.at) = (busy, at);
    }

    fn key(&self) -> i64 {
        if self.share == 0.0 {
            return i64::MIN;
        }
        self.at + (libm::log2(self.share) * Self::HALF_LIFE) as i64
    }
}

impl Agent {
    fn level(&self, skill: u32) -> u8 {
        let found = self.skills.iter().find(|had| had.skill.0 == skill);
        found.map_or(0, |had| had.level)
    }

    fn fits(&self, contact: &Contact) -> bool {
        self.queues.contains(&contact.queue)
            && contact
                .requires
                .iter()
                .all(|needed| self.level(needed.skill.0) >= needed.level)
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Does {
    Nothing(NotReadyReason),
    Idles { since: i64 },
    Rings { idle_before: i64, until: i64 },
    Talks,
    WrapsUp { contact: u64, until: i64 },
}

#[derive(Clone)]
pub struct Contact {
    pub id: u64,
    queue: u32,
    arrived: i64,
    /// Arrival less what the priority is worth.
    urgent_since: i64,
    requires: Vec<SkillLevel>,
    relax: Vec<Relaxation>,
    /// Steps taken.
    relaxed: usize,
    pub is: Is,
}

impl Contact {
    fn relaxes(&self) -> Option<i64> {
        let step = self.relax.get(self.relaxed)?;
        Some(self.arrived + step.after_us)
    }

    fn in_call(&self) -> bool {
        matches!(self.is, Is::Accepted { .. } | Is::Connected { .. })
    }

    fn take_step(&mut self) {
        let step = &self.relax[self.relaxed];
        self.requires.clone_from(&step.requires);
        self.queue = step.queue.map_or(self.queue, |queue| queue.0);
        self.relaxed += 1;
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Is {
    Waiting,
    Offered { agent: u32, epoch: u64 },
    Accepted { agent: u32 },
    Connected { agent: u32, since: i64 },
}

impl Is {
    fn agent(self) -> Option<u32> {
        match self {
            Is::Waiting => None,
            Is::Offered { agent, .. } | Is::Accepted { agent } | Is::Connected { agent, .. } => {
                Some(agent)
            }
        }
    }
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

    fn change(&mut self, command: &Command) -> Option<RefusalCode> {
        const YEAR: i64 = 366 * 24 * 3600 * 1_000_000;
        match *command {
            Command::QueuePut {
                queue: QueueId(id),
                offer_timeout_us: ring,
                wrap_up_us: wrap,
                max_waiting,
                strategy,
                seed,
                priority_worth_us: worth,
                slope,
            } => {
                let durations = (1..=YEAR).contains(&ring) && (0..=YEAR).contains(&wrap);
                if !durations || !(0..=YEAR).contains(&worth) || !(1..=1000).contains(&slope) {
                    return Some(RefusalCode::Invalid);
                }
                self.queues.retain(|queue| queue.id != id);
                self.queues.push(Queue {
                    id,
                    ring,
                    wrap,
                    most: max_waiting as usize,
                    strategy,
                    seed,
                    worth,
                    slope,
                });
            }
            Command::AgentSignIn {
                agent: AgentId(id),
                ref queues,
                video_slots,
                ref skills,
                weight,
                rank,
            } => {
                if self.find_agent(id).is_some() {
                    return Some(RefusalCode::AlreadySignedIn);
                }
                if video_slots > 1 {
                    return Some(RefusalCode::Invalid);
                }
                if let Some(code) = self.not_assignable(queues, skills, weight) {
                    return Some(code);
                }
                let video = video_slots == 1;
                self.agents.push(Agent {
                    id,
                    video,
                    queues: served(video, queues),
                    skills: skills.clone(),
                    weight,
                    rank,
                    heard: self.now,
                    does: Does::Nothing(NotReadyReason::SignedIn),
                    later: None,
                    last_offer: 0,
                    accepted: 0,
                    share: self.share,
                    busy: Busy::default(),
                });
                self.becomes(id, Does::Nothing(NotReadyReason::SignedIn), None);
            }
            Command::AgentAssign {
                agent: AgentId(id),
                ref queues,
                ref skills,
                weight,
                rank,
            } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                if let Some(code) = self.not_assignable(queues, skills, weight) {
                    return Some(code);
                }
                let agent = &mut self.agents[a];
                agent.queues = served(agent.video, queues);
                agent.skills.clone_from(skills);
                (agent.weight, agent.rank) = (weight, rank);
            }
            Command::DayStarted {} => {
                for agent in &mut self.agents {
                    agent.accepted = 0;
                }
            }
            Command::AgentSignOut { agent: AgentId(id) } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                if self.agents[a].does == Does::Talks {
                    return Some(RefusalCode::WrongState);
                }
                let rescinded = RescindReason::AgentSignedOut;
                self.goes(id, rescinded, RequeueReason::AgentSignedOut);
            }
            Command::AgentReady { agent: AgentId(id) } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                self.agents[a].later = None;
                if let Does::Nothing(_) = self.agents[a].does {
                    self.idles(id, self.now);
                }
            }
            Command::AgentNotReady {
                agent: AgentId(id),
                reason,
            } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                match self.agents[a].does {
                    Does::Nothing(same) if same == reason => {}
                    Does::Nothing(_) | Does::Idles { .. } => {
                        self.becomes(id, Does::Nothing(reason), None);
                    }
                    Does::Rings { .. } => {
                        let at = self.with(id).expect("it rings");
                        self.rescind(at, RescindReason::AgentNotReady);
                        self.back(at, RequeueReason::AgentNotReady);
                        self.becomes(id, Does::Nothing(reason), None);
                    }
                    Does::Talks | Does::WrapsUp { .. } => self.agents[a].later = Some(reason),
                }
            }
            Command::AgentHeartbeat { agent: AgentId(id) } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                self.agents[a].heard = self.now;
            }
            Command::Enqueue {
                contact: ContactId(id),
                queue: QueueId(queue),
                priority,
                arrived_us: arrived,
                ref requires,
                ref relax,
            } => {
                if let Some(code) = self.not_new(id, queue, priority, requires, relax) {
                    return Some(code);
                }
                let mut contact = self.arriving(id, queue, priority, arrived, requires, relax);
                while contact.relaxes().is_some_and(|due| due <= self.now) {
                    contact.take_step();
                }
                let queue = contact.queue;
                let waiting =
                    |contact: &&Contact| contact.queue == queue && contact.is == Is::Waiting;
                let serves = |agent: &Agent| {
                    matches!(agent.does, Does::Idles { .. }) && agent.fits(&contact)
                };
                let full = self.contacts.iter().filter(waiting).count() >= self.queue(queue).most;
                if full && !self.agents.iter().any(serves) {
                    return Some(RefusalCode::QueueFull);
                }
                self.contacts.push(contact);
                self.say(Event::ContactEnqueued {
                    contact: ContactId(id),
                    queue: QueueId(queue),
                    priority,
                    arrived_us: arrived,
                });
            }
            Command::Abandon {
                contact: ContactId(id),
            } => {
                let Some(at) = self.find_contact(id) else {
                    return Some(RefusalCode::UnknownContact);
                };
                let gone = self.contacts[at].clone();
                let phase = match gone.is {
                    Is::Waiting => AbandonPhase::Waiting,
                    Is::Offered { .. } => AbandonPhase::Offered,
                    Is::Accepted { .. } | Is::Connected { .. } => {
                        return Some(RefusalCode::WrongState);
                    }
                };
                if phase == AbandonPhase::Offered {
                    self.rescind(at, RescindReason::Abandoned);
                }
                self.contacts.remove(at);
                self.say(Event::ContactAbandoned {
                    contact: ContactId(id),
                    queue: QueueId(gone.queue),
                    phase,
                });
                if let Some(agent) = gone.is.agent() {
                    let a = self.find_agent(agent).expect("it rang there");
                    let Does::Rings { idle_before, .. } = self.agents[a].does else {
                        panic!("an offered contact rings")
                    };
                    self.idles(agent, idle_before);
                }
            }
            Command::Accept {
                contact,
                agent,
                epoch,
            } => match self.on_offer(contact, agent, epoch) {
                Err(code) => return Some(code),
                Ok(at) => {
                    self.contacts[at].is = Is::Accepted { agent: agent.0 };
                    let a = self.find_agent(agent.0).expect("it rang there");
                    let known = &mut self.agents[a];
                    self.share = self.share.max(known.share);
                    known.accepted += 1;
                    known.share += 1_000_000 / i64::from(known.weight);
                    known.busy.change(self.now, true);
                    self.say(Event::ReservationAccepted {
                        contact,
                        agent,
                        epoch,
                    });
                    self.becomes(agent.0, Does::Talks, None);
                }
            },
            Command::Reject {
                contact,
                agent,
                epoch,
            } => match self.on_offer(contact, agent, epoch) {
                Err(code) => return Some(code),
                Ok(at) => {
                    self.say(Event::ReservationRejected {
                        contact,
                        agent,
                        epoch,
                    });
                    self.back(at, RequeueReason::Rejected);
                    let reason = NotReadyReason::RejectedOffer;
                    self.becomes(agent.0, Does::Nothing(reason), None);
                }
            },
            Command::Connect {
                contact: ContactId(id),
            } => {
                let Some(at) = self.find_contact(id) else {
                    return Some(RefusalCode::UnknownContact);
                };
                let Is::Accepted { agent } = self.contacts[at].is else {
                    return Some(RefusalCode::WrongState);
                };
                let since = self.now;
                self.contacts[at].is = Is::Connected { agent, since };
                self.say(Event::ContactConnected {
                    contact: ContactId(id),
                    agent: AgentId(agent),
                });
            }
            Command::Complete {
                contact: ContactId(id),
            } => {
                let Some(at) = self.find_contact(id) else {
                    return Some(RefusalCode::UnknownContact);
                };
                let (agent, talk) = match self.contacts[at].is {
                    Is::Waiting | Is::Offered { .. } => return Some(RefusalCode::WrongState),
                    Is::Accepted { agent } => (agent, 0),
                    Is::Connected { agent, since } => (agent, (self.now - since).max(0)),
                };
                let queue = self.contacts.remove(at).queue;
                self.say(Event::ContactCompleted {
                    contact: ContactId(id),
                    agent: AgentId(agent),
                    talk_us: talk,
                });
                let until = self.now + self.queue(queue).wrap;
                if until == self.now {
                    self.goes_on(agent);
                } else {
                    self.say(Event::WrapUpStarted {
                        agent: AgentId(agent),
                        contact: ContactId(id),
                        ends_us: until,
                    });
                    self.becomes(agent, Does::WrapsUp { contact: id, until }, None);
                }
            }
            Command::WrapUpDone {
                agent: AgentId(id),
                contact: ContactId(done),
            } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                match self.agents[a].does {
                    Does::WrapsUp { contact, .. } if contact == done => self.wrapped_up(id),
                    _ => return Some(RefusalCode::WrongState),
                }
            }
            Command::RestoreConnected {
                contact: ContactId(id),
                queue: QueueId(queue),
                agent: AgentId(agent),
                priority,
                arrived_us: arrived,
                connected_us,
                ref requires,
                ref relax,
            } => {
                if let Some(code) = self.not_new(id, queue, priority, requires, relax) {
                    return Some(code);
                }
                let Some(a) = self.find_agent(agent) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                if !matches!(self.agents[a].does, Does::Nothing(_) | Does::Idles { .. }) {
                    return Some(RefusalCode::WrongState);
                }
                let since = connected_us.unwrap_or(self.now);
                self.contacts.push(Contact {
                    is: Is::Connected { agent, since },
                    ..self.arriving(id, queue, priority, arrived, requires, relax)
                });
                self.agents[a].heard = self.now;
                self.agents[a].busy.change(self.now, true);
                self.becomes(agent, Does::Talks, None);
            }
            Command::Configure {
                heartbeat_timeout_us,
            } => {
                if !(1..=YEAR).contains(&heartbeat_timeout_us) {
                    return Some(RefusalCode::Invalid);
                }
                self.silence = heartbeat_timeout_us;
            }
        }
        None
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

    fn not_new(
        &self,
        contact: u64,
        queue: u32,
        priority: u8,
        requires: &[SkillLevel],
        relax: &[Relaxation],
    ) -> Option<RefusalCode> {
        const YEAR: i64 = 366 * 24 * 3600 * 1_000_000;
        let open = |id: u32| self.queues.iter().any(|known| known.id == id);
        if priority > 99 || wrong_skills(requires, 16) {
            return Some(RefusalCode::Invalid);
        }
        if !open(queue) {
            return Some(RefusalCode::UnknownQueue);
        }
        let mut before = 0;
        for step in relax {
            let ascends = before < step.after_us && step.after_us <= YEAR;
            before = step.after_us;
            if !ascends || wrong_skills(&step.requires, 16) {
                return Some(RefusalCode::Invalid);
            }
            if step.queue.is_some_and(|queue| !open(queue.0)) {
                return Some(RefusalCode::UnknownQueue);
            }
        }
        if self.find_contact(contact).is_some() {
            Some(RefusalCode::DuplicateContact)
        } else {
            None
        }
    }

    fn not_assignable(
        &self,
        queues: &[QueueId],
        skills: &[SkillLevel],
        weight: u16,
    ) -> Option<RefusalCode> {
        let known = |id: &QueueId| self.queues.iter().any(|queue| queue.id == id.0);
        if wrong_skills(skills, 64) || !(1..=100).contains(&weight) {
            Some(RefusalCode::Invalid)
        } else if !queues.iter().all(known) {
            Some(RefusalCode::UnknownQueue)
        } else {
            None
        }
    }

    fn arriving(
        &self,
        id: u64,
        queue: u32,
        priority: u8,
        arrived: i64,
        requires: &[SkillLevel],
        relax: &[Relaxation],
    ) -> Contact {
        Contact {
            id,
            queue,
            arrived,
            urgent_since: arrived - i64::from(priority) * self.queue(queue).worth,
            requires: requires.to_vec(),
            relax: relax.to_vec(),
            relaxed: 0,
            is: Is::Waiting,
        }
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

fn served(video: bool, queues: &[QueueId]) -> Vec<u32> {
    queues.iter().map(|id| id.0).filter(|_| video).collect()
}

fn wrong_skills(skills: &[SkillLevel], most: usize) -> bool {
    let twice =
        |(at, one): (usize, &SkillLevel)| skills[..at].iter().any(|other| other.skill == one.skill);
    skills.len() > most
        || skills.iter().any(|one| !(1..=10).contains(&one.level))
        || skills.iter().enumerate().any(twice)
}
