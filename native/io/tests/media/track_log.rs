//! A track log is read back as frames, whatever happened to its end, its bytes or its order.

use std::io::Cursor;
use std::sync::Arc;
use std::time::{Duration, Instant};

use io::capture::frames::{Frame, read_track_log};
use io::capture::log::{Header, LogError, write_gap, write_header, write_packet};
use sfu::{CaptureTrack, Codec, CodecParameters, Mid, Packet, RoomId, Source, TrackId};

pub fn track(directory: &str, source: Source, codec: Codec) -> Arc<CaptureTrack> {
    Arc::new(CaptureTrack {
        room: RoomId(7),
        track: TrackId(3),
        part: 1,
        directory: directory.into(),
        participant: 2,
        label: "visitor/王".into(),
        source,
        codec,
    })
}

pub fn packet(codec: Codec, sequence: u64, ticks: u32, payload: &[u8], marker: bool) -> Packet {
    let arrival = Instant::now();
    Packet {
        mid: Mid::from("0"),
        ssrc: 5,
        payload_type: 96,
        parameters: CodecParameters {
            codec,
            profile_level_id: None,
            packetization_mode: 0,
            profile: 0,
        },
        sequence,
        timestamp_ticks: ticks,
        marker,
        extensions: Default::default(),
        payload: payload.into(),
        arrival,
        captured: arrival - Duration::from_millis(40),
    }
}

/// Pictures of two packets each; the first is a keyframe, timestamps wrap on the way.
fn pictures(count: u64) -> Vec<Packet> {
    (0..count)
        .flat_map(|n| {
            let ticks = u32::MAX.wrapping_sub(4000).wrapping_add(n as u32 * 3000);
            let first = [0x10, if n == 0 { 0x50 } else { 0x51 }, n as u8];
            [
                packet(Codec::Vp8, 2 * n, ticks, &first, false),
                packet(Codec::Vp8, 2 * n + 1, ticks, &[0x00, 0xee, n as u8], true),
            ]
        })
        .collect()
}

fn log_of(packets: &[Packet]) -> Vec<u8> {
    let mut log = Vec::new();
    let header = Header::new(&track("", Source::Camera, Codec::Vp8), 1_000);
    write_header(&mut log, &header).expect("memory");
    for (at, packet) in packets.iter().enumerate() {
        write_packet(&mut log, packet, 1_000_000 + at as i64).expect("memory");
    }
    log
}

fn read(log: &[u8]) -> Vec<Frame> {
    let (_, frames) = read_track_log(Cursor::new(log)).expect("a log");
    frames.map(|frame| frame.expect("memory")).collect()
}

fn numbers(frames: &[Frame]) -> Vec<u8> {
    frames.iter().map(|frame| frame.data[1]).collect()
}

#[test]
fn what_was_written_is_read() {
    let log = log_of(&pictures(4));
    let (header, _) = read_track_log(Cursor::new(&log)).expect("a log");
    assert_eq!((&*header.label, &*header.source), ("visitor/王", "camera"));
    assert_eq!((&*header.kind, &*header.codec), ("video", "vp8"));
    assert_eq!((header.track, header.clock_rate), (3, 90_000));
    let frames = read(&log);
    assert_eq!(frames[1].data, [0x51, 1, 0xee, 1]);
    assert_eq!(numbers(&frames), [0, 1, 2, 3]);
    let keyframes: Vec<bool> = frames.iter().map(|frame| frame.keyframe).collect();
    assert_eq!(keyframes, [true, false, false, false]);
    // Without a step back where the 32 bits wrap.
    assert!(
        frames
            .windows(2)
            .all(|w| w[1].pts_ticks == w[0].pts_ticks + 3000)
    );
    assert_eq!(frames[1].arrival_us, 1_000_003);
    assert_eq!(frames[1].captured_us, 1_000_002 - 40_000);
}

#[test]
fn a_log_that_ends_anywhere_gives_all_whole_frames_before() {
    let packets = pictures(6);
    let log = log_of(&packets);
    let whole = |count: usize| log_of(&packets[..count]).len();
    for length in 0..log.len() {
        let cut = &log[..length];
        if length < whole(0) {
            assert!(read_track_log(Cursor::new(cut)).is_err(), "{length}");
        } else {
            let expected = (0..=6).filter(|n| whole(2 * n) <= length).count() - 1;
            assert_eq!(read(cut).len(), expected, "{length}");
        }
    }
}

#[test]
fn a_damaged_record_costs_its_frame_only() {
    let packets = pictures(6);
    let log = log_of(&packets);
    let (start, end) = (log_of(&packets[..4]).len(), log_of(&packets[..5]).len());
    for at in start + 4..end {
        let mut damaged = log.clone();
        damaged[at] ^= 0x10;
        assert_eq!(numbers(&read(&damaged)), [0, 1, 3, 4, 5], "{at}");
    }
    // A damaged length leads astray; what was before stays.
    for at in start..start + 4 {
        let mut damaged = log.clone();
        damaged[at] ^= 0x40;
        assert_eq!(numbers(&read(&damaged))[..2], [0, 1], "{at}");
    }
}

#[test]
fn another_file_is_no_log() {
    let mut other_version = log_of(&[]);
    other_version[5] = 2;
    for bytes in [&b""[..], b"RIFF....WAVE", &other_version] {
        let error = read_track_log(Cursor::new(bytes)).expect_err("no log");
        assert!(matches!(error, LogError::Magic), "{error}");
    }
}

#[test]
fn order_is_restored_and_repetitions_are_dropped() {
    let mut packets = pictures(5);
    packets.swap(2, 3);
    let late = packets.remove(4);
    packets.insert(8, late.clone());
    packets.push(late);
    assert_eq!(numbers(&read(&log_of(&packets))), [0, 1, 2, 3, 4]);
}

#[test]
fn a_missing_packet_costs_its_frame_only() {
    for (missing, expected) in [
        (4, vec![0, 1, 3, 4]),
        (5, vec![0, 1, 3, 4]),
        (9, vec![0, 1, 2, 3]),
    ] {
        let mut packets = pictures(5);
        packets.remove(missing);
        assert_eq!(numbers(&read(&log_of(&packets))), expected, "{missing}");
    }
    // Padding is not missing.
    let mut packets = pictures(5);
    packets[4].payload = [].into();
    packets[5].payload = [].into();
    assert_eq!(numbers(&read(&log_of(&packets))), [0, 1, 3, 4]);
    // A pause, as by mute, costs nothing.
    let mut packets = pictures(200);
    packets.drain(2..396);
    assert_eq!(numbers(&read(&log_of(&packets))), [0, 198, 199]);
}

/// Three frames of four packets each: what is on the wire, and what each frame is.
fn frames_in_four(codec: Codec) -> (Vec<Packet>, Vec<Vec<u8>>) {
    // What comes before each packet's own byte.
    let (heads, start): ([&[u8]; 4], &[u8]) = match codec {
        Codec::Vp8 => ([&[0x10], &[0], &[0], &[0]], &[]),
        Codec::Vp9 => ([&[0x08], &[0], &[0], &[0x04]], &[]),
        Codec::H264 => (
            [&[0x7c, 0x85], &[0x7c, 5], &[0x7c, 5], &[0x7c, 0x45]],
            &[0, 0, 0, 1, 0x65],
        ),
        Codec::Av1 => (
            [&[0x50, 0x30], &[0xd0], &[0xd0], &[0x90]],
            &[0x32, 4], // a frame unit of four bytes
        ),
        Codec::Opus => unreachable!("one packet a frame"),
    };
    let mut packets = Vec::new();
    let mut frames = Vec::new();
    for n in 0..3u8 {
        let bytes: [u8; 4] = std::array::from_fn(|at| n * 4 + at as u8);
        for (at, (head, byte)) in heads.iter().zip(bytes).enumerate() {
            let payload = [head, &[byte][..]].concat();
            let ticks = u32::from(n) * 3000;
            packets.push(packet(codec, byte.into(), ticks, &payload, at == 3));
        }
        frames.push([start, &bytes].concat());
    }
    (packets, frames)
}

fn read_with_count(codec: Codec, packets: &[Packet]) -> (Vec<Vec<u8>>, u64) {
    let mut log = Vec::new();
    let header = Header::new(&track("", Source::Camera, codec), 1_000);
    write_header(&mut log, &header).expect("memory");
    for packet in packets {
        write_packet(&mut log, packet, 0).expect("memory");
    }
    let (_, mut frames) = read_track_log(Cursor::new(log)).expect("a log");
    let data = frames.by_ref().map(|f| f.expect("memory").data).collect();
    (data, frames.incomplete())
}

const VIDEO: [Codec; 4] = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];

#[test]
fn a_frame_without_any_of_its_packets_is_left_out_and_counted() {
    for codec in VIDEO {
        let (packets, frames) = frames_in_four(codec);
        for frame in 0..3 {
            for lost in 0..16 {
                let is_lost = |at: usize| at / 4 == frame && lost >> (at % 4) & 1 == 1;
                let arrived: Vec<Packet> = (0..packets.len())
                    .filter(|at| !is_lost(*at))
                    .map(|at| packets[at].clone())
                    .collect();
                let mut expected = frames.clone();
                if lost != 0 {
                    expected.remove(frame);
                }
                let in_part = u64::from(lost != 0 && lost != 15);
                let case = format!("{codec:?}: frame {frame} without packets {lost:#06b}");
                let found = read_with_count(codec, &arrived);
                assert_eq!(found, (expected, in_part), "{case}");
            }
        }
    }
}

#[test]
fn a_frame_whose_end_was_never_sent_is_left_out_and_counted() {
    // Chrome's pacer drops the rest of a frame when a keyframe comes, and no number is missing.
    for codec in VIDEO {
        let (packets, mut frames) = frames_in_four(codec);
        frames.remove(1);
        for kept in 1..4 {
            let mut sent = packets.clone();
            sent.drain(4 + kept..8);
            for (number, packet) in sent.iter_mut().enumerate() {
                packet.sequence = number as u64;
            }
            let found = read_with_count(codec, &sent);
            assert_eq!(found, (frames.clone(), 1), "{codec:?}, {kept} of 4");
        }
    }
}

#[test]
fn h264_needs_no_marker() {
    let (mut packets, frames) = frames_in_four(Codec::H264);
    for packet in &mut packets[..8] {
        packet.marker = false;
    }
    assert_eq!(read_with_count(Codec::H264, &packets), (frames, 0));
}

#[test]
fn packets_that_the_writer_missed_are_counted() {
    let packets = pictures(2);
    let mut log = log_of(&packets[..2]);
    write_gap(&mut log, 1_500_000, 12).expect("memory");
    write_gap(&mut log, 1_600_000, 3).expect("memory");
    let (_, mut frames) = read_track_log(Cursor::new(log)).expect("a log");
    assert_eq!(frames.by_ref().count(), 1);
    assert_eq!((frames.uncaptured_packets(), frames.incomplete()), (15, 0));
}

#[test]
fn a_gap_that_never_closes_does_not_hold_back_the_rest_in_memory() {
    let mut packets = pictures(2000);
    packets.remove(10);
    let frames = read(&log_of(&packets));
    assert_eq!(frames.len(), 1999);
}

#[test]
fn a_sender_that_begins_anew_goes_on_in_the_same_time() {
    let packets = pictures(2);
    let mut again = pictures(2);
    for packet in &mut again {
        packet.ssrc = 6;
        packet.sequence += 40_000;
        packet.timestamp_ticks = packet.timestamp_ticks.wrapping_add(123_456_789);
    }
    let mut log = log_of(&packets);
    write_gap(&mut log, 1_500_000, 12).expect("memory");
    for packet in &again {
        write_packet(&mut log, packet, 2_000_000).expect("memory");
    }
    let frames = read(&log);
    assert_eq!(numbers(&frames), [0, 1, 0, 1]);
    let pause = frames[2].pts_ticks - frames[1].pts_ticks;
    assert!((89_000..91_000).contains(&pause), "{pause}");
}

#[test]
fn sound_is_one_frame_a_packet() {
    let mut log = Vec::new();
    let header = Header::new(&track("", Source::Microphone, Codec::Opus), 1_000);
    write_header(&mut log, &header).expect("memory");
    for n in 0..3u8 {
        let sound = packet(Codec::Opus, n.into(), u32::from(n) * 960, &[n], n == 0);
        write_packet(&mut log, &sound, 0).expect("memory");
    }
    let frames = read(&log);
    assert_eq!(frames.len(), 3);
    assert!(frames.iter().all(|frame| frame.keyframe));
}
