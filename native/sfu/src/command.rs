//! What the core can be told, as tagged JSON objects.

use serde::{Deserialize, Serialize};

use crate::codec::Kind;
use crate::id::{Mid, RoomId, SessionId, TrackId};

/// Where a track's media comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The person's voice.
    Microphone,
    /// The person's face.
    Camera,
    /// A shared screen.
    Screen,
    /// Sound of a shared screen.
    ScreenAudio,
}

impl Source {
    /// Audio or video.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Microphone | Self::ScreenAudio => Kind::Audio,
            Self::Camera | Self::Screen => Kind::Video,
        }
    }

    /// The name as used in commands, events and capture headers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::ScreenAudio => "screen_audio",
        }
    }
}

/// A media section of an offer that carries a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The media section.
    pub mid: Mid,
    /// What it carries.
    pub source: Source,
}

/// A media section of an offer that is to receive a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// The media section.
    pub mid: Mid,
    /// What it is to receive.
    pub track: TrackId,
}

/// A command. Each is closed by exactly one [`Event`](crate::Event): `refused`, or what its
/// description says, `done` when it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Makes a room; harmless when it is there.
    OpenRoom {
        /// The room.
        room: RoomId,
    },
    /// Ends a room and every session in it.
    CloseRoom {
        /// The room.
        room: RoomId,
    },
    /// Adds a session to a room; media flows after its first offer.
    Join {
        /// An open room.
        room: RoomId,
        /// A number never used before.
        session: SessionId,
        /// Whose session it is; sessions of one participant don't receive each other in `auto`.
        participant: u64,
        /// Names the participant in captures.
        label: String,
        /// May send media.
        publish: bool,
        /// Sources that it may not send all the same.
        #[serde(default)]
        withheld: Vec<Source>,
        /// May receive media.
        subscribe: bool,
        /// Watches unseen: may receive, may never send.
        hidden: bool,
    },
    /// An SDP offer of the session's peer, the first or a later one. Its mapping replaces the
    /// previous one as a whole. Closed by `answer`.
    Offer {
        /// The session.
        session: SessionId,
        /// The session description.
        sdp: String,
        /// Sections that carry a source.
        publish: Vec<Publish>,
        /// Sections that receive a track.
        subscribe: Vec<Subscribe>,
        /// Choose both by order of appearance (WHIP, WHEP), also for tracks that come later.
        auto: bool,
    },
    /// Ends a session.
    Leave {
        /// The session.
        session: SessionId,
    },
    /// Stops or resumes a source in the server.
    SetMuted {
        /// The session.
        session: SessionId,
        /// The source.
        source: Source,
        /// Stop (true) or resume.
        muted: bool,
    },
    /// While held, nothing is forwarded or captured in the room.
    SetHold {
        /// The room.
        room: RoomId,
        /// Hold (true) or resume.
        held: bool,
    },
    /// Writes every track of the room to a packet log.
    StartCapture {
        /// The room.
        room: RoomId,
        /// An existing directory.
        directory: String,
    },
    /// Ends the capture. Closed by `capture_stopped` when all is on disk.
    StopCapture {
        /// The room.
        room: RoomId,
    },
    /// Reads a session's counters. Closed by `stats`.
    Stats {
        /// The session.
        session: SessionId,
    },
}
