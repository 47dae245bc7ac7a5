//! Media goes from publishers to subscribers, and begins so that decoders can begin.

use std::time::Duration;

use sfu::{RefusalCode, Source};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind};

use crate::peer::{DELTA, KEY, Peer, STEP};
use crate::world::{Mapping, World};

#[test]
fn sound_and_picture_arrive_in_order_with_their_extensions() {
    let mut world = World::new();
    let (publisher, audio, video) = world.publisher();
    let tracks = [
        world.track(publisher, Source::Microphone),
        world.track(publisher, Source::Camera),
    ];
    let (subscriber, mids) = world.subscriber(&tracks);
    for n in 0..50u32 {
        let now = world.now;
        let payload = if n == 0 { KEY } else { DELTA };
        world.peers[publisher].send(now, video, Codec::Vp8, n * 1800, payload);
        world.peers[publisher].send(now, audio, Codec::Opus, n * 960, &[n as u8]);
        world.run(STEP);
    }
    let sound = world.peers[subscriber].got_in(mids[0]);
    let picture = world.peers[subscriber].got_in(mids[1]);
    assert_eq!((sound.len(), picture.len()), (50, 50));
    // The publisher alternates between the two, so each stream has gaps that are kept.
    for stream in [&sound, &picture] {
        assert!(stream[0].sequence < 65_536);
        assert!(
            stream
                .windows(2)
                .all(|w| w[1].sequence == w[0].sequence + 2)
        );
    }
    assert!(
        picture
            .windows(2)
            .all(|w| w[1].timestamp == w[0].timestamp + 1800)
    );
    assert!(sound.iter().all(|got| got.audio_level == Some(-30)));
    assert_eq!(picture[0].payload, KEY);
    assert_eq!(sound[49].payload, [49]);
}

#[test]
fn a_late_subscriber_makes_the_source_send_a_keyframe_and_begins_with_it() {
    let mut world = World::new();
    let (publisher, _, video) = world.publisher();
    for n in 0..10 {
        let now = world.now;
        let payload = if n == 0 { KEY } else { DELTA };
        world.peers[publisher].send(now, video, Codec::Vp8, n * 1800, payload);
        world.run(STEP);
    }
    world.peers[publisher].keyframes_asked.clear();
    let camera = world.track(publisher, Source::Camera);
    let (subscriber, mids) = world.subscriber(&[camera]);
    assert_eq!(world.peers[publisher].keyframes_asked, [video]);
    for n in 10..30 {
        let now = world.now;
        let payload = if n == 20 { KEY } else { DELTA };
        world.peers[publisher].send(now, video, Codec::Vp8, n * 1800, payload);
        world.run(STEP);
    }
    let picture = world.peers[subscriber].got_in(mids[0]);
    assert_eq!(picture.len(), 10);
    assert_eq!(picture[0].payload, KEY);
    assert!(
        picture
            .windows(2)
            .all(|w| w[1].sequence == w[0].sequence + 1)
    );
}

#[test]
fn a_burst_of_loss_toward_a_subscriber_is_repaired() {
    let mut world = World::new();
    let (publisher, _, video) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    let (subscriber, mids) = world.subscriber(&[camera]);
    for n in 0..60 {
        let now = world.now;
        let payload = if n == 0 { KEY } else { DELTA };
        // A third of a second is lost right at the beginning.
        world.deaf = (5..25).contains(&n).then_some(subscriber);
        world.peers[publisher].send(now, video, Codec::Vp8, n * 1800, payload);
        world.run(STEP);
    }
    world.run(Duration::from_secs(1));
    let mut numbers: Vec<u64> = world.peers[subscriber]
        .got_in(mids[0])
        .iter()
        .map(|got| got.sequence)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers.len(), 60);
    assert!(numbers.windows(2).all(|w| w[1] == w[0] + 1));
}

#[test]
fn many_keyframe_requests_reach_the_source_twice_a_second() {
    let mut world = World::new();
    let (publisher, _, video) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    let (subscriber, mids) = world.subscriber(&[camera]);
    let now = world.now;
    world.peers[publisher].send(now, video, Codec::Vp8, 0, KEY);
    world.run(Duration::from_secs(1));
    world.peers[publisher].keyframes_asked.clear();
    for _ in 0..100 {
        let now = world.now;
        world.peers[subscriber].ask_for_keyframe(now, mids[0]);
        world.run(STEP);
    }
    let asked = world.peers[publisher].keyframes_asked.len();
    assert!((3..=5).contains(&asked), "{asked} in two seconds");
}

#[test]
fn who_cannot_decode_the_publishers_codec_is_told() {
    let mut world = World::new();
    let (publisher, _, _) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    let subscriber = world.join();
    let address = world.peers[subscriber].address;
    let h264_only = str0m::RtcConfig::new().clear_codecs().enable_h264(true);
    world.peers[subscriber] = Peer::with(h264_only, world.now, address);
    let (sdp, mids) = world.peers[subscriber].offer(&[(MediaKind::Video, Direction::RecvOnly)]);
    let mapping = Mapping {
        subscribe: vec![(mids[0], camera)],
        ..Default::default()
    };
    let refusal = world
        .negotiate(subscriber, &sdp, &mapping)
        .expect_err("VP8 is all there is");
    assert_eq!(refusal.code, RefusalCode::NoCommonCodec);
    assert!(refusal.detail.contains("vp8"), "{refusal}");
}

#[test]
fn a_publisher_that_comes_back_with_other_numbers_goes_on_in_the_same_stream() {
    let mut world = World::new();
    let (first, _, video) = world.publisher();
    let camera = world.track(first, Source::Camera);
    let (subscriber, mids) = world.subscriber(&[camera]);
    let now = world.now;
    world.peers[first].send(now, video, Codec::Vp8, 1_000_000, KEY);
    world.run(Duration::from_secs(1));
    // A reload: another session, another SSRC, another clock.
    let (second, _, video) = world.publisher();
    let camera = world.track(second, Source::Camera);
    let sdp = world.peers[subscriber].offer_restart();
    let mapping = Mapping {
        subscribe: vec![(mids[0], camera)],
        ..Default::default()
    };
    world
        .negotiate(subscriber, &sdp, &mapping)
        .expect("a good offer");
    let now = world.now;
    world.peers[second].send(now, video, Codec::Vp8, 5, KEY);
    world.run(STEP);
    let picture = world.peers[subscriber].got_in(mids[0]);
    assert_eq!(picture.len(), 2);
    assert_eq!(picture[1].sequence, picture[0].sequence + 1);
    let seconds = f64::from(picture[1].timestamp - picture[0].timestamp) / 90_000.0;
    assert!((1.0..3.0).contains(&seconds), "{seconds}");
}
