//! What a running capture is given.

use std::time::Duration;

use sfu::{CaptureItem, Command, RefusalCode, Source};
use str0m::format::Codec;

use crate::peer::{DELTA, KEY, STEP};
use crate::world::{ROOM, World};

#[test]
fn a_capture_begins_with_a_keyframe_and_holds_nothing_of_muted_or_held_time() {
    let mut world = World::new();
    let (publisher, audio, video) = world.publisher();
    let send = |world: &mut World, n: u32, payload: &[u8]| {
        let now = world.now;
        world.peers[publisher].send(now, video, Codec::Vp8, n * 1800, payload);
        world.peers[publisher].send(now, audio, Codec::Opus, n * 960, &[1]);
        world.run(STEP);
    };
    send(&mut world, 0, KEY);
    assert!(world.captured.is_empty());
    let start = || Command::StartCapture {
        room: ROOM,
        directory: "/captures/1".into(),
    };
    world.run(Duration::from_secs(1));
    world.peers[publisher].keyframes_asked.clear();
    world.done(start());
    world.run(STEP);
    assert_eq!(world.peers[publisher].keyframes_asked, [video]);
    assert_eq!(world.refused(start()), RefusalCode::Invalid);
    send(&mut world, 1, DELTA);
    send(&mut world, 2, KEY);
    world.done(Command::SetHold {
        room: ROOM,
        held: true,
    });
    send(&mut world, 3, KEY);
    world.done(Command::SetHold {
        room: ROOM,
        held: false,
    });
    send(&mut world, 4, KEY);

    let stop = Command::StopCapture { room: ROOM };
    world.sfu.handle_command(world.now, 77, stop);
    world.deliver();
    send(&mut world, 5, KEY);
    let seen: Vec<_> = world
        .captured
        .iter()
        .map(|item| match item {
            CaptureItem::Packet { log, packet } => {
                assert_eq!((&*log.directory, &*log.label), ("/captures/1", "visitor/1"));
                (Some(log.source), packet.timestamp_ticks)
            }
            CaptureItem::Stop { request: 77, .. } => (None, 0),
            other => panic!("{other:?}"),
        })
        .collect();
    let (camera, microphone) = (Some(Source::Camera), Some(Source::Microphone));
    assert_eq!(
        seen,
        [
            (microphone, 960),
            (camera, 3600),
            (microphone, 1920),
            (camera, 7200),
            (microphone, 3840),
            (None, 0)
        ]
    );
}
