//! What can be asked of the machine.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::capacity::{Capacity, Channel};
use crate::id::{AgentId, ContactId, Epoch, QueueId};
use crate::max_wait::MaxWait;
use crate::measures::{Slice, Tally};
use crate::relaxation::Relaxation;
use crate::requirement::SkillLevel;
use crate::strategy::Strategy;
use crate::{DURATION_US_MAX, SERVICE_LEVEL_US_DEFAULT, SHORT_ABANDON_US_DEFAULT};

/// One request. In JSON an object whose `type` is the name in snake case; the same bytes serve
/// Python, the log and its replay.
///
/// Every command is closed by exactly one [`Done`](crate::Event::Done) or
/// [`Refused`](crate::Event::Refused); a refused one has changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Opens a queue, or gives an open one new settings, which hold from the next offer or wrap-up.
    QueuePut {
        /// The queue.
        queue: QueueId,
        /// How long an offer may ring, in microseconds; more than 0.
        offer_timeout_us: i64,
        /// How long an agent may wrap up, in microseconds; 0: no wrap-up.
        wrap_up_us: i64,
        /// Most contacts waiting at once. One that goes straight to an agent doesn't wait, and one
        /// that returns from an agent is never refused.
        max_waiting: u32,
        /// How an agent is chosen.
        #[serde(default)]
        strategy: Strategy,
        /// What the strategy `random` draws from.
        #[serde(default)]
        seed: u64,
        /// How much waiting one point of priority is worth, in microseconds, for contacts that
        /// arrive from now on. Left out: so much that priority always goes first.
        #[serde(default = "always_first")]
        priority_worth_us: i64,
        /// How fast waiting makes the queue's contacts urgent compared with other queues, 1 to
        /// [`SLOPE_MAX`](crate::SLOPE_MAX). An agent of several queues takes the contact for which
        /// slope times (wait plus worth of the priority) is the largest.
        #[serde(default = "one")]
        slope: u16,
        /// An answer within this time after the arrival is in time, in microseconds; more than 0.
        #[serde(default = "service_level")]
        service_level_us: i64,
        /// Who leaves within this time after the arrival counts as a short abandon, in microseconds.
        #[serde(default = "short_abandon")]
        short_abandon_us: i64,
    },
    /// Ends the waiting in a queue, as at closing time. Who is called back (see `defer`) stays, and
    /// so do offers and calls.
    QueueEmpty {
        /// The queue.
        queue: QueueId,
        /// The queue that its contacts go to, keeping their places by arrival and priority, also
        /// where it is full; left out: they are dismissed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<QueueId>,
    },
    /// Takes a queue away, with whoever waits in it. Its agents don't serve it any more.
    QueueClose {
        /// The queue.
        queue: QueueId,
        /// As in `queue_empty`, for all of its contacts: those who are deferred, on offer (it goes
        /// on ringing) or in a call too, and steps of others that lead here lead there. Left out:
        /// contacts are dismissed, also those on offer; refused while one is in a call; and steps
        /// that lead here change the queue no more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<QueueId>,
    },
    /// Brings an agent onto the floor, not ready yet.
    AgentSignIn(Assignment),
    /// Changes what an agent on the floor serves and can. An offer that rings and a call go on.
    AgentAssign(Assignment),
    /// Takes an agent off the floor. Refused while they have a contact, unless forced: then it goes
    /// back to its place.
    AgentSignOut {
        /// The agent.
        agent: AgentId,
        /// Also out of a call.
        #[serde(default)]
        force: bool,
    },
    /// The agent takes contacts, from now or from the end of the call or wrap-up.
    AgentReady {
        /// The agent.
        agent: AgentId,
    },
    /// The agent takes no more contacts, from now or from the end of the call or wrap-up. An offer
    /// that rings is taken back.
    AgentNotReady {
        /// The agent.
        agent: AgentId,
        /// Why.
        reason: NotReadyReason,
    },
    /// The agent's page is alive.
    AgentHeartbeat {
        /// The agent.
        agent: AgentId,
    },
    /// A contact arrives.
    Enqueue(Arrival),
    /// The customer of a waiting contact is called back: its wait may be as long as it takes. Until
    /// that moment it is not in line; then it takes the place of its arrival and priority.
    Defer {
        /// The contact, waiting or deferred already; on offer only for a moment that is not to come.
        contact: ContactId,
        /// In microseconds since the Unix epoch. Not after now: it is in line.
        until_us: i64,
    },
    /// The customer leaves before an agent accepted.
    Abandon {
        /// The contact.
        contact: ContactId,
    },
    /// The agent takes the offer.
    Accept {
        /// The contact on offer.
        contact: ContactId,
        /// The agent it is offered to.
        agent: AgentId,
        /// The offer's number.
        epoch: Epoch,
    },
    /// The agent declines the offer.
    Reject {
        /// The contact on offer.
        contact: ContactId,
        /// The agent it is offered to.
        agent: AgentId,
        /// The offer's number.
        epoch: Epoch,
    },
    /// Both sides of an accepted contact have media.
    Connect {
        /// The contact.
        contact: ContactId,
    },
    /// Somebody hung up, any time after the acceptance.
    Complete {
        /// The contact.
        contact: ContactId,
    },
    /// Moves a contact from its place, from an offer, or out of a call, to where it would come if it
    /// arrived like this; it is never refused for want of room. From a call the agent wraps up.
    Transfer {
        /// The contact, which is known, as it is to go on; with the time of its first arrival it
        /// keeps its place in line.
        arrival: Arrival,
    },
    /// Ends a consultation by giving the contact that it was about to the agent who was consulted.
    HandOver {
        /// The contact in the call of the agent who asked.
        contact: ContactId,
        /// The contact by which the other agent was asked, in a call with them, by the same channel.
        consult: ContactId,
    },
    /// The agent has finished the wrap-up of this contact.
    WrapUpDone {
        /// The agent.
        agent: AgentId,
        /// The contact that was completed.
        contact: ContactId,
    },
    /// Puts a running call back after a restart, whatever the agent's capacity. The agent has to be
    /// signed in without an offer; their heartbeat starts afresh, and they take contacts again.
    RestoreConnected {
        /// Who talks with it.
        agent: AgentId,
        /// When it was connected, in microseconds since the Unix epoch; left out: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connected_us: Option<i64>,
        /// The contact as it came.
        arrival: Arrival,
    },
    /// A new day has begun where the agents are: the strategy `fewest_contacts` counts from 0.
    DayStarted {},
    /// After a restart in the middle of a day: what has become of it so far.
    DayResumed {
        /// Queues. What has been counted since the restart stays; one that isn't open is left out.
        queues: Vec<QueueDay>,
        /// Agents, signed in or not. Instead of what has been counted since.
        agents: Vec<AgentDay>,
    },
    /// Changes the settings of the whole machine.
    Configure {
        /// How long an agent's page may be silent, in microseconds; more than 0.
        heartbeat_timeout_us: i64,
    },
}

/// What has become of a queue's contacts by the time of a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueDay {
    /// The queue.
    pub queue: QueueId,
    /// Since the day began.
    pub day: Tally,
    /// In the last slices of time, each at most once. They may be those of the day before.
    pub recent: Vec<Slice>,
}

/// What an agent has done by the time of a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentDay {
    /// The agent.
    pub agent: AgentId,
    /// Contacts accepted since the day began.
    pub contacts: u32,
    /// Ready or on offer since the day began, in microseconds.
    pub available_us: u64,
    /// In calls or wrap-up since the day began, in microseconds.
    pub occupied_us: u64,
    /// What `least_occupied` compares, had they been free since: when they would have had to stop, had
    /// they worked without a pause, in microseconds since the Unix epoch. Left out: never busy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_us: Option<i64>,
}

/// What an agent serves and can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The agent.
    pub agent: AgentId,
    /// The queues that the agent serves; all must be open.
    pub queues: Vec<QueueId>,
    /// Contacts at once.
    #[serde(default)]
    pub capacity: Capacity,
    /// What the agent can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<SkillLevel>,
    /// Share of contacts under the strategy `weighted`, 1 to [`WEIGHT_MAX`](crate::WEIGHT_MAX).
    #[serde(default = "one")]
    pub weight: u16,
    /// Place under the strategy `top_down`, the lowest first.
    #[serde(default)]
    pub rank: u16,
}

/// A contact as it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// The contact, not yet known.
    pub contact: ContactId,
    /// The queue.
    pub queue: QueueId,
    /// What it meets its agent by.
    #[serde(default)]
    pub channel: Channel,
    /// 0 to [`PRIORITY_MAX`](crate::PRIORITY_MAX), higher first.
    pub priority: u8,
    /// When it arrived, in microseconds since the Unix epoch. May lie before now (put back after a
    /// restart); a clock that was set back may make it lie after now.
    pub arrived_us: i64,
    /// What its agent must have, or at level 0 must not have, beside serving the queue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<SkillLevel>,
    /// What it requires instead, and where, the longer it waits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relax: Vec<Relaxation>,
    /// What comes of a wait that is too long; left out: it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_wait: Option<MaxWait>,
    /// The customer is called back, and until then is not in line: as `defer`, at once. No queue is
    /// too full for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before_us: Option<i64>,
    /// Who served the customer the last time, for the strategy `sticky`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_agent: Option<AgentId>,
    /// A colleague asks, and no customer: it waits and is offered as all do, and what becomes of it is
    /// in no queue's figures.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
    /// An agent accepted it before a restart, and it came back from them: its wait is counted. Of a
    /// contact that is known the machine knows it itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
}

fn always_first() -> i64 {
    DURATION_US_MAX
}

fn service_level() -> i64 {
    SERVICE_LEVEL_US_DEFAULT
}

fn short_abandon() -> i64 {
    SHORT_ABANDON_US_DEFAULT
}

fn one() -> u16 {
    1
}

/// Why an agent takes no contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReadyReason {
    /// Has just signed in.
    SignedIn,
    /// Has a break.
    Break,
    /// Is in a training.
    Training,
    /// Is in a meeting.
    Meeting,
    /// Let an offer ring until it timed out.
    MissedOffer,
    /// Declined an offer.
    RejectedOffer,
}

/// The bytes are no command. The text names the field and what would be right.
#[derive(Debug, thiserror::Error)]
#[error("malformed command: {0}")]
pub struct MalformedCommand(String);

impl Command {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`MalformedCommand`] for anything else than one well-formed command without extra fields.
    pub fn from_json(bytes: &[u8]) -> Result<Self, MalformedCommand> {
        // serde would also take a list of the tag and the fields.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(MalformedCommand("must be a JSON object".into()));
        }
        serde_json::from_slice(bytes).map_err(|error| {
            let named = serde_json::from_slice(bytes)
                .ok()
                .and_then(|object| name_culprit(&object));
            MalformedCommand(named.unwrap_or_else(|| error.to_string()))
        })
    }

    /// The JSON form.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a command holds only numbers, lists and names")
    }
}

/// The error with the field whose value is wrong, which serde does not tell for a tagged enum: the
/// one whose removal changes the error. `None` when the text names it anyway (unknown, missing).
fn name_culprit(object: &Map<String, Value>) -> Option<String> {
    let error = |object: Map<String, Value>| {
        serde_json::from_value::<Command>(Value::Object(object))
            .err()
            .map(|error| error.to_string())
    };
    let text = error(object.clone())?;
    if text.starts_with("unknown field") || text.starts_with("missing field") {
        return None;
    }
    let field = object.keys().find(|field| {
        let mut rest = object.clone();
        rest.remove(*field);
        error(rest).as_ref() != Some(&text)
    })?;
    Some(format!("field `{field}`: {text}"))
}
