//! Why a command was refused.

use serde::Serialize;

/// What kind of refusal, for a program to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RefusalCode {
    /// The session description can't be used; a corrected one may be sent on the same session.
    MalformedSdp,
    /// A media section has no codec that the other side takes.
    NoCommonCodec,
    /// No such room is open.
    UnknownRoom,
    /// No such session exists (any more).
    UnknownSession,
    /// No such track exists in the session's room (any more).
    UnknownTrack,
    /// The session was joined without the right to send.
    PublishNotGranted,
    /// The shard is at its limit; try another or later.
    TooManySessions,
    /// The session is at its limit of media sections.
    TooManyTracks,
    /// The session number was used before.
    DuplicateSession,
    /// The command contradicts itself or the state; the detail says how.
    Invalid,
}

/// A refusal: the command had no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?}: {detail}")]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For people: what was wrong, with which value.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}
