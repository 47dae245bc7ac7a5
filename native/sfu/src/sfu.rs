//! The core: sessions, rooms, tracks, and what goes in and out.
//!
//! Call order: after each `handle_*` call [`Sfu::poll_output`] until it returns
//! [`Output::Timeout`], then wait for that time, a datagram or a command.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::capture::CaptureItem;
use crate::demux::{Datagram, Demux, classify};
use crate::error::Refusal;
use crate::event::{ClosedReason, Event};
use crate::id::{Mid, RoomId, SessionId, TrackId};
use crate::member::{Member, Reach};
use crate::room::{Room, Track};
use crate::session::{Polled, Received, SessionFactory};
use crate::timers::{Timer, Timers};

/// Deadlines served in one call, so that datagrams don't wait behind them.
const TIMERS_PER_CALL_BOUND: usize = 64;

/// How the core behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where peers reach the socket; said in every answer.
    pub addresses: Vec<SocketAddr>,
    /// Sessions at a time; more are refused.
    pub max_sessions: usize,
    /// Rate at which a browser's video encoder begins, kbit/s.
    pub video_start_kbps: u32,
    /// Rate that a browser's video encoder never exceeds, kbit/s.
    pub video_max_kbps: u32,
    /// Silence after which a peer counts as disconnected.
    pub disconnect_after: Duration,
    /// Silence after which a session is closed.
    pub close_after: Duration,
}

/// What [`Sfu::poll_output`] returns.
#[derive(Debug)]
pub enum Output {
    /// Send a datagram.
    Transmit(Transmit),
    /// Tell the one who gives the commands.
    Event {
        /// The command it closes, 0 for none.
        request: u64,
        /// What to tell.
        event: Event,
    },
    /// Write something down.
    Capture(CaptureItem),
    /// Nothing more now; call [`Sfu::handle_timeout`] at this time, if there is one.
    Timeout(Option<Instant>),
}

/// A datagram to send.
#[derive(Debug)]
pub struct Transmit {
    /// Which of the advertised addresses it leaves from.
    pub local: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// Sums over all sessions since the start, and what is there now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    /// Sessions now.
    pub sessions: u64,
    /// Rooms now.
    pub rooms: u64,
    /// Published tracks now.
    pub tracks: u64,
    /// Datagrams that a session took.
    pub datagrams_received_total: u64,
    /// Datagrams sent.
    pub datagrams_sent_total: u64,
    /// Bytes of the datagrams taken.
    pub received_bytes_total: u64,
    /// Bytes of the datagrams sent.
    pub sent_bytes_total: u64,
    /// Datagrams of strangers, dropped.
    pub datagrams_unknown_total: u64,
    /// Datagrams from a session's address that made no sense, dropped.
    pub datagram_errors_total: u64,
    /// Media packets that publishers sent.
    pub media_packets_received_total: u64,
    /// Media packets given to receivers.
    pub media_packets_forwarded_total: u64,
    /// Keyframes asked of publishers.
    pub keyframe_requests_total: u64,
    /// Offers that were refused.
    pub offers_refused_total: u64,
}

/// The media core. See the [module](self) for the order of calls.
pub struct Sfu {
    pub(crate) settings: Settings,
    pub(crate) factory: SessionFactory,
    pub(crate) rooms: HashMap<RoomId, Room>,
    pub(crate) sessions: HashMap<SessionId, Member>,
    pub(crate) tracks: HashMap<TrackId, Track>,
    pub(crate) next_track: u64,
    pub(crate) demux: Demux,
    pub(crate) timers: Timers,
    pub(crate) counters: Counters,
    /// The latest time that came in; it never runs back.
    pub(crate) now: Instant,
    dirty: VecDeque<SessionId>,
    outputs: VecDeque<Output>,
}

impl Sfu {
    /// A core without rooms, at the time `now`.
    ///
    /// # Errors
    /// When an advertised address can't be one, or there is none.
    pub fn new(settings: Settings, now: Instant) -> Result<Self, Refusal> {
        Ok(Self {
            factory: SessionFactory::new(&settings.addresses)?,
            settings,
            rooms: HashMap::new(),
            sessions: HashMap::new(),
            tracks: HashMap::new(),
            next_track: 1,
            demux: Demux::default(),
            timers: Timers::default(),
            counters: Counters::default(),
            now,
            dirty: VecDeque::new(),
            outputs: VecDeque::new(),
        })
    }

    /// Takes a datagram that came from `source` to `local`, one of the advertised addresses.
    /// Whatever it is, no other session is disturbed.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        local: SocketAddr,
        source: SocketAddr,
        datagram: &[u8],
    ) {
        let now = self.advance(now);
        let received = Received {
            local,
            source,
            datagram,
        };
        let kind = classify(datagram);
        let named = match kind {
            Datagram::Stun(Some(ufrag)) => self.demux.by_ufrag(ufrag),
            Datagram::Stun(None) | Datagram::Other => self.demux.by_address(source),
            Datagram::Unknown => None,
        };
        let Some((session, member)) =
            named.and_then(|session| Some((session, self.sessions.get_mut(&session)?)))
        else {
            self.counters.datagrams_unknown_total += 1;
            return;
        };
        let Some(peer) = member
            .peer
            .as_mut()
            .filter(|peer| peer.accepts(now, received))
        else {
            self.counters.datagrams_unknown_total += 1;
            return;
        };
        if !peer.handle_datagram(now, received) {
            self.counters.datagram_errors_total += 1;
            member.stats.datagram_errors += 1;
        }
        let bytes = datagram.len() as u64;
        member.stats.packets_received += 1;
        member.stats.bytes_received += bytes;
        self.counters.datagrams_received_total += 1;
        self.counters.received_bytes_total += bytes;
        member.last_heard = now;
        if member.reach == Reach::Silent {
            member.reach = Reach::Connected;
            self.tell(Event::SessionConnected { session });
        }
        if matches!(kind, Datagram::Stun(_)) {
            self.demux.prove(source, session, now);
        }
        self.touch(session);
        self.serve();
    }

    /// Lets time pass. Serves a bounded number of deadlines; poll again for the rest.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.advance(now);
        for _ in 0..TIMERS_PER_CALL_BOUND {
            let Some(timer) = self.timers.pop_due(now) else {
                break;
            };
            match timer {
                Timer::Peer(session) => {
                    if let Some(peer) = self
                        .sessions
                        .get_mut(&session)
                        .and_then(|m| m.peer.as_mut())
                    {
                        peer.handle_timeout(now);
                        self.touch(session);
                    }
                }
                Timer::Silence(session) => self.check_silence(session),
                Timer::Keyframe(track) => {
                    if let Some(entry) = self.tracks.get_mut(&track)
                        && entry.keyframes.handle_timeout(now)
                    {
                        self.ask_for_keyframe(track);
                    }
                }
            }
        }
        self.serve();
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Timeout(self.timers.next()))
    }

    /// Sums and gauges at this moment.
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters {
            sessions: self.sessions.len() as u64,
            rooms: self.rooms.len() as u64,
            tracks: self.tracks.len() as u64,
            ..self.counters
        }
    }

    pub(crate) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }

    /// Says something unasked.
    pub(crate) fn tell(&mut self, event: Event) {
        self.reply(0, event);
    }

    pub(crate) fn reply(&mut self, request: u64, event: Event) {
        self.outputs.push_back(Output::Event { request, event });
    }

    pub(crate) fn capture(&mut self, item: CaptureItem) {
        self.outputs.push_back(Output::Capture(item));
    }

    /// The session has to be polled.
    pub(crate) fn touch(&mut self, session: SessionId) {
        if let Some(member) = self.sessions.get_mut(&session)
            && !member.dirty
        {
            member.dirty = true;
            self.dirty.push_back(session);
        }
    }

    /// Polls every touched session dry. What one publishes touches its receivers.
    pub(crate) fn serve(&mut self) {
        while let Some(session) = self.dirty.pop_front() {
            if let Some(member) = self.sessions.get_mut(&session) {
                member.dirty = false;
                self.poll_session(session);
            }
        }
    }

    fn poll_session(&mut self, session: SessionId) {
        while let Some(member) = self.sessions.get_mut(&session)
            && let Some(peer) = member.peer.as_mut()
        {
            match peer.poll() {
                Polled::Transmit(transmit) => {
                    let bytes = transmit.payload.len() as u64;
                    member.stats.packets_sent += 1;
                    member.stats.bytes_sent += bytes;
                    self.counters.datagrams_sent_total += 1;
                    self.counters.sent_bytes_total += bytes;
                    self.outputs.push_back(Output::Transmit(transmit));
                }
                Polled::Packet(packet) => {
                    member.stats.media_packets_received += 1;
                    self.counters.media_packets_received_total += 1;
                    self.fan_out(session, &packet);
                }
                Polled::KeyframeWanted(mid) => {
                    let track = member.streams.get(&mid).and_then(|stream| stream.track);
                    if let Some(track) = track {
                        self.want_keyframe(track);
                    }
                }
                Polled::Connected => {
                    member.reach = Reach::Connected;
                    self.connected(session);
                }
                Polled::Closed => return self.close(session, ClosedReason::PeerClosed),
                Polled::Broken => return self.close(session, ClosedReason::Failed),
                Polled::Timeout(at) => {
                    self.timers
                        .set(Timer::Peer(session), Some(at.max(self.now)));
                    return;
                }
            }
        }
    }

    fn connected(&mut self, session: SessionId) {
        self.tell(Event::SessionConnected { session });
        self.arm_silence(session);
        // Nothing was sent before; decoders begin with a keyframe.
        let bound: Vec<TrackId> = self.sessions[&session]
            .streams
            .values()
            .filter_map(|stream| stream.track)
            .collect();
        for track in bound {
            self.want_keyframe(track);
        }
    }

    pub(crate) fn arm_silence(&mut self, session: SessionId) {
        let Some(member) = self.sessions.get(&session).filter(|m| m.peer.is_some()) else {
            return;
        };
        let patience = match member.reach {
            Reach::Connected => self.settings.disconnect_after,
            Reach::New | Reach::Silent => self.settings.close_after,
        };
        self.timers
            .set(Timer::Silence(session), Some(member.last_heard + patience));
    }

    fn check_silence(&mut self, session: SessionId) {
        let Some(member) = self.sessions.get_mut(&session) else {
            return;
        };
        let silent = self.now.saturating_duration_since(member.last_heard);
        if silent >= self.settings.close_after {
            return self.close(session, ClosedReason::Silent);
        }
        if member.reach == Reach::Connected && silent >= self.settings.disconnect_after {
            member.reach = Reach::Silent;
            self.tell(Event::SessionDisconnected { session });
        }
        self.arm_silence(session);
    }

    /// Ends a session: its tracks, its receiving, its peer connection (with a farewell).
    pub(crate) fn close(&mut self, session: SessionId, reason: ClosedReason) {
        let Some(member) = self.sessions.get_mut(&session) else {
            return;
        };
        let published: Vec<TrackId> = member.published.values().copied().collect();
        let streams: Vec<Mid> = member.streams.keys().cloned().collect();
        for track in published {
            self.remove_track(track);
        }
        for mid in streams {
            self.unbind(session, &mid);
        }
        let Some(mut member) = self.sessions.remove(&session) else {
            return;
        };
        if let Some(mut peer) = member.peer.take() {
            peer.close();
            // The farewell is a few datagrams at most; what is not sent at once is not sent.
            while let Polled::Transmit(transmit) = peer.poll() {
                self.outputs.push_back(Output::Transmit(transmit));
            }
        }
        if let Some(room) = self.rooms.get_mut(&member.room) {
            room.sessions.remove(&session);
        }
        self.demux.remove_ufrag(&member.ufrag);
        self.demux.remove_session(session);
        self.timers.set(Timer::Peer(session), None);
        self.timers.set(Timer::Silence(session), None);
        self.tell(Event::SessionClosed { session, reason });
    }
}
