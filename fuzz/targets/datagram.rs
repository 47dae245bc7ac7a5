//! Whatever comes to the media port, from strangers or under a member's address: nothing panics, and the
//! sessions of a running call stay.
//!
//! The first byte says from whom, the second what: 0 is the rest of the input as it is, any other one of
//! the datagrams that the call's members sent in earnest, changed by the rest: three bytes each, where
//! and to what; what is left over cuts the end off. So the user names in checks, the epochs of records
//! and the sources of packets are right, and what follows them isn't.

#![no_main]
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "of the scenarios, whose call this is"
)]

#[path = "../../native/sfu/tests/scenarios/peer.rs"]
mod peer;
#[path = "../../native/sfu/tests/scenarios/world.rs"]
mod world;

use std::cell::RefCell;
use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use sfu::{Event, Output, Source};
use str0m::format::Codec;
use world::World;

struct Call {
    world: World,
    from: [SocketAddr; 3],
    /// What the members sent while they joined and talked.
    sent: Vec<Vec<u8>>,
}

impl Call {
    fn begin() -> Self {
        let mut world = World::new();
        world.heard = Some(Vec::new());
        let (publisher, microphone, camera) = world.publisher();
        let tracks = [
            world.track(publisher, Source::Microphone),
            world.track(publisher, Source::Camera),
        ];
        let (subscriber, _) = world.subscriber(&tracks);
        for ticks in 0..3 {
            let peer = &mut world.peers[publisher];
            peer.send(world.now, microphone, Codec::Opus, 960 * ticks, &[1, 2, 3]);
            peer.send(world.now, camera, Codec::Vp8, 3_000 * ticks, peer::KEY);
            world.run(std::time::Duration::from_millis(700));
        }
        let from = [
            ([203, 0, 113, 66], 6666).into(),
            world.peers[publisher].address,
            world.peers[subscriber].address,
        ];
        let sent = world.heard.take().expect("it was asked for");
        Self { world, from, sent }
    }

    fn receive(&mut self, source: SocketAddr, datagram: &[u8]) {
        let (now, server) = (self.world.now, self.world.server);
        self.world
            .sfu
            .handle_datagram(now, server, source, datagram);
        loop {
            match self.world.sfu.poll_output() {
                Output::Timeout(_) => break,
                Output::Event { event, .. } => {
                    let gone = matches!(
                        event,
                        Event::SessionClosed { .. } | Event::SessionDisconnected { .. }
                    );
                    assert!(!gone, "{event:?}");
                }
                Output::Transmit(_) | Output::Capture(_) => {}
            }
        }
    }
}

fn changed(datagram: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut datagram = datagram.to_vec();
    let mut changes = changes.chunks_exact(3);
    for change in &mut changes {
        let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % datagram.len();
        datagram[at] = change[2];
    }
    for cut in changes.remainder() {
        datagram.truncate(datagram.len().saturating_sub(usize::from(*cut)));
    }
    datagram
}

thread_local! {
    static CALL: RefCell<Call> = RefCell::new(Call::begin());
}

fuzz_target!(|input: &[u8]| {
    let [who, what, rest @ ..] = input else {
        return;
    };
    CALL.with_borrow_mut(|call| {
        let source = call.from[usize::from(*who) % call.from.len()];
        let datagram = match usize::from(*what).checked_sub(1) {
            None => rest.to_vec(),
            Some(number) => changed(&call.sent[number % call.sent.len()], rest),
        };
        call.receive(source, &datagram);
    });
});
