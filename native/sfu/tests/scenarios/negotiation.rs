//! Offers: what is granted, changed later, refused, and that a refused one harms nobody.

use std::time::Duration;

use sfu::{Command, Event, RefusalCode, SessionId, Source, TrackId};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind};

use crate::peer::{DELTA, KEY, STEP};
use crate::world::{Mapping, ROOM, World, offer};

const AUTO: Mapping = Mapping {
    publish: Vec::new(),
    subscribe: Vec::new(),
    auto: true,
};

#[test]
fn the_answer_says_where_to_go_and_how_fast_to_begin() {
    let mut world = World::new();
    let peer = world.join();
    let (sdp, _) = world.peers[peer].offer(&[
        (MediaKind::Audio, Direction::SendOnly),
        (MediaKind::Video, Direction::SendOnly),
    ]);
    let answer = world.negotiate(peer, &sdp, &AUTO).expect("a good offer");
    for part in [
        "a=ice-lite",
        "192.0.2.1 3478 typ host",
        "a=end-of-candidates",
        "a=recvonly",
        "transport-cc",
        "x-google-start-bitrate=1500;x-google-max-bitrate=3000",
    ] {
        assert!(answer.contains(part), "{part} is missing in {answer}");
    }
}

#[test]
fn voice_and_face_of_a_person_are_one_stream_to_the_receiver() {
    let mut world = World::new();
    let (publisher, _, _) = world.publisher();
    world.publisher();
    let receiver = world.join();
    let (sdp, mids) = world.peers[receiver].offer(&[
        (MediaKind::Audio, Direction::RecvOnly),
        (MediaKind::Video, Direction::RecvOnly),
    ]);
    let mapping = Mapping {
        subscribe: vec![
            (mids[0], world.track(publisher, Source::Microphone)),
            (mids[1], world.track(publisher, Source::Camera)),
        ],
        ..Default::default()
    };
    let answer = world
        .negotiate(receiver, &sdp, &mapping)
        .expect("a good offer");
    let streams: Vec<_> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("a=msid:")?.split(' ').next())
        .collect();
    assert_eq!(streams.len(), 2, "{answer}");
    assert_eq!(streams[0], streams[1]);
    assert!(streams[0].starts_with("person-"), "{answer}");
}

#[test]
fn a_screen_is_added_and_taken_away_and_its_section_used_again() {
    let mut world = World::new();
    let (publisher, audio, video) = world.publisher();
    let base = vec![(audio, Source::Microphone), (video, Source::Camera)];
    let (sdp, mids) = world.peers[publisher].offer(&[(MediaKind::Video, Direction::SendOnly)]);
    let with_screen = Mapping {
        publish: [base.clone(), vec![(mids[0], Source::Screen)]].concat(),
        ..Default::default()
    };
    world
        .negotiate(publisher, &sdp, &with_screen)
        .expect("a good offer");
    let (camera, screen) = (
        world.track(publisher, Source::Camera),
        world.track(publisher, Source::Screen),
    );
    let (subscriber, received) = world.subscriber(&[camera, screen]);
    let show = |world: &mut World| {
        for n in 0..10 {
            let now = world.now;
            let payload = if n == 0 { KEY } else { DELTA };
            world.peers[publisher].send(now, video, Codec::Vp8, n * 1800, payload);
            world.peers[publisher].send(now, mids[0], Codec::Vp8, n * 1800, payload);
            world.run(STEP);
        }
    };
    show(&mut world);
    assert_eq!(world.peers[subscriber].got_in(received[1]).len(), 10);

    let sdp = world.peers[publisher].offer_direction(mids[0], Direction::Inactive);
    let without = Mapping {
        publish: base,
        ..Default::default()
    };
    world
        .negotiate(publisher, &sdp, &without)
        .expect("a good offer");
    assert!(world.told(&Event::TrackRemoved {
        room: ROOM,
        track: screen
    }));
    assert!(!world.told(&Event::TrackRemoved {
        room: ROOM,
        track: camera
    }));

    let sdp = world.peers[publisher].offer_direction(mids[0], Direction::SendOnly);
    world
        .negotiate(publisher, &sdp, &with_screen)
        .expect("a good offer");
    let again = world.track(publisher, Source::Screen);
    assert_ne!(again, screen);
    let sdp = world.peers[subscriber].offer_restart();
    let mapping = Mapping {
        subscribe: vec![(received[0], camera), (received[1], again)],
        ..Default::default()
    };
    world
        .negotiate(subscriber, &sdp, &mapping)
        .expect("a good offer");
    world.run(Duration::from_secs(1));
    show(&mut world);
    let picture = world.peers[subscriber].got_in(received[1]);
    assert_eq!(picture.len(), 20);
    // The publisher alternates between two sources.
    assert_eq!(picture[19].sequence - picture[0].sequence, 18 + 1 + 18);
    assert_eq!(world.peers[subscriber].got_in(received[0]).len(), 20);
}

#[test]
fn an_ice_restart_from_another_address_keeps_the_call() {
    let mut world = World::new();
    let (publisher, _, video) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    let (subscriber, mids) = world.subscriber(&[camera]);
    let now = world.now;
    world.peers[publisher].send(now, video, Codec::Vp8, 0, KEY);
    world.run(STEP);
    world.events.clear();

    let moved = ([203, 0, 113, 9], 7000).into();
    world.peers[publisher].address = moved;
    let host = str0m::Candidate::host(moved, "udp").expect("a plain address");
    world.peers[publisher].rtc.add_local_candidate(host);
    let sdp = world.peers[publisher].offer_restart();
    let mapping = Mapping {
        publish: vec![(video, Source::Camera)],
        ..Default::default()
    };
    world
        .negotiate(publisher, &sdp, &mapping)
        .expect("a good offer");
    world.run(Duration::from_secs(3));
    assert!(world.told(&Event::SessionConnected {
        session: SessionId(1)
    }));
    assert!(!world.told(&Event::TrackRemoved {
        room: ROOM,
        track: camera
    }));
    let now = world.now;
    world.peers[publisher].send(now, video, Codec::Vp8, 90_000, DELTA);
    world.run(STEP);
    assert_eq!(world.peers[subscriber].got_in(mids[0]).len(), 2);
}

#[test]
fn auto_gives_sources_by_order_and_binds_what_comes_later() {
    let mut world = World::new();
    // WHEP first: nothing is there yet.
    let viewer = world.join();
    let (sdp, mids) = world.peers[viewer].offer(&[
        (MediaKind::Audio, Direction::RecvOnly),
        (MediaKind::Video, Direction::RecvOnly),
    ]);
    world.negotiate(viewer, &sdp, &AUTO).expect("a good offer");
    // WHIP then.
    let publisher = world.join();
    let (sdp, sent) = world.peers[publisher].offer(&[
        (MediaKind::Video, Direction::SendOnly),
        (MediaKind::Audio, Direction::SendOnly),
        (MediaKind::Video, Direction::SendOnly),
    ]);
    world
        .negotiate(publisher, &sdp, &AUTO)
        .expect("a good offer");
    let camera = world.track(publisher, Source::Camera);
    world.track(publisher, Source::Microphone);
    world.track(publisher, Source::Screen);
    let now = world.now;
    world.peers[publisher].send(now, sent[0], Codec::Vp8, 0, KEY);
    world.peers[publisher].send(now, sent[1], Codec::Opus, 0, &[7]);
    world.peers[publisher].send(now, sent[2], Codec::Vp8, 0, DELTA);
    world.run(STEP);
    assert_eq!(world.peers[viewer].got_in(mids[0])[0].payload, [7]);
    assert_eq!(world.peers[viewer].got_in(mids[1])[0].payload, KEY);
    // The camera goes: the screen takes its place.
    let sdp = world.peers[publisher].offer_direction(sent[0], Direction::Inactive);
    let mapping = Mapping {
        publish: vec![(sent[1], Source::Microphone), (sent[2], Source::Screen)],
        ..Default::default()
    };
    world
        .negotiate(publisher, &sdp, &mapping)
        .expect("a good offer");
    assert!(world.told(&Event::TrackRemoved {
        room: ROOM,
        track: camera
    }));
    let now = world.now;
    world.peers[publisher].send(now, sent[2], Codec::Vp8, 9000, KEY);
    world.run(STEP);
    assert_eq!(world.peers[viewer].got_in(mids[1]).len(), 2);
}

#[test]
fn grants_are_enforced_for_every_section() {
    let mut world = World::new();
    let (publisher, _, _) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    for hidden in [false, true] {
        let viewer = world.join_as(hidden, true, hidden);
        let (sdp, mids) = world.peers[viewer].offer(&[(MediaKind::Audio, Direction::SendOnly)]);
        let explicit = Mapping {
            publish: vec![(mids[0], Source::Microphone)],
            ..Default::default()
        };
        for mapping in [&explicit, &AUTO] {
            let code = world.refused(offer(viewer, &sdp, mapping));
            assert_eq!(code, RefusalCode::PublishNotGranted);
        }
    }
    // A section that nothing is asked for is answered inactive.
    let deaf = world.join_as(true, false, false);
    let (sdp, mids) = world.peers[deaf].offer(&[(MediaKind::Video, Direction::SendRecv)]);
    let answer = world
        .negotiate(deaf, &sdp, &Mapping::default())
        .expect("a good offer");
    assert!(answer.contains("a=inactive"), "{answer}");
    let sdp = world.peers[deaf].offer_restart();
    let mapping = Mapping {
        subscribe: vec![(mids[0], camera)],
        ..Default::default()
    };
    assert_eq!(
        world.refused(offer(deaf, &sdp, &mapping)),
        RefusalCode::Invalid
    );
}

#[test]
fn mappings_that_make_no_sense_are_refused() {
    let mut world = World::new();
    let (publisher, _, video) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    let microphone = world.track(publisher, Source::Microphone);
    let viewer = world.join();
    let (sdp, mids) = world.peers[viewer].offer(&[(MediaKind::Video, Direction::RecvOnly)]);
    let refuse = |world: &mut World, publish: &[Source], subscribe: &[TrackId]| {
        let mapping = Mapping {
            publish: publish.iter().map(|source| (mids[0], *source)).collect(),
            subscribe: subscribe.iter().map(|track| (mids[0], *track)).collect(),
            auto: false,
        };
        world.refused(offer(viewer, &sdp, &mapping))
    };
    let unknown = TrackId(999);
    assert_eq!(
        refuse(&mut world, &[], &[unknown]),
        RefusalCode::UnknownTrack
    );
    assert_eq!(refuse(&mut world, &[], &[microphone]), RefusalCode::Invalid);
    assert_eq!(
        refuse(&mut world, &[], &[camera, camera]),
        RefusalCode::Invalid
    );
    assert_eq!(
        refuse(&mut world, &[Source::Camera], &[]),
        RefusalCode::Invalid
    );
    // Nobody receives their own track, nor sections that are not there.
    let sdp = world.peers[publisher].offer_restart();
    let own = Mapping {
        subscribe: vec![(video, camera)],
        ..Default::default()
    };
    assert_eq!(
        world.refused(offer(publisher, &sdp, &own)),
        RefusalCode::UnknownTrack
    );
    let absent = Mapping {
        publish: vec![("nope".into(), Source::Camera)],
        ..Default::default()
    };
    assert_eq!(
        world.refused(offer(publisher, &sdp, &absent)),
        RefusalCode::Invalid
    );
}

#[test]
fn malformed_descriptions_are_refused_and_the_running_call_goes_on() {
    let mut world = World::new();
    let (publisher, audio, video) = world.publisher();
    let camera = world.track(publisher, Source::Camera);
    let (subscriber, mids) = world.subscriber(&[camera]);
    let good = world.peers[publisher].offer_restart();
    let mapping = Mapping {
        publish: vec![(audio, Source::Microphone), (video, Source::Camera)],
        ..Default::default()
    };
    let mut hostile: Vec<String> = vec![
        String::new(),
        "v=0".into(),
        "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n".into(),
        good.replace("a=fingerprint", "a=nothing"),
        good.replace("a=ice-ufrag", "a=nothing"),
        good.replace("m=audio", "m=text"),
        good.replace(&format!("a=mid:{audio}"), "a=mid:other"),
        good.replace(&format!("a=mid:{audio}"), &format!("a=mid:{video}")),
        "v=0\r\n".repeat(100_000),
        format!(
            "v=0\r\n{}",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n".repeat(1000)
        ),
        "\u{1f4a3}".repeat(1000),
    ];
    // Cut off anywhere before the last section has its tag: what follows could be left out.
    let last = good.rfind("a=mid:").expect("it is there");
    hostile.extend((0..last).step_by(37).map(|length| good[..length].into()));
    // With bytes replaced by a fixed sequence of pseudo-random ones.
    let mut seed = 0x2545_f491_u32;
    for _ in 0..200 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..4 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % bytes.len();
            bytes[at] = 32 + (seed >> 24) as u8 % 95;
        }
        // In a session of their own: some are still good offers.
        let text = String::from_utf8(bytes).expect("ASCII");
        world.done(Command::Join {
            room: ROOM,
            session: SessionId(3),
            participant: 3,
            label: "visitor/3".into(),
            publish: true,
            withheld: Vec::new(),
            subscribe: true,
            hidden: false,
        });
        world.command(offer(2, &text, &AUTO));
        world.command(Command::Leave {
            session: SessionId(3),
        });
    }
    for sdp in &hostile {
        let event = world.command(offer(publisher, sdp, &mapping));
        assert!(
            matches!(event, Event::Refused { .. }),
            "{event:?} to {sdp:.200}"
        );
    }
    let now = world.now;
    world.peers[publisher].send(now, video, Codec::Vp8, 0, KEY);
    world.run(STEP);
    assert_eq!(world.peers[subscriber].got_in(mids[0]).len(), 1);
    // And the offer that they were made of is still good.
    world
        .negotiate(publisher, &good, &mapping)
        .expect("a good offer");
}
