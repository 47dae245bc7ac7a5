//! The machine with the answers that the people around it would give.

use acd::{
    AgentId, Command, CommandId, ContactId, Envelope, Epoch, Event, EventSink, Machine, Tuning,
};

use crate::world::{QUEUES, World};
use acd::Strategy;

/// An offer that rings.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    pub contact: ContactId,
    pub agent: AgentId,
    pub epoch: Epoch,
}

/// Looks at an event.
pub type Follow = dyn FnMut(&Envelope);

/// Takes the events: counts them, and keeps who was offered what.
#[derive(Default)]
pub struct Sink {
    pub events: u64,
    pub offers: Vec<Offer>,
    /// Agents whose offer rang until its end.
    pub missed: Vec<AgentId>,
    /// Who looks at each event, if anybody does.
    pub follow: Option<Box<Follow>>,
}

impl EventSink for Sink {
    fn emit(&mut self, envelope: Envelope) {
        self.events += 1;
        if let Some(follow) = &mut self.follow {
            follow(&envelope);
        }
        match envelope.event {
            Event::ReservationCreated {
                contact,
                agent,
                epoch,
                ..
            } => self.offers.push(Offer {
                contact,
                agent,
                epoch,
            }),
            Event::ReservationTimedOut { agent, .. } => self.missed.push(agent),
            Event::Refused { code, detail } => panic!("refused: {code:?}, {detail}"),
            _ => {}
        }
    }
}

pub struct Driver {
    pub machine: Machine,
    pub sink: Sink,
    pub commands: u64,
    pub last_contact: u64,
}

impl Driver {
    /// The queues are open and all agents are signed in, none ready.
    pub fn new(world: &World, strategy: Strategy, offer_timeout_us: i64) -> Self {
        let mut driver = Self {
            machine: Machine::with_tuning(Tuning {
                large: true,
                ..Tuning::default()
            }),
            sink: Sink::default(),
            commands: 0,
            last_contact: 0,
        };
        let heartbeat_timeout_us = acd::DURATION_US_MAX;
        driver.apply(
            0,
            Command::Configure {
                heartbeat_timeout_us,
            },
        );
        for queue in 0..QUEUES {
            driver.apply(0, World::queue_put(queue, strategy, offer_timeout_us));
        }
        for agent in 0..world.agents.len() {
            driver.apply(0, world.sign_in(agent));
        }
        driver
    }

    pub fn apply(&mut self, now_us: i64, command: Command) {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.machine.apply(now_us, id, command, &mut self.sink);
    }

    pub fn enqueue(&mut self, world: &mut World, now_us: i64) {
        self.last_contact += 1;
        let command = world.enqueue(self.last_contact, now_us);
        self.apply(now_us, command);
    }

    /// A million or so wait, arrived a millisecond apart until `now_us`.
    pub fn fill(&mut self, world: &mut World, waiting: i64, now_us: i64) {
        for at in 0..waiting {
            self.last_contact += 1;
            let command = world.enqueue(self.last_contact, now_us - (waiting - at) * 1000);
            self.apply(now_us, command);
        }
    }

    pub fn ready(&mut self, now_us: i64, agent: AgentId) {
        self.apply(now_us, Command::AgentReady { agent });
    }

    pub fn accept(&mut self, now_us: i64, offer: Offer) {
        let Offer {
            contact,
            agent,
            epoch,
        } = offer;
        let command = Command::Accept {
            contact,
            agent,
            epoch,
        };
        self.apply(now_us, command);
    }

    pub fn connect(&mut self, now_us: i64, contact: ContactId) {
        self.apply(now_us, Command::Connect { contact });
    }

    pub fn complete(&mut self, now_us: i64, contact: ContactId) {
        self.apply(now_us, Command::Complete { contact });
    }

    pub fn wrap_up_done(&mut self, now_us: i64, offer: Offer) {
        let Offer { contact, agent, .. } = offer;
        self.apply(now_us, Command::WrapUpDone { agent, contact });
    }

    /// All agents ready, and those who were offered something in a call.
    pub fn staff(&mut self, world: &World, now_us: i64) -> Vec<Offer> {
        for agent in 0..world.agents.len() {
            self.ready(now_us, AgentId(agent as u32));
        }
        let calls = std::mem::take(&mut self.sink.offers);
        for offer in &calls {
            self.accept(now_us, *offer);
            self.connect(now_us, offer.contact);
        }
        calls
    }
}
