//! What must hold whatever happens, seen from the events and from what the commands said that were
//! carried out: nobody is doubled, lost, overtaken, or offered what they can't do.

use std::collections::BTreeMap;

use acd::{AgentState, Command, Envelope, Event, QueueId, Relaxation, SkillLevel};

#[derive(Default)]
pub struct Auditor {
    seq: u64,
    at_us: i64,
    epoch: u64,
    /// Each contact inside, with its key (priority, arrival, number) and queue.
    contacts: BTreeMap<u64, Known>,
    agents: BTreeMap<u32, AgentState>,
    able: BTreeMap<u32, Able>,
    /// What a point of priority is worth in each queue.
    worth: BTreeMap<u32, i64>,
    /// The contact of this command.
    arriving: Option<Known>,
    /// A queue was emptied or closed: contacts may be elsewhere than their steps say.
    moved: bool,
}

struct Able {
    video: bool,
    queues: Vec<QueueId>,
    skills: Vec<SkillLevel>,
}

#[derive(Clone)]
struct Known {
    key: (i64, u64),
    queue: u32,
    requires: Vec<SkillLevel>,
    relax: Vec<Relaxation>,
    agent: Option<u32>,
    deferred: bool,
}

impl Known {
    fn take(&mut self, step: &Relaxation) {
        self.requires.clone_from(&step.requires);
        self.queue = step.queue.map_or(self.queue, |queue| queue.0);
    }
}

impl Auditor {
    pub fn follow(&mut self, command: Option<&Command>, events: &[Envelope]) {
        // Timers come first; what a command says holds from its own events on.
        let own = events.partition_point(|envelope| envelope.command.0 == 0);
        for envelope in &events[..own] {
            self.audit(envelope);
        }
        let done = matches!(events.last().map(|last| &last.event), Some(Event::Done {}));
        if let Some(command) = command
            && done
        {
            self.learn(command, events[own].at_us);
        }
        for envelope in &events[own..] {
            self.audit(envelope);
        }
    }

    fn learn(&mut self, command: &Command, now_us: i64) {
        match command {
            Command::QueuePut {
                queue,
                priority_worth_us,
                ..
            } => {
                self.worth.insert(queue.0, *priority_worth_us);
            }
            Command::QueueClose { queue, .. } => {
                for able in self.able.values_mut() {
                    able.queues.retain(|served| served != queue);
                }
                self.moved = true;
            }
            Command::AgentSignIn {
                agent,
                queues,
                skills,
                video_slots,
                ..
            } => {
                let able = Able {
                    video: *video_slots == 1,
                    queues: queues.clone(),
                    skills: skills.clone(),
                };
                self.able.insert(agent.0, able);
            }
            Command::AgentAssign {
                agent,
                queues,
                skills,
                ..
            } => {
                let able = self.able.get_mut(&agent.0).expect("signed in");
                able.queues.clone_from(queues);
                able.skills.clone_from(skills);
            }
            Command::Enqueue {
                contact,
                queue,
                priority,
                arrived_us,
                requires,
                relax,
                ..
            }
            | Command::RestoreConnected {
                contact,
                queue,
                priority,
                arrived_us,
                requires,
                relax,
                ..
            } => {
                let worth_us = i64::from(*priority) * self.worth[&queue.0];
                let mut known = Known {
                    key: (arrived_us - worth_us, contact.0),
                    queue: queue.0,
                    requires: requires.clone(),
                    relax: relax.clone(),
                    agent: None,
                    deferred: false,
                };
                let restored = matches!(command, Command::RestoreConnected { .. });
                for step in relax.iter().filter(|_| !restored) {
                    if arrived_us + step.after_us <= now_us {
                        known.take(step);
                    }
                }
                if let Command::RestoreConnected { agent, .. } = command {
                    self.assert_free(agent.0);
                    known.agent = Some(agent.0);
                    let before = self.contacts.insert(contact.0, known);
                    assert!(before.is_none(), "doubled");
                } else {
                    self.arriving = Some(known);
                }
            }
            _ => {}
        }
    }

    fn assert_free(&self, agent: u32) {
        let holds = |known: &Known| known.agent == Some(agent);
        assert!(
            !self.contacts.values().any(holds),
            "two contacts, one agent"
        );
    }

    fn fits(&self, agent: u32, known: &Known) -> bool {
        let Able {
            video,
            queues,
            skills,
        } = &self.able[&agent];
        let has = |needed: &SkillLevel| {
            let good = |had: &SkillLevel| had.skill == needed.skill && had.level >= needed.level;
            skills.iter().any(good)
        };
        *video && queues.contains(&QueueId(known.queue)) && known.requires.iter().all(has)
    }

    fn audit(&mut self, envelope: &Envelope) {
        assert_eq!(envelope.seq, self.seq + 1, "a gap in the numbers");
        assert!(envelope.at_us >= self.at_us, "time ran back");
        (self.seq, self.at_us) = (envelope.seq, envelope.at_us);
        match envelope.event {
            Event::ContactEnqueued { contact, queue, .. } => {
                let known = self.arriving.take().expect("its command was done");
                assert_eq!((known.key.1, known.queue), (contact.0, queue.0));
                let before = self.contacts.insert(contact.0, known);
                assert!(before.is_none(), "doubled");
            }
            Event::ContactRelaxed {
                contact,
                queue,
                step,
            } => {
                let known = self.contacts.get_mut(&contact.0).expect("enqueued before");
                // All up to this one: of those that were due during a call, only the last is told.
                for step in known.relax.clone().iter().take(usize::from(step)) {
                    known.take(step);
                }
                assert!(known.queue == queue.0 || self.moved);
                known.queue = queue.0;
            }
            Event::ContactMoved { contact, queue } => {
                let known = self.contacts.get_mut(&contact.0).expect("enqueued before");
                known.queue = queue.0;
                self.moved = true;
            }
            Event::ContactDeferred {
                contact, until_us, ..
            } => {
                assert!(until_us > self.at_us);
                let known = self.contacts.get_mut(&contact.0).expect("enqueued before");
                assert_eq!(known.agent, None, "deferred in an agent's hands");
                known.deferred = true;
            }
            Event::ContactDue { contact, .. } => {
                let known = self.contacts.get_mut(&contact.0).expect("enqueued before");
                assert!(known.deferred, "due twice");
                known.deferred = false;
            }
            Event::ContactOverdue { contact, .. } => {
                assert!(self.contacts.contains_key(&contact.0), "left before");
            }
            Event::ContactDismissed { contact, .. } => {
                assert!(self.contacts.remove(&contact.0).is_some(), "left twice");
            }
            Event::ReservationCreated {
                contact,
                agent,
                epoch,
                expires_us,
                ..
            } => {
                assert!(epoch.0 > self.epoch && expires_us > self.at_us);
                self.epoch = epoch.0;
                assert_eq!(self.agents.get(&agent.0), Some(&AgentState::Ready));
                self.assert_free(agent.0);
                let offered = self.contacts.get(&contact.0).expect("enqueued before");
                assert_eq!(offered.agent, None, "two agents, one contact");
                assert!(!offered.deferred, "offered before its time");
                assert!(self.fits(agent.0, offered), "offered what they can't do");
                let overtaken = |known: &&Known| {
                    known.agent.is_none()
                        && !known.deferred
                        && known.queue == offered.queue
                        && known.key < offered.key
                        && self.fits(agent.0, known)
                };
                assert_eq!(self.contacts.values().filter(overtaken).count(), 0);
                self.hold(contact.0, Some(agent.0));
            }
            Event::ReservationAccepted { contact, agent, .. }
            | Event::ReservationRejected { contact, agent, .. }
            | Event::ReservationTimedOut { contact, agent, .. }
            | Event::ReservationRescinded { contact, agent, .. } => {
                assert_eq!(self.contacts[&contact.0].agent, Some(agent.0));
                assert_eq!(self.agents.get(&agent.0), Some(&AgentState::Reserved));
            }
            Event::ContactRequeued { contact, .. } => {
                self.hold(contact.0, None);
            }
            Event::ContactAbandoned { contact, .. } => {
                assert!(self.contacts.remove(&contact.0).is_some(), "left twice");
            }
            Event::ContactConnected { contact, agent } => {
                assert_eq!(self.contacts[&contact.0].agent, Some(agent.0));
            }
            Event::ContactCompleted { contact, agent, .. } => {
                let known = self.contacts.remove(&contact.0).expect("left twice");
                assert_eq!(known.agent, Some(agent.0));
            }
            Event::AgentStateChanged { agent, state, .. } => {
                if state == AgentState::Offline {
                    assert!(self.agents.remove(&agent.0).is_some(), "left twice");
                } else {
                    self.agents.insert(agent.0, state);
                }
            }
            Event::WrapUpStarted { .. } | Event::WrapUpEnded { .. } => {}
            Event::Done {} | Event::Refused { .. } => {
                assert_ne!(envelope.command.0, 0, "a timer closes no command");
            }
        }
    }

    fn hold(&mut self, contact: u64, agent: Option<u32>) {
        let known = self.contacts.get_mut(&contact).expect("enqueued before");
        assert_ne!(known.agent, agent, "held or returned twice");
        known.agent = agent;
    }
}
