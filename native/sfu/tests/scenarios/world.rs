//! The core and its peers on one virtual clock, with a network that delivers at once.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sfu::{
    CaptureItem, Command, Event, Mid, Output, Publish, Refusal, RefusalCode, RoomId, SessionId,
    Settings, Sfu, Source, Subscribe, TrackId,
};
use str0m::media::{Direction, MediaKind, Mid as StrMid};

use crate::peer::Peer;

pub const ROOM: RoomId = RoomId(1);

pub struct World {
    pub now: Instant,
    pub sfu: Sfu,
    pub server: SocketAddr,
    pub peers: Vec<Peer>,
    pub events: Vec<(u64, Event)>,
    pub captured: Vec<CaptureItem>,
    /// Datagrams from this peer are lost.
    pub cut: Option<usize>,
    /// Datagrams to this peer are lost.
    pub deaf: Option<usize>,
    /// What the peers have sent, if it is to be kept.
    pub heard: Option<Vec<Vec<u8>>>,
    next_request: u64,
}

/// What an offer asks for beside the description.
#[derive(Default)]
pub struct Mapping {
    pub publish: Vec<(StrMid, Source)>,
    pub subscribe: Vec<(StrMid, TrackId)>,
    pub auto: bool,
}

impl World {
    pub fn new() -> Self {
        let server: SocketAddr = ([192, 0, 2, 1], 3478).into();
        let now = Instant::now();
        let settings = Settings {
            addresses: vec![server],
            max_sessions: 5,
            video_start_kbps: 1500,
            video_max_kbps: 3000,
            disconnect_after: Duration::from_secs(8),
            close_after: Duration::from_secs(30),
        };
        let mut world = Self {
            now,
            sfu: Sfu::new(settings, now).expect("the address can be advertised"),
            server,
            peers: Vec::new(),
            events: Vec::new(),
            captured: Vec::new(),
            cut: None,
            deaf: None,
            heard: None,
            next_request: 1,
        };
        world.done(Command::OpenRoom { room: ROOM });
        world
    }

    /// Gives a command and returns its closing event.
    pub fn command(&mut self, command: Command) -> Event {
        let request = self.next_request;
        self.next_request += 1;
        self.sfu.handle_command(self.now, request, command);
        self.deliver();
        let mut closing = self
            .events
            .iter()
            .filter(|(r, _)| *r == request)
            .map(|(_, event)| event.clone());
        let event = closing.next().expect("every command is closed");
        assert!(closing.next().is_none(), "closed once");
        event
    }

    pub fn done(&mut self, command: Command) {
        let event = self.command(command);
        assert_eq!(event, Event::Done {});
    }

    pub fn refused(&mut self, command: Command) -> RefusalCode {
        match self.command(command) {
            Event::Refused { code, detail } => {
                assert!(!detail.is_empty());
                code
            }
            other => panic!("not refused: {other:?}"),
        }
    }

    /// A peer with a session of its own that may do everything.
    pub fn join(&mut self) -> usize {
        self.join_as(true, true, false)
    }

    /// The peer's index; its session and participant have the index plus one as number.
    pub fn join_as(&mut self, publish: bool, subscribe: bool, hidden: bool) -> usize {
        let index = self.peers.len();
        let number = index as u64 + 1;
        let host = u8::try_from(number).expect("few peers");
        self.peers
            .push(Peer::new(self.now, ([198, 51, 100, host], 5000).into()));
        self.done(Command::Join {
            room: ROOM,
            session: SessionId(number),
            participant: number,
            label: format!("visitor/{number}"),
            publish,
            withheld: Vec::new(),
            subscribe,
            hidden,
        });
        index
    }

    /// Sends an offer and gives the answer to the peer.
    pub fn negotiate(
        &mut self,
        peer: usize,
        sdp: &str,
        mapping: &Mapping,
    ) -> Result<String, Refusal> {
        match self.command(offer(peer, sdp, mapping)) {
            Event::Answer { sdp } => {
                self.peers[peer].accept(&sdp);
                self.run(Duration::from_millis(500));
                Ok(sdp)
            }
            Event::Refused { code, detail } => Err(Refusal { code, detail }),
            other => panic!("not an answer: {other:?}"),
        }
    }

    /// Connects a peer that publishes microphone and camera; says their sections.
    pub fn publisher(&mut self) -> (usize, StrMid, StrMid) {
        let peer = self.join();
        let (sdp, mids) = self.peers[peer].offer(&[
            (MediaKind::Audio, Direction::SendOnly),
            (MediaKind::Video, Direction::SendOnly),
        ]);
        let mapping = Mapping {
            publish: vec![(mids[0], Source::Microphone), (mids[1], Source::Camera)],
            ..Default::default()
        };
        self.negotiate(peer, &sdp, &mapping).expect("a good offer");
        assert!(self.peers[peer].connected);
        (peer, mids[0], mids[1])
    }

    /// Connects a peer that receives the tracks; says their sections.
    pub fn subscriber(&mut self, tracks: &[TrackId]) -> (usize, Vec<StrMid>) {
        let kinds = self.kinds(tracks);
        let peer = self.join();
        let (sdp, mids) = self.peers[peer].offer(&kinds);
        let mapping = Mapping {
            subscribe: mids.iter().copied().zip(tracks.iter().copied()).collect(),
            ..Default::default()
        };
        self.negotiate(peer, &sdp, &mapping).expect("a good offer");
        assert!(self.peers[peer].connected);
        (peer, mids)
    }

    fn kinds(&self, tracks: &[TrackId]) -> Vec<(MediaKind, Direction)> {
        let kind = |wanted: &TrackId| {
            self.events.iter().find_map(|(_, event)| match event {
                Event::TrackAdded { track, source, .. } if track == wanted => {
                    Some(match source.kind() {
                        sfu::Kind::Audio => MediaKind::Audio,
                        sfu::Kind::Video => MediaKind::Video,
                    })
                }
                _ => None,
            })
        };
        tracks
            .iter()
            .map(|track| (kind(track).expect("it was added"), Direction::RecvOnly))
            .collect()
    }

    /// The track that the peer publishes from this source.
    pub fn track(&self, peer: usize, wanted: Source) -> TrackId {
        let number = SessionId(peer as u64 + 1);
        self.events
            .iter()
            .rev()
            .find_map(|(_, event)| match event {
                Event::TrackAdded {
                    session,
                    track,
                    source,
                    ..
                } if *session == number && *source == wanted => Some(*track),
                _ => None,
            })
            .expect("it was added")
    }

    /// Lets datagrams and timers happen for this long.
    pub fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let next_core = self.deliver();
            let next_peer = self
                .peers
                .iter()
                .filter(|peer| peer.rtc.is_alive())
                .map(Peer::timeout)
                .min();
            let next = [next_core, next_peer].into_iter().flatten().min();
            // Timers may be due already; time goes on in any case.
            let next = next.unwrap_or(end).max(self.now + Duration::from_millis(1));
            if next > end {
                self.now = end;
                return;
            }
            self.now = next;
            self.sfu.handle_timeout(self.now);
            for peer in &mut self.peers {
                if peer.rtc.is_alive() && peer.timeout() <= self.now {
                    peer.handle_timeout(self.now);
                }
            }
        }
    }

    /// Carries all datagrams to their receivers until there are no more.
    pub fn deliver(&mut self) -> Option<Instant> {
        loop {
            let mut quiet = true;
            for index in 0..self.peers.len() {
                while let Some((to, datagram)) = self.peers[index].next_datagram() {
                    assert_eq!(to, self.server);
                    if let Some(heard) = &mut self.heard {
                        heard.push(datagram.clone());
                    }
                    if self.cut != Some(index) {
                        let source = self.peers[index].address;
                        self.sfu.handle_datagram(self.now, to, source, &datagram);
                    }
                    quiet = false;
                }
            }
            let timeout = loop {
                match self.sfu.poll_output() {
                    Output::Transmit(transmit) => {
                        quiet = false;
                        assert_eq!(transmit.local, self.server);
                        let to = transmit.destination;
                        let at = self.peers.iter().position(|peer| peer.address == to);
                        if let Some(at) = at.filter(|at| self.deaf != Some(*at)) {
                            let peer = &mut self.peers[at];
                            peer.handle_datagram(self.now, self.server, &transmit.payload);
                        }
                    }
                    Output::Event { request, event } => self.events.push((request, event)),
                    Output::Capture(item) => self.captured.push(item),
                    Output::Timeout(at) => break at,
                }
            };
            if quiet {
                return timeout;
            }
        }
    }

    /// Whether the event was told.
    pub fn told(&self, wanted: &Event) -> bool {
        self.events.iter().any(|(_, event)| event == wanted)
    }
}

pub fn offer(peer: usize, sdp: &str, mapping: &Mapping) -> Command {
    Command::Offer {
        session: SessionId(peer as u64 + 1),
        sdp: sdp.into(),
        publish: mapping
            .publish
            .iter()
            .map(|(mid, source)| Publish {
                mid: Mid::from(&**mid),
                source: *source,
            })
            .collect(),
        subscribe: mapping
            .subscribe
            .iter()
            .map(|(mid, track)| Subscribe {
                mid: Mid::from(&**mid),
                track: *track,
            })
            .collect(),
        auto: mapping.auto,
    }
}
