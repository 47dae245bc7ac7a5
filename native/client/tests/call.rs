//! Two clients call each other, in virtual time and without a socket.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use client::camera::Kind;
use client::figures::Figures;
use client::peer::{Peer, PeerError};

const STEP: Duration = Duration::from_millis(1);

struct Side {
    peer: Peer,
    figures: Figures,
    inbox: VecDeque<(SocketAddr, Vec<u8>)>,
}

impl Side {
    fn new(now: Instant, address: &str) -> Self {
        Self {
            peer: Peer::new(now, address.parse().expect("an address")),
            figures: Figures::default(),
            inbox: VecDeque::new(),
        }
    }
}

struct Call {
    begun: Instant,
    now: Instant,
    sides: [Side; 2],
}

impl Call {
    /// The first one sends, the second one receives.
    fn new() -> Self {
        let now = Instant::now();
        let (mut one, mut other) = (Side::new(now, "127.1.0.1:5"), Side::new(now, "127.1.0.2:5"));
        let offer = one
            .peer
            .offer(&[Kind::Audio, Kind::Video], &[])
            .expect("sections");
        let answer = other.peer.accept_offer(&offer).expect("an offer");
        one.peer.accept_answer(&answer).expect("its answer");
        Self {
            begun: now,
            now,
            sides: [one, other],
        }
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += STEP;
            for n in 0..2 {
                self.step(n);
            }
        }
    }

    fn step(&mut self, n: usize) {
        let (now, now_ns) = (self.now, nanoseconds(self.now - self.begun));
        let Side {
            peer,
            figures,
            inbox,
        } = &mut self.sides[n];
        for (source, mut datagram) in inbox.drain(..) {
            peer.handle_datagram(now, now_ns, source, &mut datagram, figures);
        }
        let from = peer.address;
        let mut sent = Vec::new();
        peer.pass(now, || now_ns, figures, &mut |to, datagram| {
            sent.push((to, datagram.to_vec()));
        });
        for (to, datagram) in sent {
            if to == self.sides[1 - n].peer.address {
                self.sides[1 - n].inbox.push_back((from, datagram));
            }
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("short")
}

#[test]
fn what_one_sends_the_other_opens() {
    let mut call = Call::new();
    call.run(Duration::from_secs(5));
    assert!(call.sides.iter().all(|side| side.peer.connected()));
    call.sides[0].peer.start(call.now);
    call.run(Duration::from_secs(10));
    let [one, other] = &mut call.sides;
    // 30 frames of seven packets and 50 of sound; the last ones are on their way.
    assert!(
        (2_600..2_610).contains(&one.figures.sent),
        "{}",
        one.figures.sent
    );
    assert!(one.figures.sent - other.figures.received < 8);
    assert_eq!(other.peer.expected(), other.figures.received);
    assert!(other.figures.opened >= other.figures.received / 16 - 2);
    assert_eq!((one.figures.refused, other.figures.refused), (0, 0));
    assert_eq!(one.figures.left_out, 0);
    let latency = other.figures.latency_ns.max();
    assert!(latency <= nanoseconds(2 * STEP), "{latency} ns");
}

#[test]
fn what_was_lost_is_missed() {
    let mut call = Call::new();
    call.run(Duration::from_secs(5));
    call.sides[0].peer.start(call.now);
    call.run(Duration::from_secs(1));
    let lost = call.sides[1].inbox.len() as u64;
    call.run(Duration::from_secs(1));
    let before = (
        call.sides[1].peer.expected(),
        call.sides[1].figures.received,
    );
    assert_eq!(
        before.0, before.1,
        "nothing was lost by now, {lost} were on their way"
    );
    for _ in 0..100 {
        call.now += STEP;
        call.step(0);
    }
    let gone = call.sides[1].inbox.len();
    call.sides[1].inbox.clear();
    call.run(Duration::from_secs(1));
    let (expected, received) = (
        call.sides[1].peer.expected(),
        call.sides[1].figures.received,
    );
    let missed = expected - (received - before.1);
    assert!(gone > 20);
    // What is lost may have been a report.
    assert!(
        missed <= gone as u64 && missed + 4 >= gone as u64,
        "{missed} of {gone}"
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let now = Instant::now();
    let mut peer = Peer::new(now, "127.1.0.1:5".parse().expect("an address"));
    assert!(matches!(peer.offer(&[], &[]), Err(PeerError::NoOffer)));
    assert!(matches!(peer.accept_answer("v=0"), Err(PeerError::NoOffer)));
    assert!(matches!(
        peer.accept_offer("nonsense"),
        Err(PeerError::Sdp(_))
    ));
}
