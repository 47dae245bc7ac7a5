//! What must hold whatever happens, seen from the events and from what the commands said that were
//! carried out: nobody is doubled, lost, overtaken, or offered what they can't do.

use std::collections::BTreeMap;

use acd::{
    AgentState, Arrival, Assignment, Channel, Command, Envelope, Event, QueueId, Relaxation,
    SkillLevel,
};

#[derive(Default)]
pub struct Auditor {
    seq: u64,
    at_us: i64,
    epoch: u64,
    /// Each contact inside, with its key (priority, arrival, number) and queue.
    contacts: BTreeMap<u64, Known>,
    agents: BTreeMap<u32, AgentState>,
    able: BTreeMap<u32, Assignment>,
    /// Wrap-ups by agent and contact.
    wrap_ups: BTreeMap<(u32, u64), Channel>,
    /// What a point of priority is worth in each queue.
    worth: BTreeMap<u32, i64>,
    /// The contact of this command.
    arriving: Option<Known>,
    /// Left its place or agent in this step, to arrive after whoever got free has looked around.
    moving: Option<u64>,
    /// A queue was emptied or closed: contacts may be elsewhere than their steps say.
    displaced: bool,
    /// The channel of the contact that was completed last.
    completed: Option<Channel>,
}

#[derive(Clone)]
struct Known {
    key: (i64, u64),
    queue: u32,
    channel: Channel,
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
        self.moving = None;
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
                self.displaced = true;
            }
            Command::AgentSignIn(assignment) | Command::AgentAssign(assignment) => {
                self.able.insert(assignment.agent.0, assignment.clone());
            }
            Command::Enqueue(arrival) | Command::Transfer { arrival } => {
                let mut known = self.coming(arrival);
                for step in &arrival.relax {
                    if arrival.arrived_us + step.after_us <= now_us {
                        known.take(step);
                    }
                }
                self.arriving = Some(known);
            }
            Command::RestoreConnected { agent, arrival, .. } => {
                let mut known = self.coming(arrival);
                known.agent = Some(agent.0);
                let before = self.contacts.insert(arrival.contact.0, known);
                assert!(before.is_none(), "doubled");
            }
            _ => {}
        }
    }

    fn coming(&self, arrival: &Arrival) -> Known {
        let worth_us = i64::from(arrival.priority) * self.worth[&arrival.queue.0];
        Known {
            key: (arrival.arrived_us - worth_us, arrival.contact.0),
            queue: arrival.queue.0,
            channel: arrival.channel,
            requires: arrival.requires.clone(),
            relax: arrival.relax.clone(),
            agent: None,
            deferred: false,
        }
    }

    /// The agent's slots and blocking rules leave room for one more of this channel.
    fn assert_room(&self, agent: u32, channel: Channel) {
        assert!(self.room(agent, channel), "more than the agent's slots");
    }

    fn room(&self, agent: u32, channel: Channel) -> bool {
        let capacity = self.able[&agent].capacity;
        let contacts = self.contacts.values();
        let of_contacts = contacts
            .filter(|known| known.agent == Some(agent))
            .map(|known| known.channel);
        let wrap_ups = self.wrap_ups.iter();
        let of_wrap_ups = wrap_ups
            .filter(|((of, _), _)| *of == agent)
            .map(|(_, channel)| *channel);
        let mut same = 0;
        let mut blocked = false;
        for held in of_contacts.chain(of_wrap_ups) {
            same += u8::from(held == channel);
            blocked |= capacity.of(held).blocks.has(channel);
        }
        same < capacity.of(channel).slots && !blocked
    }

    fn fits(&self, agent: u32, known: &Known) -> bool {
        let able = &self.able[&agent];
        let has = |needed: &SkillLevel| {
            let had = able.skills.iter().find(|had| had.skill == needed.skill);
            let level = had.map_or(0, |had| had.level);
            level >= needed.level && (needed.level > 0 || level == 0)
        };
        able.queues.contains(&QueueId(known.queue)) && known.requires.iter().all(has)
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
                assert!(known.queue == queue.0 || self.displaced);
                known.queue = queue.0;
            }
            Event::ContactMoved { contact, queue } => {
                let known = self.contacts.get_mut(&contact.0).expect("enqueued before");
                known.queue = queue.0;
                self.displaced = true;
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
                let state = self.agents[&agent.0];
                assert!(!matches!(
                    state,
                    AgentState::NotReady | AgentState::Reserved
                ));
                let offered = self.contacts.get(&contact.0).expect("enqueued before");
                assert_eq!(offered.agent, None, "two agents, one contact");
                assert!(!offered.deferred, "offered before its time");
                assert!(self.fits(agent.0, offered), "offered what they can't do");
                self.assert_room(agent.0, offered.channel);
                let overtaken = |known: &&Known| {
                    known.agent.is_none()
                        && !known.deferred
                        && self.moving != Some(known.key.1)
                        && known.queue == offered.queue
                        && known.key < offered.key
                        && self.fits(agent.0, known)
                        && self.room(agent.0, known.channel)
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
                self.completed = Some(known.channel);
            }
            Event::ContactTransferred {
                contact, from, to, ..
            } => {
                let known = self.contacts.get_mut(&contact.0).expect("enqueued before");
                let offered = known.agent.filter(|_| from.is_none());
                assert!(offered.is_some() || known.agent == from.map(|agent| agent.0));
                self.completed = Some(known.channel);
                if let Some(agent) = to {
                    known.agent = Some(agent.0);
                } else {
                    self.moving = Some(contact.0);
                    *known = self.arriving.take().expect("its command was done");
                    assert_eq!(known.key.1, contact.0);
                }
            }
            Event::AgentStateChanged { agent, state, .. } => {
                if state == AgentState::Offline {
                    assert!(self.agents.remove(&agent.0).is_some(), "left twice");
                } else {
                    self.agents.insert(agent.0, state);
                }
            }
            Event::WrapUpStarted { agent, contact, .. } => {
                let channel = self.completed.take().expect("completed just before");
                let before = self.wrap_ups.insert((agent.0, contact.0), channel);
                assert!(before.is_none(), "wrapped up twice at once");
            }
            Event::WrapUpEnded { agent, contact } => {
                let ended = self.wrap_ups.remove(&(agent.0, contact.0));
                assert!(ended.is_some(), "ended twice");
            }
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
