//! The contact matcher: which waiting contact goes to which free agent, and when.
//!
//! A deterministic state machine, sans-IO: `(state, command, now) -> events`. It has no clock, no
//! thread and no lock; the same list of commands and times gives the same events, byte for byte.
//!
//! - [`Command`]: everything that can be asked of it. The JSON form is also the log's.
//! - [`Event`]: everything it answers, each in an [`Envelope`] with a number and a time.
//! - [`Machine`]: `apply` a command, `poll_timeout`, `handle_timeout`, `snapshot`.
//! - [`QueueFigures`]: a queue as a board shows it, counted by the machine as it goes.
//! - [`Shifts`]: the agents' day, worked out of the events by whoever reads them.
//! - [`Snapshot`]: who waits where, by looking at everybody.
//!
//! Inside, `dispatch` finds the rule for a command or a timer. The rules stand with what they are
//! about: `queue`, `closing`, `agent`, `contact`, `relaxation`, `max_wait`, `deferral`, `reservation`,
//! `transfer`, and `matching`, which brings agents and contacts together. They change the `floor`,
//! which owns everything. `index` finds who fits whom, by `class`, `requirement` and `capacity`; `strategy` and `workload` say who of those is first.

#![forbid(unsafe_code)]

mod agent;
mod capacity;
mod class;
mod closing;
mod command;
mod contact;
mod deferral;
mod dispatch;
mod event;
mod floor;
mod id;
mod index;
mod line;
mod machine;
mod matching;
mod max_wait;
mod measures;
mod queue;
mod relaxation;
mod requirement;
mod reservation;
mod sequence;
mod shifts;
mod snapshot;
mod strategy;
mod timers;
mod transfer;
mod work;
mod workload;

pub use capacity::{Allowance, Capacity, Channel, Channels};
pub use command::{
    AgentDay, Arrival, Assignment, Command, MalformedCommand, NotReadyReason, QueueDay,
};
pub use event::{
    AbandonPhase, AgentState, Decision, DismissReason, Envelope, Event, EventSink, RefusalCode,
    RequeueReason, RescindReason,
};
pub use id::{AgentId, CommandId, ContactId, Epoch, QueueId, SkillId};
pub use machine::{Machine, Tuning};
pub use max_wait::{AfterMaxWait, MaxWait};
pub use measures::{
    ARRIVAL_GRAIN_US, QUEUE_WORDS, QueueFigures, RECENT_SLICE_US, RECENT_SLICES,
    SERVICE_LEVEL_US_DEFAULT, SHORT_ABANDON_US_DEFAULT, Slice, Tally,
};
pub use relaxation::Relaxation;
pub use requirement::SkillLevel;
pub use shifts::{AGENT_WORDS, AgentFigures, SHIFT_BOUND, Shifts};
pub use snapshot::{QueueSnapshot, Snapshot};
pub use strategy::{Strategy, lot};

/// Raised by whoever changes what the same commands lead to, so that a journal is carried out again
/// only by the rules that it was recorded under.
pub const RULES_VERSION: u32 = 4;
/// Most queues that one machine holds.
pub const QUEUE_BOUND: usize = 4096;
/// Most agents signed in at once.
pub const AGENT_BOUND: usize = 200_000;
/// Agents who have signed out and whose day is known: of one more it begins anew when they return.
pub const AWAY_BOUND: usize = 2 * AGENT_BOUND;
/// Most contacts on the floor, waiting or with an agent.
pub const CONTACT_BOUND: usize = 1_800_000;
/// Most queues and skills that were ever named; enough for a skill that each agent alone has.
pub const ATTRIBUTE_BOUND: usize = 524_288;
/// Most contacts of one channel that an agent holds at once.
pub const SLOT_BOUND: u8 = 32;
/// Most skills of one agent: what they can, the groups and regions they are of, and that they are
/// themselves.
pub const AGENT_SKILL_BOUND: usize = 128;
/// Most skills that one contact requires.
pub const REQUIRED_SKILL_BOUND: usize = 32;
/// Most steps in which a contact requires less.
pub const RELAXATION_BOUND: usize = 48;
/// Different schedules of such steps that are shared between contacts.
const SCHEDULES_KEPT: usize = 4096;
/// Highest level of a skill.
pub const LEVEL_MAX: u8 = 10;
/// Highest slope of a queue.
pub const SLOPE_MAX: u16 = 1_000;
/// Highest weight of an agent.
pub const WEIGHT_MAX: u16 = 100;
/// Span after which the average of `least_occupied` has forgotten half, in microseconds.
pub const OCCUPANCY_HALF_LIFE_US: i64 = 30 * 60 * 1_000_000;
/// Highest priority of a contact.
pub const PRIORITY_MAX: u8 = 99;
/// Longest duration of any setting, in microseconds: 366 days.
pub const DURATION_US_MAX: i64 = 366 * 24 * 3600 * 1_000_000;
/// Heartbeat timeout until a `configure` command sets another, in microseconds.
pub const HEARTBEAT_TIMEOUT_US_DEFAULT: i64 = 20_000_000;
