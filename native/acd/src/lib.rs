//! The contact matcher: which waiting contact goes to which free agent, and when.
//!
//! A deterministic state machine, sans-IO: `(state, command, now) -> events`. It has no clock, no
//! thread and no lock; the same list of commands and times gives the same events, byte for byte.
//!
//! - [`Command`]: everything that can be asked of it. The JSON form is also the log's.
//! - [`Event`]: everything it answers, each in an [`Envelope`] with a number and a time.
//! - [`Machine`]: `apply` a command, `poll_timeout`, `handle_timeout`, `snapshot`.
//! - [`Snapshot`]: the queues as a board shows them.
//!
//! Inside, `floor` holds the rules over `queue`, `agent`, `reservation`, `contact` and `timers`.

mod agent;
mod command;
mod contact;
mod event;
mod floor;
mod id;
mod machine;
mod queue;
mod reservation;
mod snapshot;
mod timers;

pub use command::{Command, MalformedCommand, NotReadyReason};
pub use event::{
    AbandonPhase, AgentState, Decision, Envelope, Event, EventSink, RefusalCode, RequeueReason,
    RescindReason, Strategy,
};
pub use id::{AgentId, CommandId, ContactId, Epoch, QueueId};
pub use machine::Machine;
pub use snapshot::{QueueSnapshot, Snapshot};

/// Most queues that one machine holds.
pub const QUEUE_BOUND: usize = 4096;
/// Most agents signed in at once.
pub const AGENT_BOUND: usize = 200_000;
/// Highest priority of a contact.
pub const PRIORITY_MAX: u8 = 99;
/// Longest duration of any setting, in microseconds: 366 days.
pub const DURATION_US_MAX: i64 = 366 * 24 * 3600 * 1_000_000;
/// Heartbeat timeout until a `configure` command sets another, in microseconds.
pub const HEARTBEAT_TIMEOUT_US_DEFAULT: i64 = 20_000_000;
