//! The matcher's commands and events, as far as a what-if has to know their fields.

use acd::{Command, CommandId, Envelope, Event, NotReadyReason};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A command of the journal, read for what it means here. Fields that aren't named are kept in its
/// JSON and not looked at.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Told {
    QueuePut {
        queue: u32,
    },
    AgentSignIn {
        agent: u32,
        queues: Vec<u32>,
    },
    AgentAssign {
        agent: u32,
        queues: Vec<u32>,
    },
    AgentSignOut {
        agent: u32,
    },
    AgentReady {
        agent: u32,
    },
    AgentNotReady {
        agent: u32,
    },
    Enqueue(Came),
    RestoreConnected {
        arrival: Came,
    },
    Transfer {
        arrival: Came,
    },
    HandOver {
        contact: u64,
        consult: u64,
    },
    Defer {
        contact: u64,
    },
    WrapUpDone {},
    QueueEmpty {},
    QueueClose {
        queue: u32,
    },
    DayStarted {},
    DayResumed {},
    Configure {
        heartbeat_timeout_us: i64,
    },
    #[serde(other)]
    Reaction,
}

/// A contact as it comes, or goes on.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Came {
    pub contact: u64,
    pub queue: u32,
    pub arrived_us: i64,
    #[serde(default)]
    pub requires: Value,
    #[serde(default)]
    pub relax: Value,
    /// The customer is called back.
    #[serde(default)]
    pub not_before_us: Option<i64>,
    /// A colleague asks, and no customer.
    #[serde(default)]
    pub internal: bool,
}

/// Reads a command's JSON form; `None`: it is none.
pub(crate) fn told(json: &[u8]) -> Option<Told> {
    serde_json::from_slice(json).ok()
}

/// An event, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// A contact was taken in.
    Enqueued {
        /// Which.
        contact: u64,
        /// Where.
        queue: u32,
        /// Since when it waits.
        arrived_us: i64,
    },
    /// It rings.
    Offered {
        /// Which contact.
        contact: u64,
        /// At whom.
        agent: u32,
        /// Number of the offer.
        epoch: u64,
    },
    /// The agent took it.
    Accepted {
        /// Which contact.
        contact: u64,
        /// Who.
        agent: u32,
    },
    /// The agent declined it.
    Rejected {
        /// Which contact.
        contact: u64,
        /// Who.
        agent: u32,
    },
    /// The agent let it ring.
    Missed {
        /// Which contact.
        contact: u64,
        /// Who.
        agent: u32,
    },
    /// It was taken back.
    Rescinded {
        /// Which contact.
        contact: u64,
    },
    /// It came back from an agent.
    Requeued {
        /// Which contact.
        contact: u64,
    },
    /// It requires something else now.
    Relaxed {
        /// Which contact.
        contact: u64,
        /// Where it waits now.
        queue: u32,
    },
    /// The customer left.
    Abandoned {
        /// Which contact.
        contact: u64,
    },
    /// It was sent away.
    Dismissed {
        /// Which contact.
        contact: u64,
    },
    /// It is in another queue, as its own was emptied or closed.
    Moved {
        /// Which contact.
        contact: u64,
        /// Where it waits now.
        queue: u32,
    },
    /// It goes on elsewhere.
    Transferred {
        /// Which contact.
        contact: u64,
        /// Out of a call.
        engaged: bool,
        /// In which queue it is now.
        queue: u32,
        /// Whether another agent has it already; otherwise it waits.
        taken: bool,
    },
    /// Both talk.
    Connected {
        /// Which contact.
        contact: u64,
    },
    /// The call is over.
    Completed {
        /// Which contact.
        contact: u64,
    },
    /// The agent takes notes.
    WrapUpStarted {
        /// Who.
        agent: u32,
        /// About which contact.
        contact: u64,
    },
    /// The notes are taken.
    WrapUpEnded {
        /// Who.
        agent: u32,
        /// About which contact.
        contact: u64,
    },
    /// An agent does something else.
    Agent {
        /// Who.
        agent: u32,
        /// What.
        does: Does,
    },
    /// The command changed nothing.
    Refused {
        /// Because the queue has no room.
        full: bool,
    },
    /// Nothing that matters here.
    Other,
}

/// What an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Not on the floor.
    Away,
    /// Takes no contacts, by their own will.
    Pauses,
    /// Takes no contacts since an offer was missed or declined.
    Punished,
    /// Waits for a contact, or has one ringing.
    Available,
    /// Talks.
    Busy,
    /// Takes notes.
    WrapsUp,
}

/// What an event says.
pub(crate) fn fact(envelope: &Envelope) -> Fact {
    match &envelope.event {
        Event::ContactEnqueued {
            contact,
            queue,
            arrived_us,
            ..
        } => Fact::Enqueued {
            contact: contact.0,
            queue: queue.0,
            arrived_us: *arrived_us,
        },
        Event::ReservationCreated {
            contact,
            agent,
            epoch,
            ..
        } => Fact::Offered {
            contact: contact.0,
            agent: agent.0,
            epoch: epoch.0,
        },
        Event::ReservationAccepted { contact, agent, .. } => Fact::Accepted {
            contact: contact.0,
            agent: agent.0,
        },
        Event::ReservationRejected { contact, agent, .. } => Fact::Rejected {
            contact: contact.0,
            agent: agent.0,
        },
        Event::ReservationTimedOut { contact, agent, .. } => Fact::Missed {
            contact: contact.0,
            agent: agent.0,
        },
        Event::ReservationRescinded { contact, .. } => Fact::Rescinded { contact: contact.0 },
        Event::ContactRequeued { contact, .. } => Fact::Requeued { contact: contact.0 },
        Event::ContactRelaxed { contact, queue, .. } => Fact::Relaxed {
            contact: contact.0,
            queue: queue.0,
        },
        Event::ContactAbandoned { contact, .. } => Fact::Abandoned { contact: contact.0 },
        Event::ContactDismissed { contact, .. } => Fact::Dismissed { contact: contact.0 },
        Event::ContactMoved { contact, queue } => Fact::Moved {
            contact: contact.0,
            queue: queue.0,
        },
        Event::ContactTransferred {
            contact,
            from,
            queue,
            to,
            ..
        } => Fact::Transferred {
            contact: contact.0,
            engaged: from.is_some(),
            queue: queue.0,
            taken: to.is_some(),
        },
        Event::ContactConnected { contact, .. } => Fact::Connected { contact: contact.0 },
        Event::ContactCompleted { contact, .. } => Fact::Completed { contact: contact.0 },
        Event::WrapUpStarted { agent, contact, .. } => Fact::WrapUpStarted {
            agent: agent.0,
            contact: contact.0,
        },
        Event::WrapUpEnded { agent, contact } => Fact::WrapUpEnded {
            agent: agent.0,
            contact: contact.0,
        },
        Event::AgentStateChanged {
            agent,
            state,
            reason,
            ..
        } => Fact::Agent {
            agent: agent.0,
            does: does(*state, *reason),
        },
        Event::Refused { code, .. } => Fact::Refused {
            full: *code == acd::RefusalCode::QueueFull,
        },
        _ => Fact::Other,
    }
}

fn does(state: acd::AgentState, reason: Option<NotReadyReason>) -> Does {
    match state {
        acd::AgentState::Offline => Does::Away,
        acd::AgentState::NotReady => match reason {
            Some(NotReadyReason::MissedOffer | NotReadyReason::RejectedOffer) => Does::Punished,
            _ => Does::Pauses,
        },
        acd::AgentState::Ready | acd::AgentState::Reserved => Does::Available,
        acd::AgentState::Busy => Does::Busy,
        acd::AgentState::WrapUp => Does::WrapsUp,
    }
}

/// Whether a timer caused it.
pub(crate) fn by_timer(envelope: &Envelope) -> bool {
    envelope.command == CommandId::TIMER
}

/// What people tell the matcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    Abandon {
        contact: u64,
    },
    Accept {
        contact: u64,
        agent: u32,
        epoch: u64,
    },
    Reject {
        contact: u64,
        agent: u32,
        epoch: u64,
    },
    Connect {
        contact: u64,
    },
    Complete {
        contact: u64,
    },
    HandOver {
        contact: u64,
        consult: u64,
    },
    WrapUpDone {
        agent: u32,
        contact: u64,
    },
    Ready {
        agent: u32,
    },
    SignOut {
        agent: u32,
    },
    Beat {
        agent: u32,
    },
    Empty {
        queue: u32,
    },
}

impl Word {
    pub fn command(self) -> Command {
        let value = match self {
            Self::Abandon { contact } => json!({"type": "abandon", "contact": contact}),
            Self::Accept {
                contact,
                agent,
                epoch,
            } => json!({"type": "accept", "contact": contact, "agent": agent, "epoch": epoch}),
            Self::Reject {
                contact,
                agent,
                epoch,
            } => json!({"type": "reject", "contact": contact, "agent": agent, "epoch": epoch}),
            Self::Connect { contact } => json!({"type": "connect", "contact": contact}),
            Self::Complete { contact } => json!({"type": "complete", "contact": contact}),
            Self::HandOver { contact, consult } => {
                json!({"type": "hand_over", "contact": contact, "consult": consult})
            }
            Self::WrapUpDone { agent, contact } => {
                json!({"type": "wrap_up_done", "agent": agent, "contact": contact})
            }
            Self::Ready { agent } => json!({"type": "agent_ready", "agent": agent}),
            Self::SignOut { agent } => json!({"type": "agent_sign_out", "agent": agent}),
            Self::Beat { agent } => json!({"type": "agent_heartbeat", "agent": agent}),
            Self::Empty { queue } => json!({"type": "queue_empty", "queue": queue}),
        };
        serde_json::from_value(value).expect("as native/acd writes it")
    }
}

/// The field of a contact that says since when it waits.
pub(crate) fn arrived_us(us: i64) -> (String, Value) {
    ("arrived_us".to_owned(), us.into())
}

/// A recorded command with other values of some fields.
///
/// # Errors
/// The text of who reads commands, when the values are none of theirs.
pub(crate) fn with_fields(json: &[u8], fields: &Map<String, Value>) -> Result<Command, String> {
    let mut object: Map<String, Value> =
        serde_json::from_slice(json).map_err(|error| error.to_string())?;
    object.extend(
        fields
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    let json = serde_json::to_vec(&object).map_err(|error| error.to_string())?;
    Command::from_json(&json).map_err(|error| error.to_string())
}
