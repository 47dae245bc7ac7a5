//! What strangers send disturbs nobody: before, while and after somebody joins.

use std::net::SocketAddr;
use std::time::Duration;

use sfu::{Event, SessionId, Source};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind};

use crate::peer::{DELTA, KEY, STEP};
use crate::world::{Mapping, World};

/// One datagram of each hostile kind.
fn hostile(ufrag: &str) -> Vec<Vec<u8>> {
    let client_hello = {
        let mut record = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut body = vec![1, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, 44, 254, 253];
        body.extend([7; 32]);
        body.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]);
        record.extend(u16::try_from(body.len()).expect("short").to_be_bytes());
        record.extend(body);
        record
    };
    let alert = vec![21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40];
    let close = vec![21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0];
    let stun = |name: &str| {
        let name = name.as_bytes();
        let mut body = vec![0, 6];
        body.extend(u16::try_from(name.len()).expect("short").to_be_bytes());
        body.extend(name);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend([0, 8, 0, 20]);
        body.extend([9; 20]);
        let mut message = vec![0, 1];
        message.extend(u16::try_from(body.len()).expect("short").to_be_bytes());
        message.extend([0x21, 0x12, 0xa4, 0x42]);
        message.extend([3; 12]);
        message.extend(body);
        message
    };
    let mut all = vec![
        Vec::new(),
        vec![0],
        vec![255; 1500],
        vec![0; 20],
        vec![0x80; 12],
        vec![0x80, 200, 0, 1, 0, 0, 0, 1],
        client_hello,
        alert,
        close,
        stun("nobody:knows"),
        stun(&format!("{ufrag}:peer")),
        stun("no colon"),
    ];
    let mut seed = 1_u32;
    for length in [1, 2, 13, 20, 100, 1200] {
        all.push(
            (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect(),
        );
    }
    all
}

fn bombard(world: &mut World, ufrag: &str) {
    let stranger: SocketAddr = ([203, 0, 113, 66], 6666).into();
    for datagram in hostile(ufrag) {
        let (now, server) = (world.now, world.server);
        world.sfu.handle_datagram(now, server, stranger, &datagram);
        world.deliver();
    }
}

fn ufrag_in(answer: &str) -> String {
    let (_, rest) = answer.split_once("a=ice-ufrag:").expect("it is there");
    rest.lines().next().expect("it is there").into()
}

#[test]
fn before_while_and_after_a_join_strangers_change_nothing() {
    let mut world = World::new();
    bombard(&mut world, "x");
    let publisher = world.join();
    bombard(&mut world, "x");
    let (sdp, mids) = world.peers[publisher].offer(&[(MediaKind::Video, Direction::SendOnly)]);
    let mapping = Mapping {
        publish: vec![(mids[0], Source::Camera)],
        ..Default::default()
    };
    let Event::Answer { sdp } = world.command(crate::world::offer(publisher, &sdp, &mapping))
    else {
        panic!("a good offer");
    };
    let ufrag = ufrag_in(&sdp);
    world.peers[publisher].accept(&sdp);
    // Between every two steps of the handshake.
    for _ in 0..200 {
        bombard(&mut world, &ufrag);
        world.run(Duration::from_millis(2));
    }
    assert!(world.peers[publisher].connected);
    let camera = world.track(publisher, Source::Camera);
    let (subscriber, received) = world.subscriber(&[camera]);
    for n in 0..20 {
        bombard(&mut world, &ufrag);
        let now = world.now;
        let payload = if n == 0 { KEY } else { DELTA };
        world.peers[publisher].send(now, mids[0], Codec::Vp8, n * 1800, payload);
        world.run(STEP);
    }
    assert_eq!(world.peers[subscriber].got_in(received[0]).len(), 20);
    assert!(!world.events.iter().any(|(_, event)| matches!(
        event,
        Event::SessionClosed { .. } | Event::SessionDisconnected { .. }
    )));
    let counters = world.sfu.counters();
    assert_eq!(counters.datagram_errors_total, 0);
    let sent = (2 + 200 + 20) * hostile("x").len() as u64;
    assert_eq!(counters.datagrams_unknown_total, sent);
}

#[test]
fn hostile_datagrams_from_a_sessions_own_address_do_not_close_it() {
    let mut world = World::new();
    let (publisher, _, video) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    let (subscriber, mids) = world.subscriber(&[camera]);
    let source = world.peers[publisher].address;
    for datagram in hostile("x") {
        let (now, server) = (world.now, world.server);
        world.sfu.handle_datagram(now, server, source, &datagram);
        world.run(Duration::from_millis(5));
    }
    let now = world.now;
    world.peers[publisher].send(now, video, Codec::Vp8, 0, KEY);
    world.run(STEP);
    assert_eq!(world.peers[subscriber].got_in(mids[0]).len(), 1);
}

#[test]
fn a_member_cannot_take_the_address_of_another() {
    let mut world = World::new();
    let (victim, _, video) = world.publisher();
    let camera = world.track(victim, Source::Camera);
    let (attacker, mids) = world.subscriber(&[camera]);
    // The attacker's own, valid checks, with the victim's source address on them.
    let (forged, own) = (world.peers[victim].address, world.peers[attacker].address);
    for round in 0..20 {
        world.run(Duration::from_millis(500));
        world.peers[attacker].address = forged;
        let now = world.now;
        world.peers[attacker].handle_timeout(now + Duration::from_secs(3));
        while let Some((to, datagram)) = world.peers[attacker].next_datagram() {
            world.sfu.handle_datagram(now, to, forged, &datagram);
        }
        world.peers[attacker].address = own;
        world.deliver();
        let now = world.now;
        let payload = if round == 0 { KEY } else { DELTA };
        world.peers[victim].send(now, video, Codec::Vp8, round * 45_000, payload);
    }
    world.run(Duration::from_secs(5));
    let session = SessionId(1);
    assert!(!world.told(&Event::SessionDisconnected { session }));
    assert!(world.peers[victim].connected);
    // The attacker may have harmed itself, not the victim: its media still comes in.
    let counters = world.sfu.counters();
    assert_eq!(counters.media_packets_received_total, 20);
    assert!(!world.peers[attacker].got_in(mids[0]).is_empty());
}
