//! What each command changes, or why it is refused.

use acd::{
    AbandonPhase, AgentId, Command, ContactId, Event, NotReadyReason, QueueId, RefusalCode,
    Relaxation, RequeueReason, RescindReason, SkillLevel,
};

use super::Model;
use super::world::{Agent, Busy, Contact, Does, Is, Queue};

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
                let urgent_since_us = contact.urgent_since;
                self.contacts.push(contact);
                self.say(Event::ContactEnqueued {
                    contact: ContactId(id),
                    queue: QueueId(queue),
                    priority,
                    arrived_us: arrived,
                    urgent_since_us,
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
