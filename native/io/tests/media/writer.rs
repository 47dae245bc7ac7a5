//! The capture's writer: complete files when it says so, and honest about what is missing.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::time::Duration;

use io::capture::frames::read_track_log;
use io::capture::writer::CaptureWriter;
use sfu::{CaptureItem, Codec, Event, RoomId, Source};

use crate::track_log::{packet, track};

const ROOM: RoomId = RoomId(7);

/// Waits for the writer's closing event and adds up the gaps told before.
fn stopped(writer: &mut CaptureWriter, request: u64) -> (Vec<String>, u64) {
    let mut gaps = 0;
    loop {
        writer.retry();
        let reports = writer.reports();
        reports.wait(Some(Duration::from_millis(20)));
        while let Some((number, event)) = reports.pop() {
            match event {
                Event::CaptureGap { packets, .. } => gaps += packets,
                Event::CaptureStopped { files, .. } => {
                    assert_eq!(number, request);
                    return (files, gaps);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn nothing_is_lost_without_being_counted() {
    const PACKETS: u64 = 20_000;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_str().expect("plain").to_owned();
    let log = track(&path, Source::Microphone, Codec::Opus);
    let mut writer = CaptureWriter::start().expect("a thread");
    for n in 0..PACKETS {
        let packet = packet(Codec::Opus, n, n as u32 * 960, &[1, 2, 3], false);
        let log = Arc::clone(&log);
        writer.write(CaptureItem::Packet { log, packet }, |_| 5, 5);
    }
    let stop = CaptureItem::Stop {
        room: ROOM,
        request: 9,
    };
    writer.write(stop, |_| 5, 5);
    let (files, gaps) = stopped(&mut writer, 9);
    assert_eq!(files, [format!("{path}/3.mclog")]);
    let file = BufReader::new(File::open(&files[0]).expect("it is there"));
    let (_, frames) = read_track_log(file).expect("a log");
    assert_eq!(frames.count() as u64 + gaps, PACKETS);
}

#[test]
fn a_directory_that_is_not_there_is_a_gap_not_a_failure() {
    let log = track("/nonexistent/captures", Source::Camera, Codec::Vp8);
    let mut writer = CaptureWriter::start().expect("a thread");
    for n in 0..10 {
        let packet = packet(Codec::Vp8, n, 0, &[0x10, 0x50], true);
        let log = Arc::clone(&log);
        writer.write(CaptureItem::Packet { log, packet }, |_| 5, 5);
    }
    let stop = CaptureItem::Stop {
        room: ROOM,
        request: 0,
    };
    writer.write(stop, |_| 5, 5);
    assert_eq!(stopped(&mut writer, 0), (Vec::new(), 10));
}

#[test]
fn closing_finishes_what_is_open() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_str().expect("plain");
    let log = track(path, Source::Camera, Codec::Vp8);
    let mut writer = CaptureWriter::start().expect("a thread");
    let packet = packet(Codec::Vp8, 1, 0, &[0x10, 0x50], true);
    writer.write(CaptureItem::Packet { log, packet }, |_| 5, 5);
    writer.close();
    let file = File::open(directory.path().join("3.mclog")).expect("it is there");
    let (_, frames) = read_track_log(BufReader::new(file)).expect("a log");
    assert_eq!(frames.count(), 1);
}
