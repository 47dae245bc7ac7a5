//! A WebRTC client: the protocol library's full peer, as independent of the core as it gets here.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

/// A VP8 keyframe and a delta frame, as far as anybody looks into them.
pub const KEY: &[u8] = &[0x10, 0x50, 0x9d, 0x01, 0x2a, 1, 2, 3];
pub const DELTA: &[u8] = &[0x10, 0x51, 4, 5, 6];

/// A media packet that a peer received.
#[derive(Debug, Clone)]
pub struct Got {
    pub mid: Mid,
    pub sequence: u64,
    pub timestamp: u32,
    pub audio_level: Option<i8>,
    pub payload: Vec<u8>,
}

pub struct Peer {
    pub rtc: Rtc,
    pub address: SocketAddr,
    pub connected: bool,
    pub closed: bool,
    pub got: Vec<Got>,
    pub keyframes_asked: Vec<Mid>,
    pending: Option<SdpPendingOffer>,
    outbox: VecDeque<(SocketAddr, Vec<u8>)>,
    timeout: Instant,
    next_sequence: u64,
}

impl Peer {
    pub fn new(now: Instant, address: SocketAddr) -> Self {
        Self::with(RtcConfig::new(), now, address)
    }

    pub fn with(config: RtcConfig, now: Instant, address: SocketAddr) -> Self {
        let mut rtc = config.set_rtp_mode(true).build(now);
        let host = Candidate::host(address, "udp").expect("a plain address");
        rtc.add_local_candidate(host);
        Self {
            rtc,
            address,
            connected: false,
            closed: false,
            got: Vec::new(),
            keyframes_asked: Vec::new(),
            pending: None,
            outbox: VecDeque::new(),
            timeout: now,
            // Near the end of a round, so that every scenario sees a rollover.
            next_sequence: 65_530,
        }
    }

    /// An offer with new sections of these kinds; says their tags.
    pub fn offer(&mut self, sections: &[(MediaKind, Direction)]) -> (String, Vec<Mid>) {
        let mut change = self.rtc.sdp_api();
        let mids = sections
            .iter()
            .map(|(kind, direction)| change.add_media(*kind, *direction, None, None, None))
            .collect();
        let (offer, pending) = change.apply().expect("something to negotiate");
        self.pending = Some(pending);
        (offer.to_sdp_string(), mids)
    }

    pub fn offer_restart(&mut self) -> String {
        let mut change = self.rtc.sdp_api();
        change.ice_restart(true);
        let (offer, pending) = change.apply().expect("something to negotiate");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    pub fn offer_direction(&mut self, mid: Mid, direction: Direction) -> String {
        let mut change = self.rtc.sdp_api();
        change.set_direction(mid, direction);
        let (offer, pending) = change.apply().expect("something to negotiate");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    pub fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).expect("an answer");
        let pending = self.pending.take().expect("an offer was made");
        self.rtc
            .sdp_api()
            .accept_answer(pending, answer)
            .expect("it fits the offer");
    }

    fn payload_type(&self, mid: Mid, codec: Codec) -> Pt {
        let media = self.rtc.media(mid).expect("negotiated");
        self.rtc
            .codec_config()
            .params()
            .iter()
            .find(|p| p.spec().codec == codec && media.remote_pts().contains(&p.pt()))
            .map(|p| p.pt())
            .expect("negotiated")
    }

    /// Sends one packet, as in the sequence of all packets of this peer.
    pub fn send(&mut self, now: Instant, mid: Mid, codec: Codec, ticks: u32, payload: &[u8]) {
        let payload_type = self.payload_type(mid, codec);
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let mut direct = self.rtc.direct_api();
        let stream = direct
            .stream_tx_by_mid(mid, None)
            .expect("a sending section");
        let mut write =
            RtpWrite::new(payload_type, sequence.into(), ticks, now, payload).marker(true);
        if codec == Codec::Opus {
            write = write.ext_vals(str0m::rtp::ExtensionValues {
                audio_level: Some(-30),
                voice_activity: Some(true),
                ..Default::default()
            });
        }
        stream.write_rtp(write);
        self.handle_timeout(now);
    }

    pub fn ask_for_keyframe(&mut self, now: Instant, mid: Mid) {
        let mut direct = self.rtc.direct_api();
        let stream = direct.stream_rx_by_mid(mid, None).expect("media came");
        stream.request_keyframe(KeyframeRequestKind::Pli);
        self.handle_timeout(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).expect("alive");
        self.drain();
    }

    pub fn handle_datagram(&mut self, now: Instant, source: SocketAddr, datagram: &[u8]) {
        let receive = Receive::new(Protocol::Udp, source, self.address, datagram);
        let input = Input::Receive(now, receive.expect("the core sends what is known"));
        if self.rtc.accepts(&input) {
            self.rtc
                .handle_input(input)
                .expect("the core sends what is right");
        }
        self.drain();
    }

    pub fn timeout(&self) -> Instant {
        self.timeout
    }

    pub fn next_datagram(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.outbox.pop_front()
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().expect("no failure") {
                Output::Timeout(at) => {
                    self.timeout = at;
                    return;
                }
                Output::Transmit(t) => self.outbox.push_back((t.destination, t.contents.into())),
                Output::Event(event) => self.note(event),
            }
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::Closed => self.closed = true,
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                self.connected = false;
            }
            Event::IceConnectionStateChange(state) if state.is_connected() => {
                self.connected = self.rtc.is_connected();
            }
            Event::KeyframeRequest(request) => self.keyframes_asked.push(request.mid),
            Event::RtpPacket(packet) => {
                let mut direct = self.rtc.direct_api();
                let stream = direct
                    .stream_rx(&packet.header.ssrc)
                    .expect("it was mapped");
                self.got.push(Got {
                    mid: stream.mid(),
                    sequence: *packet.seq_no,
                    timestamp: packet.header.timestamp,
                    audio_level: packet.header.ext_vals.audio_level,
                    payload: packet.payload.to_vec(),
                });
            }
            _ => {}
        }
    }

    /// What came in one section, oldest first.
    pub fn got_in(&self, mid: Mid) -> Vec<&Got> {
        self.got.iter().filter(|got| got.mid == mid).collect()
    }
}

/// Time between two packets of a scenario.
pub const STEP: Duration = Duration::from_millis(20);
