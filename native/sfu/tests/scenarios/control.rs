//! Mute, hold, leaving, silence: what participants and the server do while a call runs.

use std::time::Duration;

use sfu::{ClosedReason, Codec as SfuCodec, Command, Event, RefusalCode, SessionId, Source};
use str0m::format::Codec;

use crate::peer::{DELTA, KEY, STEP};
use crate::world::{ROOM, World};

/// A publisher's camera and a subscriber that receives it, after one keyframe.
fn call() -> (World, usize, str0m::media::Mid, usize, str0m::media::Mid) {
    let mut world = World::new();
    let (publisher, _, video) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    let (subscriber, mids) = world.subscriber(&[camera]);
    let now = world.now;
    world.peers[publisher].send(now, video, Codec::Vp8, 0, KEY);
    world.run(STEP);
    (world, publisher, video, subscriber, mids[0])
}

fn pause(world: &mut World, publisher: usize, video: str0m::media::Mid, resume: Command) {
    for n in 1..20 {
        let now = world.now;
        world.peers[publisher].send(now, video, Codec::Vp8, n * 1800, DELTA);
        world.run(STEP);
    }
    world.run(Duration::from_secs(1));
    world.peers[publisher].keyframes_asked.clear();
    world.done(resume);
    world.run(STEP);
    assert_eq!(world.peers[publisher].keyframes_asked, [video]);
    for (n, payload) in [(90, DELTA), (91, KEY), (92, DELTA)] {
        let now = world.now;
        world.peers[publisher].send(now, video, Codec::Vp8, n * 1800, payload);
        world.run(STEP);
    }
}

#[test]
fn a_muted_source_is_silent_and_comes_back_with_a_keyframe_and_no_gap() {
    let (mut world, publisher, video, subscriber, mid) = call();
    let mute = |muted| Command::SetMuted {
        session: SessionId(1),
        source: Source::Camera,
        muted,
    };
    let track = world.track(publisher, Source::Camera);
    world.done(mute(true));
    pause(&mut world, publisher, video, mute(false));
    for muted in [true, false] {
        let codec = SfuCodec::Vp8;
        assert!(world.told(&Event::TrackChanged {
            track,
            muted,
            codec
        }));
    }
    let picture = world.peers[subscriber].got_in(mid);
    let times: Vec<u32> = picture.iter().map(|got| got.timestamp / 1800).collect();
    assert_eq!(times, [0, 91, 92]);
    assert!(
        picture
            .windows(2)
            .all(|w| w[1].sequence == w[0].sequence + 1)
    );
}

#[test]
fn a_held_room_is_silent_for_everybody_and_comes_back() {
    let (mut world, publisher, video, subscriber, mid) = call();
    let hold = |held| Command::SetHold { room: ROOM, held };
    world.done(hold(true));
    pause(&mut world, publisher, video, hold(false));
    assert_eq!(world.peers[subscriber].got_in(mid).len(), 3);
}

#[test]
fn leaving_takes_the_tracks_away_and_says_goodbye() {
    let (mut world, publisher, _, subscriber, _) = call();
    let track = world.track(publisher, Source::Camera);
    let session = SessionId(1);
    world.done(Command::Leave { session });
    let reason = ClosedReason::Left;
    assert!(world.told(&Event::TrackRemoved { room: ROOM, track }));
    assert!(world.told(&Event::SessionClosed { session, reason }));
    assert!(world.peers[publisher].closed);
    assert_eq!(
        world.refused(Command::Leave { session }),
        RefusalCode::UnknownSession
    );
    assert_eq!(world.sfu.counters().sessions, 1);
    // The other one is in a room of its own now, and unharmed.
    world.run(Duration::from_secs(5));
    assert!(world.peers[subscriber].connected && !world.peers[subscriber].closed);
}

#[test]
fn a_silent_peer_is_disconnected_then_closed_and_may_come_back_in_between() {
    let (mut world, publisher, _, subscriber, _) = call();
    let session = SessionId(1);
    let disconnected = Event::SessionDisconnected { session };
    world.run(Duration::from_secs(20));
    assert!(!world.told(&disconnected));
    world.cut = Some(publisher);
    world.run(Duration::from_secs(9));
    assert!(world.told(&disconnected));
    world.events.clear();
    world.cut = None;
    world.run(Duration::from_secs(5));
    assert!(world.told(&Event::SessionConnected { session }));
    world.cut = Some(publisher);
    world.run(Duration::from_secs(35));
    let reason = ClosedReason::Silent;
    assert!(world.told(&Event::SessionClosed { session, reason }));
    assert!(world.peers[subscriber].connected);
}

#[test]
fn closing_a_room_closes_its_sessions() {
    let (mut world, publisher, _, subscriber, _) = call();
    world.done(Command::CloseRoom { room: ROOM });
    assert!(world.peers[publisher].closed && world.peers[subscriber].closed);
    let counters = world.sfu.counters();
    assert_eq!(
        (counters.sessions, counters.rooms, counters.tracks),
        (0, 0, 0)
    );
    assert_eq!(
        world.refused(Command::CloseRoom { room: ROOM }),
        RefusalCode::UnknownRoom
    );
}

#[test]
fn limits_and_wrong_numbers_are_refused() {
    let mut world = World::new();
    for _ in 0..5 {
        world.join();
    }
    let join = |session| Command::Join {
        room: ROOM,
        session: SessionId(session),
        participant: 9,
        label: "agent/9".into(),
        publish: true,
        withheld: Vec::new(),
        subscribe: true,
        hidden: false,
    };
    assert_eq!(world.refused(join(9)), RefusalCode::TooManySessions);
    world.done(Command::Leave {
        session: SessionId(1),
    });
    assert_eq!(world.refused(join(2)), RefusalCode::DuplicateSession);
    world.done(join(9));
    let mute = Command::SetMuted {
        session: SessionId(9),
        source: Source::Camera,
        muted: true,
    };
    assert_eq!(world.refused(mute), RefusalCode::UnknownTrack);
}
