//! What the client seals, an implementation that is not ours opens: the protocol library's own.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use client::camera::Kind;
use client::figures::Figures;
use client::peer::Peer;
use str0m::change::SdpOffer;
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

const OURS: &str = "127.1.0.1:5";
const THEIRS: &str = "127.1.0.2:5";

/// The library's peer, with what it received.
struct Library {
    rtc: Rtc,
    address: SocketAddr,
    payloads: Vec<usize>,
    outbox: VecDeque<Vec<u8>>,
}

impl Library {
    fn poll(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).expect("alive");
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().expect("alive") {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => self.outbox.push_back(transmit.contents.to_vec()),
                Output::Event(Event::RtpPacket(packet)) => self.payloads.push(packet.payload.len()),
                Output::Event(_) => {}
            }
        }
    }

    fn take(&mut self, now: Instant, datagram: &[u8]) {
        let source: SocketAddr = OURS.parse().expect("an address");
        let receive = Receive::new(Protocol::Udp, source, self.address, datagram);
        let receive = receive.expect("the client sends what is known");
        self.rtc
            .handle_input(Input::Receive(now, receive))
            .expect("alive");
        self.drain();
    }
}

#[test]
fn the_library_opens_what_the_client_seals() {
    let mut now = Instant::now();
    let mut client = Peer::new(now, OURS.parse().expect("an address"));
    let address = THEIRS.parse().expect("an address");
    let mut library = Library {
        rtc: RtcConfig::new().set_rtp_mode(true).build(now),
        address,
        payloads: Vec::new(),
        outbox: VecDeque::new(),
    };
    library
        .rtc
        .add_local_candidate(Candidate::host(address, "udp").expect("plain"));
    let offer = client
        .offer(&[Kind::Audio, Kind::Video], &[])
        .expect("sections");
    let offer = SdpOffer::from_sdp_string(&offer).expect("an offer");
    let answer = library.rtc.sdp_api().accept_offer(offer).expect("it fits");
    client
        .accept_answer(&answer.to_sdp_string())
        .expect("its answer");

    let mut figures = Figures::default();
    for step in 0..4_000 {
        now += Duration::from_millis(1);
        if step == 2_000 {
            assert!(client.connected());
            client.start(now);
        }
        library.poll(now);
        for mut datagram in std::mem::take(&mut library.outbox) {
            client.handle_datagram(now, 0, address, &mut datagram, &mut figures);
        }
        let mut sent = Vec::new();
        client.pass(now, || 0, &mut figures, &mut |to, datagram| {
            if to == address {
                sent.push(datagram.to_vec());
            }
        });
        for datagram in sent {
            library.take(now, &datagram);
        }
    }
    // Two seconds of 30 frames in seven packets and of 50 packets of sound.
    assert_eq!(library.payloads.len() as u64, figures.sent);
    assert!((520..535).contains(&figures.sent), "{}", figures.sent);
    assert_eq!(figures.refused, 0, "its reports are opened as well");
}
