//! A session as the core sees it: rights, mapping of media sections, state.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::codec::Kind;
use crate::command::Source;
use crate::event::SessionStats;
use crate::forwarding::Forwarder;
use crate::id::{Mid, RoomId, TrackId};
use crate::session::Session;

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// No media path yet.
    New,
    /// Media can flow.
    Connected,
    /// It could, but the peer has gone silent.
    Silent,
}

pub(crate) struct Member {
    pub(crate) room: RoomId,
    pub(crate) participant: u64,
    pub(crate) label: String,
    pub(crate) may_publish: bool,
    /// Sources that it may not publish all the same.
    pub(crate) withheld: Vec<Source>,
    pub(crate) may_subscribe: bool,
    /// Sections without an explicit mapping are bound to what fits.
    pub(crate) auto: bool,
    /// There from the first accepted offer on.
    pub(crate) peer: Option<Session>,
    /// Our user name fragment in connectivity checks.
    pub(crate) ufrag: String,
    /// Sections of the last offer in their order, with whether they were stopped.
    pub(crate) sections: Vec<(Mid, bool)>,
    pub(crate) published: BTreeMap<Mid, TrackId>,
    pub(crate) streams: BTreeMap<Mid, Stream>,
    pub(crate) reach: Reach,
    pub(crate) last_heard: Instant,
    pub(crate) stats: SessionStats,
    /// Waits to be polled.
    pub(crate) dirty: bool,
}

/// What we send in one section.
pub(crate) struct Stream {
    pub(crate) ssrc: u32,
    pub(crate) kind: Kind,
    /// The section may be used: the peer receives and the mapping wants it.
    pub(crate) open: bool,
    pub(crate) track: Option<TrackId>,
    pub(crate) forwarder: Forwarder,
}
