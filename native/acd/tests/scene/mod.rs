//! A floor for the tests: commands in a few words, events back without their envelopes.

// Each test file takes what it needs.
#![allow(dead_code)]

use acd::{
    AgentId, AgentState, Arrival, Assignment, Capacity, Channel, Command, CommandId, ContactId,
    Decision, Envelope, Epoch, Event, Machine, NotReadyReason, QueueId, RefusalCode, RequeueReason,
    RescindReason, Strategy,
};

pub const OFFER_TIMEOUT_US: i64 = 15_000_000;
pub const WRAP_UP_US: i64 = 60_000_000;
pub const SERVICE_LEVEL_US: i64 = 20_000_000;
pub const SHORT_ABANDON_US: i64 = 5_000_000;
/// When a scene begins.
pub const START_US: i64 = 1_000_000;
pub const HEARTBEAT_US: i64 = acd::HEARTBEAT_TIMEOUT_US_DEFAULT;

pub struct Scene {
    machine: Machine,
    pub now_us: i64,
    last_command: u64,
}

impl Scene {
    /// Queues 1 and 2 are open, at [`START_US`].
    pub fn new() -> Self {
        let mut scene = Scene {
            machine: Machine::new(),
            now_us: START_US,
            last_command: 0,
        };
        for queue in [1, 2] {
            scene.open(queue, WRAP_UP_US, 100);
        }
        scene
    }

    pub fn open(&mut self, queue: u32, wrap_up_us: i64, max_waiting: u32) {
        let command = Command::QueuePut {
            queue: QueueId(queue),
            offer_timeout_us: OFFER_TIMEOUT_US,
            wrap_up_us,
            max_waiting,
            strategy: Strategy::LongestIdle,
            seed: 0,
            priority_worth_us: acd::DURATION_US_MAX,
            slope: 1,
            service_level_us: SERVICE_LEVEL_US,
            short_abandon_us: SHORT_ABANDON_US,
        };
        assert_eq!(self.does(command), []);
    }

    /// All events of a command, the closing one included.
    pub fn apply(&mut self, command: Command) -> Vec<Event> {
        let mut events = Vec::new();
        self.last_command += 1;
        let id = CommandId(self.last_command);
        self.machine.apply(self.now_us, id, command, &mut events);
        let of_command = events.into_iter().filter(|event| event.command == id);
        of_command.map(|envelope| envelope.event).collect()
    }

    /// The events of a command that is carried out, without its `done`.
    pub fn does(&mut self, command: Command) -> Vec<Event> {
        let mut events = self.apply(command);
        assert_eq!(events.pop(), Some(Event::Done {}));
        events
    }

    /// The code of a command that is refused, and changes nothing.
    pub fn refuses(&mut self, command: Command) -> RefusalCode {
        let before = (self.machine.snapshot(), self.machine.poll_timeout());
        let mut events = self.apply(command);
        let Some(Event::Refused { code, detail }) = events.pop() else {
            panic!("not refused")
        };
        assert!(!detail.is_empty());
        assert_eq!(events, []);
        assert_eq!(
            (self.machine.snapshot(), self.machine.poll_timeout()),
            before
        );
        code
    }

    /// Goes to the next timer and gives back its events.
    pub fn next_timer(&mut self) -> Vec<Event> {
        self.now_us = self.machine.poll_timeout().expect("something is due");
        self.timers(self.now_us)
    }

    pub fn timers(&mut self, now_us: i64) -> Vec<Event> {
        let mut events: Vec<Envelope> = Vec::new();
        self.now_us = now_us;
        self.machine.handle_timeout(now_us, &mut events);
        assert!(events.iter().all(|event| event.command == CommandId::TIMER));
        events.into_iter().map(|envelope| envelope.event).collect()
    }

    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    pub fn waiting(&self, queue: usize) -> Vec<u64> {
        let snapshot = self.machine.snapshot();
        let waiting = snapshot.queues[queue - 1].waiting.iter();
        waiting.map(|contact| contact.0).collect()
    }

    pub fn sign_in(&mut self, agent: u32, queues: &[u32]) {
        let signed_in = Some(NotReadyReason::SignedIn);
        let told = [state(agent, AgentState::NotReady, signed_in, self.now_us)];
        let command = Command::AgentSignIn(assignment(agent, queues));
        assert_eq!(self.does(command), told);
    }

    /// An agent who is ready, a microsecond after whatever was before.
    pub fn ready(&mut self, agent: u32, queues: &[u32]) -> i64 {
        self.now_us += 1;
        self.sign_in(agent, queues);
        self.does(ready(agent));
        self.now_us
    }

    /// A contact with its number as time of arrival, which must find nobody.
    pub fn wait(&mut self, contact: u64, queue: u32, priority: u8) {
        let at_us = i64::try_from(contact).expect("small");
        let events = self.does(enqueue_at(contact, queue, priority, at_us));
        assert_eq!(events.len(), 1, "not waiting: {events:?}");
    }

    /// From an enqueued contact into a call with whoever gets it.
    pub fn call(&mut self, contact: u64, queue: u32) -> u32 {
        let events = self.does(enqueue(contact, queue));
        let (agent, epoch) = offer_in(&events, contact);
        self.does(accept(contact, agent, epoch));
        self.does(connect(contact));
        agent
    }
}

/// Who has this contact on offer now, and under which epoch.
pub fn offer_in(events: &[Event], wanted: u64) -> (u32, u64) {
    let mut offers = events.iter().filter_map(|event| match event {
        Event::ReservationCreated {
            contact,
            agent,
            epoch,
            ..
        } if contact.0 == wanted => Some((agent.0, epoch.0)),
        _ => None,
    });
    offers.next_back().expect("an offer")
}

/// Contact and agent of each offer.
pub fn offers(events: &[Event]) -> Vec<(u64, u32)> {
    let pairs = events.iter().filter_map(|event| match event {
        Event::ReservationCreated { contact, agent, .. } => Some((contact.0, agent.0)),
        _ => None,
    });
    pairs.collect()
}

pub fn enqueue(contact: u64, queue: u32) -> Command {
    enqueue_at(contact, queue, 0, i64::try_from(contact).expect("small"))
}

pub fn enqueue_at(contact: u64, queue: u32, priority: u8, arrived_us: i64) -> Command {
    Command::Enqueue(Arrival {
        priority,
        arrived_us,
        ..arrival(contact, queue)
    })
}

/// A video contact with its number as time of arrival, which requires nothing.
pub fn arrival(contact: u64, queue: u32) -> Arrival {
    Arrival {
        contact: ContactId(contact),
        queue: QueueId(queue),
        channel: Channel::Video,
        priority: 0,
        arrived_us: i64::try_from(contact).expect("small"),
        requires: vec![],
        relax: vec![],
        max_wait: None,
        not_before_us: None,
        last_agent: None,
        internal: false,
        answered: false,
    }
}

/// An agent who takes one call at a time and has no skill.
pub fn assignment(agent: u32, queues: &[u32]) -> Assignment {
    Assignment {
        agent: AgentId(agent),
        queues: queues.iter().copied().map(QueueId).collect(),
        capacity: Capacity::default(),
        skills: vec![],
        weight: 1,
        rank: 0,
    }
}

pub fn abandon(contact: u64) -> Command {
    let contact = ContactId(contact);
    Command::Abandon { contact }
}

pub fn accept(contact: u64, agent: u32, epoch: u64) -> Command {
    Command::Accept {
        contact: ContactId(contact),
        agent: AgentId(agent),
        epoch: Epoch(epoch),
    }
}

pub fn reject(contact: u64, agent: u32, epoch: u64) -> Command {
    Command::Reject {
        contact: ContactId(contact),
        agent: AgentId(agent),
        epoch: Epoch(epoch),
    }
}

pub fn connect(contact: u64) -> Command {
    let contact = ContactId(contact);
    Command::Connect { contact }
}

pub fn complete(contact: u64) -> Command {
    let contact = ContactId(contact);
    Command::Complete { contact }
}

pub fn ready(agent: u32) -> Command {
    let agent = AgentId(agent);
    Command::AgentReady { agent }
}

pub fn not_ready(agent: u32, reason: NotReadyReason) -> Command {
    let agent = AgentId(agent);
    Command::AgentNotReady { agent, reason }
}

pub fn sign_out(agent: u32) -> Command {
    Command::AgentSignOut {
        agent: AgentId(agent),
        force: false,
    }
}

pub fn heartbeat(agent: u32) -> Command {
    let agent = AgentId(agent);
    Command::AgentHeartbeat { agent }
}

pub fn wrap_up_done(agent: u32, contact: u64) -> Command {
    Command::WrapUpDone {
        agent: AgentId(agent),
        contact: ContactId(contact),
    }
}

pub fn state(
    agent: u32,
    state: AgentState,
    reason: Option<NotReadyReason>,
    since_us: i64,
) -> Event {
    Event::AgentStateChanged {
        agent: AgentId(agent),
        state,
        reason,
        since_us,
    }
}

pub fn created(
    (contact, agent, epoch): (u64, u32, u64),
    expires_us: i64,
    (candidates, idle_since_us, waited_us): (u32, i64, i64),
) -> Event {
    Event::ReservationCreated {
        contact: ContactId(contact),
        agent: AgentId(agent),
        epoch: Epoch(epoch),
        expires_us,
        decision: Decision {
            strategy: Strategy::LongestIdle,
            candidates,
            compared: idle_since_us,
            idle_since_us,
            waited_us,
        },
    }
}

pub fn rescinded((contact, agent, epoch): (u64, u32, u64), reason: RescindReason) -> Event {
    Event::ReservationRescinded {
        contact: ContactId(contact),
        agent: AgentId(agent),
        epoch: Epoch(epoch),
        reason,
    }
}

pub fn requeued(contact: u64, queue: u32, reason: RequeueReason) -> Event {
    Event::ContactRequeued {
        contact: ContactId(contact),
        queue: QueueId(queue),
        reason,
    }
}
