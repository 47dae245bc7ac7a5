//! What the core says, as tagged JSON objects.

use serde::Serialize;

use crate::codec::{Codec, Kind};
use crate::command::Source;
use crate::error::RefusalCode;
use crate::id::{Mid, RoomId, SessionId, TrackId};

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClosedReason {
    /// By a `leave` command.
    Left,
    /// Its room was closed.
    RoomClosed,
    /// The peer closed the connection.
    PeerClosed,
    /// Nothing was heard of the peer for too long.
    Silent,
    /// The peer connection failed beyond repair (for example a wrong certificate).
    Failed,
}

/// Counters of one session since its first offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SessionStats {
    /// Datagrams sent, bytes without UDP and IP headers.
    pub bytes_sent: u64,
    /// Datagrams received.
    pub bytes_received: u64,
    /// Datagrams sent.
    pub packets_sent: u64,
    /// Datagrams received and accepted.
    pub packets_received: u64,
    /// Media packets forwarded to this session.
    pub media_packets_sent: u64,
    /// Media packets this session published.
    pub media_packets_received: u64,
    /// Keyframes asked of this session.
    pub keyframe_requests: u64,
    /// Datagrams from this session's addresses that made no sense.
    pub datagram_errors: u64,
}

/// An event. The commands' closing events carry their request number, all others 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The command was carried out.
    Done {},
    /// The command was not carried out.
    Refused {
        /// For programs.
        code: RefusalCode,
        /// For people.
        detail: String,
    },
    /// The offer was accepted.
    Answer {
        /// The session description to give to the peer.
        sdp: String,
    },
    /// A session's counters.
    Stats {
        /// The session.
        session: SessionId,
        /// The counters.
        #[serde(flatten)]
        stats: SessionStats,
    },
    /// Media can flow: ICE and DTLS are up, for the first time or again.
    SessionConnected {
        /// The session.
        session: SessionId,
    },
    /// The peer is silent; it may come back by itself or with an ICE restart.
    SessionDisconnected {
        /// The session.
        session: SessionId,
    },
    /// The session is gone.
    SessionClosed {
        /// The session.
        session: SessionId,
        /// Why.
        reason: ClosedReason,
    },
    /// Something is published.
    TrackAdded {
        /// Where.
        room: RoomId,
        /// By which session.
        session: SessionId,
        /// By whom.
        participant: u64,
        /// Its number.
        track: TrackId,
        /// What it is.
        source: Source,
        /// Audio or video.
        kind: Kind,
        /// The codec that the publisher is expected to use.
        codec: Codec,
        /// Whether the server drops its packets.
        muted: bool,
    },
    /// A track was muted or unmuted, or its codec turned out to be another.
    TrackChanged {
        /// The track.
        track: TrackId,
        /// Whether the server drops its packets.
        muted: bool,
        /// The codec.
        codec: Codec,
    },
    /// A track is not published any more.
    TrackRemoved {
        /// Where it was.
        room: RoomId,
        /// The track.
        track: TrackId,
    },
    /// A receiver can't be given a track that it asked for (or was bound to).
    SubscriptionFailed {
        /// The receiving session.
        session: SessionId,
        /// Its media section.
        mid: Mid,
        /// The track.
        track: TrackId,
        /// Why.
        code: RefusalCode,
    },
    /// All logs of the room are on disk.
    CaptureStopped {
        /// The room.
        room: RoomId,
        /// Their paths.
        files: Vec<String>,
    },
    /// The writer was too slow: packets are missing in the capture.
    CaptureGap {
        /// The room.
        room: RoomId,
        /// The track.
        track: TrackId,
        /// How many.
        packets: u64,
    },
}
