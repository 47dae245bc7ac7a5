//! What must hold whatever happens, seen from the events alone, and from the one command that brings
//! a contact without an event of its own.

use std::collections::BTreeMap;

use acd::{AgentState, Command, Envelope, Event};

#[derive(Default)]
pub struct Auditor {
    seq: u64,
    at_us: i64,
    epoch: u64,
    /// Each contact inside, with its key (priority, arrival, number) and queue.
    contacts: BTreeMap<u64, Known>,
    agents: BTreeMap<u32, AgentState>,
}

#[derive(Clone, Copy)]
struct Known {
    key: (i16, i64, u64),
    queue: u32,
    agent: Option<u32>,
}

impl Auditor {
    pub fn follow(&mut self, command: Option<&Command>, events: &[Envelope]) {
        for envelope in events {
            self.audit(envelope);
        }
        if let Some(Command::RestoreConnected {
            contact,
            queue,
            agent,
            priority,
            arrived_us,
            ..
        }) = command
            && let Some(Event::Done {}) = events.last().map(|envelope| &envelope.event)
        {
            let known = Known {
                key: (-i16::from(*priority), *arrived_us, contact.0),
                queue: queue.0,
                agent: Some(agent.0),
            };
            let holds = |known: &Known| known.agent == Some(agent.0);
            assert!(
                !self.contacts.values().any(holds),
                "two contacts, one agent"
            );
            let before = self.contacts.insert(contact.0, known);
            assert!(before.is_none(), "doubled");
        }
    }

    fn audit(&mut self, envelope: &Envelope) {
        assert_eq!(envelope.seq, self.seq + 1, "a gap in the numbers");
        assert!(envelope.at_us >= self.at_us, "time ran back");
        (self.seq, self.at_us) = (envelope.seq, envelope.at_us);
        match envelope.event {
            Event::ContactEnqueued {
                contact,
                queue,
                priority,
                arrived_us,
            } => {
                let known = Known {
                    key: (-i16::from(priority), arrived_us, contact.0),
                    queue: queue.0,
                    agent: None,
                };
                let before = self.contacts.insert(contact.0, known);
                assert!(before.is_none(), "doubled");
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
                let holds = |known: &Known| known.agent == Some(agent.0);
                assert!(
                    !self.contacts.values().any(holds),
                    "two contacts, one agent"
                );
                let offered = *self.contacts.get(&contact.0).expect("enqueued before");
                assert_eq!(offered.agent, None, "two agents, one contact");
                let overtaken = |known: &&Known| {
                    known.agent.is_none() && known.queue == offered.queue && known.key < offered.key
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
