//! What the machine answers.
//!
//! Within one step the events stand in the order in which things end and begin: the reservation,
//! then the contact, then the agent, then what follows from it (the next offer); the closing
//! [`Event::Done`] last.

use serde::{Deserialize, Serialize};

use crate::command::NotReadyReason;
use crate::id::{AgentId, CommandId, ContactId, Epoch, QueueId};
use crate::strategy::Strategy;

/// Takes the events in their order.
pub trait EventSink {
    /// Takes one event.
    fn emit(&mut self, envelope: Envelope);
}

impl EventSink for Vec<Envelope> {
    fn emit(&mut self, envelope: Envelope) {
        self.push(envelope);
    }
}

/// An event with its place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// 1 for the machine's first event, then without gaps.
    pub seq: u64,
    /// When, in microseconds since the Unix epoch; never less than before. A timer's event carries
    /// the time at which it was due, whenever the driver came.
    pub at_us: i64,
    /// The command that caused it; 0: a timer.
    pub command: CommandId,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Envelope {
    /// The JSON form: the envelope's fields and the event's in one object.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("an event holds only numbers, texts and names")
    }
}

/// One thing that happened. In JSON an object whose `type` is the name in snake case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A contact was taken in.
    ContactEnqueued {
        /// The contact.
        contact: ContactId,
        /// Its queue.
        queue: QueueId,
        /// Its priority.
        priority: u8,
        /// When it arrived, in microseconds since the Unix epoch.
        arrived_us: i64,
    },
    /// A contact is offered to an agent; from now on nobody else gets it.
    ReservationCreated {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
        /// The offer's number, to be given back with the answer.
        epoch: Epoch,
        /// When the offer ends unless it is answered, in microseconds since the Unix epoch.
        expires_us: i64,
        /// Why this agent and this contact.
        decision: Decision,
    },
    /// The agent took the offer.
    ReservationAccepted {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
        /// The offer's number.
        epoch: Epoch,
    },
    /// The agent declined the offer.
    ReservationRejected {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
        /// The offer's number.
        epoch: Epoch,
    },
    /// The agent let the offer ring until its end.
    ReservationTimedOut {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
        /// The offer's number.
        epoch: Epoch,
    },
    /// The offer was taken back.
    ReservationRescinded {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
        /// The offer's number.
        epoch: Epoch,
        /// Why.
        reason: RescindReason,
    },
    /// A contact came back from an agent, to its old place.
    ContactRequeued {
        /// The contact.
        contact: ContactId,
        /// Its queue.
        queue: QueueId,
        /// Why.
        reason: RequeueReason,
    },
    /// A contact waited so long that it requires something else, or is in another queue.
    ContactRelaxed {
        /// The contact.
        contact: ContactId,
        /// Its queue from now on.
        queue: QueueId,
        /// Which step of its schedule this was, from 1.
        step: u8,
    },
    /// A contact is in another queue, as its own was emptied or closed.
    ContactMoved {
        /// The contact.
        contact: ContactId,
        /// Its queue from now on.
        queue: QueueId,
    },
    /// A contact is not in line until its customer is to be called back.
    ContactDeferred {
        /// The contact.
        contact: ContactId,
        /// Its queue.
        queue: QueueId,
        /// When it takes its place, in microseconds since the Unix epoch.
        until_us: i64,
    },
    /// A deferred contact has taken its place in line.
    ContactDue {
        /// The contact.
        contact: ContactId,
        /// Its queue.
        queue: QueueId,
    },
    /// A contact has waited as long as it should at most, and stays.
    ContactOverdue {
        /// The contact.
        contact: ContactId,
        /// Its queue.
        queue: QueueId,
    },
    /// A contact was sent away.
    ContactDismissed {
        /// The contact.
        contact: ContactId,
        /// Its queue.
        queue: QueueId,
        /// Why.
        reason: DismissReason,
    },
    /// The customer left before an agent accepted.
    ContactAbandoned {
        /// The contact.
        contact: ContactId,
        /// Its queue.
        queue: QueueId,
        /// How far it had come.
        phase: AbandonPhase,
    },
    /// Both sides have media.
    ContactConnected {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
    },
    /// The call is over.
    ContactCompleted {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
        /// From connected to now, in microseconds; 0 if it never was.
        talk_us: i64,
    },
    /// A contact was moved: to another queue, or to the agent who was consulted.
    ContactTransferred {
        /// The contact.
        contact: ContactId,
        /// Whose hands it left, after they had accepted it.
        from: Option<AgentId>,
        /// Its queue from now on.
        queue: QueueId,
        /// Who has it from now on, connected; none: it waits, or is offered next.
        to: Option<AgentId>,
        /// From connected to now, in microseconds; 0 if it never was.
        talk_us: i64,
    },
    /// The agent wraps up.
    WrapUpStarted {
        /// The agent.
        agent: AgentId,
        /// The contact that was completed or transferred.
        contact: ContactId,
        /// When the wrap-up ends by itself, in microseconds since the Unix epoch.
        ends_us: i64,
    },
    /// The wrap-up is over.
    WrapUpEnded {
        /// The agent.
        agent: AgentId,
        /// The contact that was completed.
        contact: ContactId,
    },
    /// An agent's state is another one.
    AgentStateChanged {
        /// The agent.
        agent: AgentId,
        /// The new state.
        state: AgentState,
        /// Why, if the state is not ready.
        reason: Option<NotReadyReason>,
        /// Since when, in microseconds since the Unix epoch. An agent whose offer was abandoned is
        /// ready since before the offer.
        since_us: i64,
    },
    /// Closes a command that was carried out.
    Done {},
    /// Closes a command that changed nothing.
    Refused {
        /// What kind of reason.
        code: RefusalCode,
        /// The value that was wrong, and what would be right.
        detail: String,
    },
}

/// What a reservation was decided on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// How the agent was chosen.
    pub strategy: Strategy,
    /// Ready agents who serve the contact's queue, the chosen one included, whatever their skills.
    pub candidates: u32,
    /// What the strategy compared, of the chosen one. The lowest was first, with `best_skill` the
    /// highest: `longest_idle` ready since, microseconds since the Unix epoch; `round_robin` epoch
    /// of the last offer; `least_occupied` when the agent would have had to stop, had they worked
    /// without a pause, microseconds; `fewest_contacts` contacts today; `best_skill` sum of the
    /// levels in the required skills; `weighted` millionths of a contact by weight; `top_down` rank;
    /// `random` the lot; `sticky` 0 for the contact's last agent, else 1.
    pub compared: i64,
    /// Since when the chosen agent was idle, in microseconds since the Unix epoch.
    pub idle_since_us: i64,
    /// How long the contact had waited since its arrival, in microseconds; at least 0.
    pub waited_us: i64,
}

/// Why an offer was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RescindReason {
    /// The customer left.
    Abandoned,
    /// The contact's queue was closed.
    QueueClosed,
    /// The agent's page fell silent.
    AgentLost,
    /// The agent signed out.
    AgentSignedOut,
    /// The agent went not ready.
    AgentNotReady,
    /// The contact was moved elsewhere.
    Transferred,
}

/// Why a contact came back from an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequeueReason {
    /// The agent declined it.
    Rejected,
    /// The agent let it ring.
    TimedOut,
    /// The agent's page fell silent, while it rang or during the call.
    AgentLost,
    /// The agent signed out while it rang, or was signed out during the call.
    AgentSignedOut,
    /// The agent went not ready while it rang.
    AgentNotReady,
}

/// Why a contact was sent away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DismissReason {
    /// It waited too long.
    MaxWait,
    /// Its queue was emptied.
    QueueEmptied,
    /// Its queue was closed.
    QueueClosed,
}

/// How far a contact had come when the customer left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbandonPhase {
    /// In its queue.
    Waiting,
    /// On offer.
    Offered,
    /// Not in line yet.
    Deferred,
}

/// What an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Not on the floor.
    Offline,
    /// Here, but takes no contacts.
    NotReady,
    /// Waits for a contact.
    Ready,
    /// Has an offer ringing.
    Reserved,
    /// Has accepted a contact.
    Busy,
    /// Finishes the work on a completed contact.
    WrapUp,
}

/// Kinds of reasons to refuse a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// No such contact, or it has left.
    UnknownContact,
    /// No such agent on the floor.
    UnknownAgent,
    /// No such queue.
    UnknownQueue,
    /// This contact is not on offer to this agent under this epoch (any more).
    StaleReservation,
    /// The contact or agent is in a state that does not allow it.
    WrongState,
    /// The contact is known already.
    DuplicateContact,
    /// The queue has no room.
    QueueFull,
    /// The agent is on the floor already.
    AlreadySignedIn,
    /// A value is out of its range.
    Invalid,
}

/// A refusal on its way to its event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: RefusalCode,
    pub detail: String,
}

impl Refusal {
    pub fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// Numbers and stamps the events of one step on their way to the sink.
pub(crate) struct Journal<'a> {
    pub sink: &'a mut dyn EventSink,
    pub seq: &'a mut u64,
    pub at_us: i64,
    pub command: CommandId,
}

impl Journal<'_> {
    pub fn emit(&mut self, event: Event) {
        *self.seq += 1;
        self.sink.emit(Envelope {
            seq: *self.seq,
            at_us: self.at_us,
            command: self.command,
            event,
        });
    }
}
