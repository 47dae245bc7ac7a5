//! What each command changes, or why it is refused.

use acd::{
    AbandonPhase, AgentId, AgentState, Arrival, Assignment, Channel, Command, ContactId, Event,
    NotReadyReason, QueueId, RefusalCode, RequeueReason, RescindReason, SkillLevel,
};

use super::Model;
use super::world::{Agent, Contact, Hand, Is, Past, Queue, WrapUp};

impl Model {
    pub(super) fn change(&mut self, command: &Command) -> Option<RefusalCode> {
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
                service_level_us: in_time,
                short_abandon_us: short,
            } => {
                let durations = (1..=YEAR).contains(&ring)
                    && (0..=YEAR).contains(&wrap)
                    && (1..=YEAR).contains(&in_time)
                    && (0..=YEAR).contains(&short);
                if !durations || !(0..=YEAR).contains(&worth) || !(1..=1000).contains(&slope) {
                    return Some(RefusalCode::Invalid);
                }
                self.queues.retain(|queue| queue.id != id);
                self.closed.0.retain(|(closed, _)| *closed != id);
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
            Command::QueueEmpty { queue, to } => return self.empty_queue(queue, to),
            Command::QueueClose { queue, to } => return self.close_queue(queue, to),
            Command::Defer {
                contact: ContactId(id),
                until_us,
            } => return self.defer(id, until_us),
            Command::AgentSignIn(ref assignment) => {
                let id = assignment.agent.0;
                if self.find_agent(id).is_some() {
                    return Some(RefusalCode::AlreadySignedIn);
                }
                if let Some(code) = self.not_assignable(assignment) {
                    return Some(code);
                }
                let past = self.away.remove(&id).unwrap_or_default();
                self.agents.push(Agent {
                    id,
                    queues: served(assignment),
                    capacity: assignment.capacity,
                    skills: assignment.skills.clone(),
                    weight: assignment.weight,
                    rank: assignment.rank,
                    heard: self.now,
                    not_ready: Some(NotReadyReason::SignedIn),
                    idle_since: self.now,
                    hands: Vec::new(),
                    told: (AgentState::Offline, None),
                    past: Past {
                        share: self.share.max(past.share),
                        ..past
                    },
                });
                self.tell(id);
            }
            Command::AgentAssign(ref assignment) => {
                let Some(a) = self.find_agent(assignment.agent.0) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                if let Some(code) = self.not_assignable(assignment) {
                    return Some(code);
                }
                let agent = &mut self.agents[a];
                agent.queues = served(assignment);
                agent.capacity = assignment.capacity;
                agent.skills.clone_from(&assignment.skills);
                (agent.weight, agent.rank) = (assignment.weight, assignment.rank);
            }
            Command::DayStarted {} => {
                self.away.clear();
                for agent in &mut self.agents {
                    agent.past.accepted = 0;
                }
            }
            Command::DayResumed { ref agents, .. } => {
                for one in agents {
                    let new = Past {
                        share: self.share,
                        ..Past::default()
                    };
                    let past = match self.find_agent(one.agent.0) {
                        Some(a) => &mut self.agents[a].past,
                        None => {
                            self.away.insert(one.agent.0, new);
                            self.away.get_mut(&one.agent.0).expect("just put")
                        }
                    };
                    past.accepted = one.contacts;
                    past.busy.resume(one.stopped_us, self.now);
                }
            }
            Command::AgentSignOut {
                agent: AgentId(id),
                force,
            } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                let talks = |contact: &Contact| {
                    contact.in_call() && contact.is.agent() == Some(self.agents[a].id)
                };
                if !force && self.contacts.iter().any(talks) {
                    return Some(RefusalCode::WrongState);
                }
                let rescinded = RescindReason::AgentSignedOut;
                self.goes(id, rescinded, RequeueReason::AgentSignedOut);
            }
            Command::AgentReady { agent: AgentId(id) } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                if self.agents[a].not_ready.take().is_some() {
                    self.agents[a].idle_since = self.now;
                    self.idles(id);
                }
            }
            Command::AgentNotReady {
                agent: AgentId(id),
                reason,
            } => {
                if self.find_agent(id).is_none() {
                    return Some(RefusalCode::UnknownAgent);
                }
                if let Some(at) = self.ringing(id) {
                    self.rescind(at, RescindReason::AgentNotReady);
                    self.back(at, RequeueReason::AgentNotReady);
                }
                self.stops(id, reason);
            }
            Command::AgentHeartbeat { agent: AgentId(id) } => {
                let Some(a) = self.find_agent(id) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                self.agents[a].heard = self.now;
            }
            Command::Enqueue(ref arrival) => {
                if let Some(code) = self.not_new(arrival) {
                    return Some(code);
                }
                let contact = self.coming_to_wait(arrival);
                let later = arrival.not_before_us.filter(|us| *us > self.now);
                let queue = contact.queue;
                let waiting =
                    |contact: &&Contact| contact.queue == queue && contact.is == Is::Waiting;
                let serves =
                    |agent: &Agent| self.open(agent, contact.channel) && agent.fits(&contact);
                let full = self.contacts.iter().filter(waiting).count() >= self.queue(queue).most;
                if !contact.called_back && full && !self.agents.iter().any(serves) {
                    return Some(RefusalCode::QueueFull);
                }
                self.contacts.push(contact);
                self.say(Event::ContactEnqueued {
                    contact: arrival.contact,
                    queue: QueueId(queue),
                    priority: arrival.priority,
                    arrived_us: arrival.arrived_us,
                });
                if let Some(until) = later {
                    self.sets_aside(self.contacts.len() - 1, until);
                }
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
                    Is::Deferred { .. } => AbandonPhase::Deferred,
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
                    self.let_go(agent, id);
                    self.idles(agent);
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
                    self.contacts[at].max_wait = None;
                    self.contacts[at].exceeded = false;
                    let a = self.find_agent(agent.0).expect("it rang there");
                    let known = &mut self.agents[a];
                    self.share = self.share.max(known.past.share);
                    known.past.accepted += 1;
                    known.past.share += 1_000_000 / i64::from(known.weight);
                    known.past.busy.change(self.now, true);
                    known.idle_since = self.now;
                    self.say(Event::ReservationAccepted {
                        contact,
                        agent,
                        epoch,
                    });
                    self.tell(agent.0);
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
                    self.stops(agent.0, NotReadyReason::RejectedOffer);
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
                if !self.contacts[at].in_call() {
                    return Some(RefusalCode::WrongState);
                }
                let (agent, talk) = self.talk(at);
                let done = self.contacts.remove(at);
                self.say(Event::ContactCompleted {
                    contact: ContactId(id),
                    agent: AgentId(agent),
                    talk_us: talk,
                });
                self.wraps_up(agent, id, done.queue, done.channel);
            }
            Command::Transfer { ref arrival } => return self.moved(arrival),
            Command::HandOver { contact, consult } => {
                return self.handed_over(contact.0, consult.0);
            }
            Command::WrapUpDone {
                agent: AgentId(id),
                contact: ContactId(done),
            } => {
                if self.find_agent(id).is_none() {
                    return Some(RefusalCode::UnknownAgent);
                }
                let it = |wrap: &WrapUp| (wrap.agent, wrap.contact) == (id, done);
                if !self.wrap_ups.iter().any(it) {
                    return Some(RefusalCode::WrongState);
                }
                self.wrapped_up(id, done);
            }
            Command::RestoreConnected {
                agent: AgentId(agent),
                connected_us,
                ref arrival,
            } => {
                if let Some(code) = self.not_new(arrival) {
                    return Some(code);
                }
                let Some(a) = self.find_agent(agent) else {
                    return Some(RefusalCode::UnknownAgent);
                };
                let held = self.held(&self.agents[a]);
                let same = held.iter().filter(|one| **one == arrival.channel);
                if same.count() >= 32 || self.ringing(agent).is_some() {
                    return Some(RefusalCode::WrongState);
                }
                let since = connected_us.unwrap_or(self.now);
                self.contacts.push(Contact {
                    is: Is::Connected { agent, since },
                    ..self.arriving(arrival)
                });
                let known = &mut self.agents[a];
                known.hands.push((arrival.contact.0, Hand::Holds));
                (known.heard, known.idle_since, known.not_ready) = (self.now, self.now, None);
                known.past.busy.change(self.now, true);
                self.tell(agent);
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

    fn cannot_arrive(&self, arrival: &Arrival) -> Option<RefusalCode> {
        const YEAR: i64 = 366 * 24 * 3600 * 1_000_000;
        let open = |id: u32| self.queues.iter().any(|known| known.id == id);
        let absurd = |us: i64| us - self.now > YEAR;
        if (arrival.max_wait).is_some_and(|most| !(1..=YEAR).contains(&most.after_us))
            || arrival.not_before_us.is_some_and(absurd)
        {
            return Some(RefusalCode::Invalid);
        }
        if arrival.priority > 99 || wrong_skills(&arrival.requires, 0, 16) {
            return Some(RefusalCode::Invalid);
        }
        if !open(arrival.queue.0) {
            return Some(RefusalCode::UnknownQueue);
        }
        let mut before = 0;
        for step in &arrival.relax {
            let ascends = before < step.after_us && step.after_us <= YEAR;
            before = step.after_us;
            if !ascends || wrong_skills(&step.requires, 0, 16) {
                return Some(RefusalCode::Invalid);
            }
            if step.queue.is_some_and(|queue| !open(queue.0)) {
                return Some(RefusalCode::UnknownQueue);
            }
        }
        None
    }

    fn not_new(&self, arrival: &Arrival) -> Option<RefusalCode> {
        let known = self.find_contact(arrival.contact.0).is_some();
        self.cannot_arrive(arrival)
            .or(known.then_some(RefusalCode::DuplicateContact))
    }

    /// Who talks with it, and since how long.
    fn talk(&self, at: usize) -> (u32, i64) {
        match self.contacts[at].is {
            Is::Waiting | Is::Deferred { .. } | Is::Offered { .. } => {
                panic!("nobody talks with it")
            }
            Is::Accepted { agent } => (agent, 0),
            Is::Connected { agent, since } => (agent, (self.now - since).max(0)),
        }
    }

    fn moved(&mut self, arrival: &Arrival) -> Option<RefusalCode> {
        let id = arrival.contact.0;
        let Some(at) = self.find_contact(id) else {
            return Some(RefusalCode::UnknownContact);
        };
        if let Some(code) = self.cannot_arrive(arrival) {
            return Some(code);
        }
        let from = self.contacts[at].in_call().then(|| self.talk(at));
        if let Is::Offered { agent, .. } = self.contacts[at].is {
            self.rescind(at, RescindReason::Transferred);
            self.let_go(agent, id);
        }
        let gone = self.contacts.remove(at);
        let comes = self.coming_to_wait(arrival);
        self.say(Event::ContactTransferred {
            contact: arrival.contact,
            from: from.map(|(agent, _)| AgentId(agent)),
            queue: QueueId(comes.queue),
            to: None,
            talk_us: from.map_or(0, |(_, talk)| talk),
        });
        match (from, gone.is.agent()) {
            (Some((agent, _)), _) => self.wraps_up(agent, id, gone.queue, gone.channel),
            (None, Some(agent)) => self.idles(agent),
            (None, None) => {}
        }
        // Whoever is free by that looks around before it arrives again.
        self.match_all();
        self.contacts.push(comes);
        if let Some(until) = arrival.not_before_us.filter(|us| *us > self.now) {
            self.sets_aside(self.contacts.len() - 1, until);
        }
        None
    }

    fn handed_over(&mut self, id: u64, consult: u64) -> Option<RefusalCode> {
        for wanted in [id, consult] {
            match self.find_contact(wanted) {
                None => return Some(RefusalCode::UnknownContact),
                Some(at) if self.contacts[at].is.agent().is_none() => {
                    return Some(RefusalCode::WrongState);
                }
                Some(_) => {}
            }
        }
        let find = |id| self.find_contact(id).expect("just seen");
        let (at, asked) = (find(id), find(consult));
        let both = self.contacts[at].in_call() && self.contacts[asked].in_call();
        if !both || self.contacts[at].is.agent() == self.contacts[asked].is.agent() {
            return Some(RefusalCode::WrongState);
        }
        if self.contacts[at].channel != self.contacts[asked].channel {
            return Some(RefusalCode::Invalid);
        }
        let ((from, talk), (to, asked_talk)) = (self.talk(at), self.talk(asked));
        let (queue, channel) = (self.contacts[at].queue, self.contacts[at].channel);
        self.contacts[at].is = Is::Connected {
            agent: to,
            since: self.now,
        };
        self.contacts.remove(asked);
        self.let_go(to, consult);
        let t = self.find_agent(to).expect("in a call");
        self.agents[t].hands.push((id, Hand::Holds));
        self.say(Event::ContactCompleted {
            contact: ContactId(consult),
            agent: AgentId(to),
            talk_us: asked_talk,
        });
        self.say(Event::ContactTransferred {
            contact: ContactId(id),
            from: Some(AgentId(from)),
            queue: QueueId(queue),
            to: Some(AgentId(to)),
            talk_us: talk,
        });
        self.wraps_up(from, id, queue, channel);
        None
    }

    fn not_assignable(&self, assignment: &Assignment) -> Option<RefusalCode> {
        let known = |id: &QueueId| self.queues.iter().any(|queue| queue.id == id.0);
        let too_many = |channel: &Channel| assignment.capacity.of(*channel).slots > 32;
        if wrong_skills(&assignment.skills, 1, 64)
            || !(1..=100).contains(&assignment.weight)
            || Channel::ALL.iter().any(too_many)
        {
            Some(RefusalCode::Invalid)
        } else if !assignment.queues.iter().all(known) {
            Some(RefusalCode::UnknownQueue)
        } else {
            None
        }
    }

    fn coming_to_wait(&self, arrival: &Arrival) -> Contact {
        let mut contact = self.arriving(arrival);
        contact.called_back = arrival.not_before_us.is_some();
        contact.max_wait = arrival.max_wait.filter(|_| !contact.called_back);
        while contact.relaxes().is_some_and(|due| due <= self.now) {
            contact.take_step(&self.closed);
        }
        contact
    }

    fn arriving(&self, arrival: &Arrival) -> Contact {
        let worth = self.queue(arrival.queue.0).worth;
        Contact {
            id: arrival.contact.0,
            queue: arrival.queue.0,
            channel: arrival.channel,
            arrived: arrival.arrived_us,
            urgent_since: arrival.arrived_us - i64::from(arrival.priority) * worth,
            requires: arrival.requires.clone(),
            relax: arrival.relax.clone(),
            relaxed: 0,
            max_wait: None,
            exceeded: false,
            called_back: false,
            last_agent: arrival.last_agent.map(|agent| agent.0),
            is: Is::Waiting,
        }
    }
}

fn served(assignment: &Assignment) -> Vec<u32> {
    let any = |channel: &Channel| assignment.capacity.of(*channel).slots > 0;
    let some = Channel::ALL.iter().any(any);
    let queues = assignment.queues.iter().map(|id| id.0);
    queues.filter(|_| some).collect()
}

fn wrong_skills(skills: &[SkillLevel], lowest: u8, most: usize) -> bool {
    let twice =
        |(at, one): (usize, &SkillLevel)| skills[..at].iter().any(|other| other.skill == one.skill);
    skills.len() > most
        || skills.iter().any(|one| !(lowest..=10).contains(&one.level))
        || skills.iter().enumerate().any(twice)
}
