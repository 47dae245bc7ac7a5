//! What the capture's writer is told: which packets of which track go to which log.

use std::sync::Arc;

use crate::codec::Codec;
use crate::command::Source;
use crate::id::{RoomId, TrackId};
use crate::packet::Packet;

/// A packet log to write.
#[derive(Debug, PartialEq, Eq)]
pub struct CaptureTrack {
    /// The captured room.
    pub room: RoomId,
    /// The track.
    pub track: TrackId,
    /// 1 for the track's first log; more after a change of codec or another capture.
    pub part: u32,
    /// Where the capture was told to go.
    pub directory: Arc<str>,
    /// Whose track it is.
    pub participant: u64,
    /// The participant's label.
    pub label: String,
    /// What is captured.
    pub source: Source,
    /// In which codec.
    pub codec: Codec,
}

/// Work for the capture's writer, in this order per room.
#[derive(Debug)]
pub enum CaptureItem {
    /// Append a packet; the first of a log begins it.
    Packet {
        /// The log.
        log: Arc<CaptureTrack>,
        /// The packet.
        packet: Packet,
    },
    /// No more packets will come for this log.
    End {
        /// The log.
        log: Arc<CaptureTrack>,
    },
    /// Finish all logs of the room, then say `capture_stopped`.
    Stop {
        /// The room.
        room: RoomId,
        /// The command that this closes, 0 for none.
        request: u64,
    },
}
