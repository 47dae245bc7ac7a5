//! What can be asked of the machine.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{AgentId, ContactId, Epoch, QueueId};
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
    /// Brings an agent onto the floor, not ready yet.
    AgentSignIn {
        /// The agent.
        agent: AgentId,
        /// The queues that the agent serves; all must be open.
        queues: Vec<QueueId>,
        /// Video contacts at once: 1, or 0 for an agent who is here but gets none.
        video_slots: u8,
        /// What the agent can.
        #[serde(default)]
        skills: Vec<SkillLevel>,
        /// Share of contacts under the strategy `weighted`, 1 to
        /// [`WEIGHT_MAX`](crate::WEIGHT_MAX).
        #[serde(default = "one")]
        weight: u16,
        /// Place under the strategy `top_down`, the lowest first.
        #[serde(default)]
        rank: u16,
    },
    /// Changes what an agent on the floor serves and can. An offer that rings and a call go on.
    AgentAssign {
        /// The agent.
        agent: AgentId,
        /// As in `agent_sign_in`.
        queues: Vec<QueueId>,
        /// As in `agent_sign_in`.
        #[serde(default)]
        skills: Vec<SkillLevel>,
        /// As in `agent_sign_in`.
        #[serde(default = "one")]
        weight: u16,
        /// As in `agent_sign_in`.
        #[serde(default)]
        rank: u16,
    },
    /// Takes an agent off the floor. Refused during a call.
    AgentSignOut {
        /// The agent.
        agent: AgentId,
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
    Enqueue {
        /// The contact, not yet known.
        contact: ContactId,
        /// The queue.
        queue: QueueId,
        /// 0 to [`PRIORITY_MAX`](crate::PRIORITY_MAX), higher first.
        priority: u8,
        /// When it arrived, in microseconds since the Unix epoch. May lie before now (put back
        /// after a restart); a clock that was set back may make it lie after now.
        arrived_us: i64,
        /// What its agent must have, beside serving the queue.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requires: Vec<SkillLevel>,
        /// What it requires instead, and where, the longer it waits.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        relax: Vec<Relaxation>,
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
    /// The agent has finished the wrap-up of this contact.
    WrapUpDone {
        /// The agent.
        agent: AgentId,
        /// The contact that was completed.
        contact: ContactId,
    },
    /// Puts a running call back after a restart. The agent has to be signed in without a contact,
    /// and their heartbeat starts afresh.
    RestoreConnected {
        /// The contact, not yet known.
        contact: ContactId,
        /// The queue it came through.
        queue: QueueId,
        /// Who talks with it.
        agent: AgentId,
        /// As in `enqueue`.
        priority: u8,
        /// As in `enqueue`.
        arrived_us: i64,
        /// When it was connected, in microseconds since the Unix epoch; left out: now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connected_us: Option<i64>,
        /// As in `enqueue`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        requires: Vec<SkillLevel>,
        /// As in `enqueue`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        relax: Vec<Relaxation>,
    },
    /// A new day has begun where the agents are: the strategy `fewest_contacts` counts from 0.
    DayStarted {},
    /// Changes the settings of the whole machine.
    Configure {
        /// How long an agent's page may be silent, in microseconds; more than 0.
        heartbeat_timeout_us: i64,
    },
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
