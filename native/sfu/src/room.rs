//! Rooms and what is published in them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::codec::CodecParameters;
use crate::command::Source;
use crate::id::{Mid, RoomId, SessionId, TrackId};
use crate::keyframe::KeyframeThrottle;

/// A room. Sets are ordered so that the same commands give the same events.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) sessions: BTreeSet<SessionId>,
    pub(crate) tracks: BTreeSet<TrackId>,
    pub(crate) held: bool,
    /// Where its tracks are being captured.
    pub(crate) capture: Option<Arc<str>>,
}

/// A source that is published by a session.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) room: RoomId,
    pub(crate) session: SessionId,
    pub(crate) participant: u64,
    pub(crate) mid: Mid,
    pub(crate) source: Source,
    /// What the publisher sends, as negotiated first, as seen later.
    pub(crate) parameters: CodecParameters,
    pub(crate) muted: bool,
    pub(crate) keyframes: KeyframeThrottle,
    pub(crate) subscribers: Vec<(SessionId, Mid)>,
    pub(crate) capture: TrackCapture,
}

/// The capture state of a track.
#[derive(Debug, Default)]
pub(crate) struct TrackCapture {
    /// The log that is open.
    pub(crate) log: Option<Arc<crate::capture::CaptureTrack>>,
    /// Logs begun so far: a change of codec or another capture begins a new one.
    pub(crate) logs: u32,
}
