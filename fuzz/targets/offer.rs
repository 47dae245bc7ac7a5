//! Whatever a client says that its session is to be: it is answered or refused, and nothing panics.

#![no_main]
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "of the scenarios, whose server this is"
)]

#[path = "../../native/sfu/tests/scenarios/peer.rs"]
mod peer;
#[path = "../../native/sfu/tests/scenarios/world.rs"]
mod world;

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use sfu::{Command, Event, SessionId};
use world::{ROOM, World};

thread_local! {
    static SERVER: RefCell<(World, u64)> = RefCell::new((World::new(), 0));
}

fuzz_target!(|sdp: &str| {
    SERVER.with_borrow_mut(|(world, sessions)| {
        *sessions += 1;
        let session = SessionId(*sessions);
        world.done(Command::Join {
            room: ROOM,
            session,
            participant: 1,
            label: "visitor/1".into(),
            publish: true,
            withheld: Vec::new(),
            subscribe: true,
            hidden: false,
        });
        let answer = world.command(Command::Offer {
            session,
            sdp: sdp.into(),
            publish: Vec::new(),
            subscribe: Vec::new(),
            auto: true,
        });
        match answer {
            Event::Answer { .. } => {}
            Event::Refused { detail, .. } => assert!(!detail.is_empty()),
            other => panic!("neither answered nor refused: {other:?}"),
        }
        world.done(Command::Leave { session });
        world.events.clear();
    });
});
