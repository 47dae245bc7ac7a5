//! Whatever a packet log on the disk has become: its frames are read as far as they are whole.
//!
//! The first byte chooses: a log written as the recorder does it, of packets with numbers, times and
//! payloads of the input, with one byte of it changed; or the input as it is.

#![no_main]
#![allow(
    clippy::disallowed_methods,
    reason = "packets have arrived at some instant"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use io::capture::frames::read_track_log;
use io::capture::log::{Header, write_gap, write_header, write_packet};
use libfuzzer_sys::fuzz_target;
use sfu::packet::Extensions;
use sfu::{Codec, CodecParameters, Mid, Packet};

fuzz_target!(|input: &[u8]| {
    let [kind, rest @ ..] = input else {
        return;
    };
    let log = if kind % 2 == 0 {
        rest.to_vec()
    } else {
        written(kind / 2, rest)
    };
    if let Ok((_, frames)) = read_track_log(&log[..]) {
        let mut bytes = 0;
        for frame in frames {
            bytes += frame.expect("memory can be read").data.len();
        }
        assert!(bytes <= 4 * log.len());
    }
});

/// What the recorder would write, one byte of which is another.
fn written(codec: u8, input: &[u8]) -> Vec<u8> {
    let codecs = ["opus", "vp8", "vp9", "h264", "av1"];
    let header = Header {
        room: 1,
        track: 1,
        participant: 1,
        label: "visitor/1".into(),
        source: "camera".into(),
        kind: "video".into(),
        codec: codecs[usize::from(codec) % codecs.len()].into(),
        clock_rate: 90_000,
        started_unix_us: 0,
    };
    let mut log = Vec::new();
    write_header(&mut log, &header).expect("memory takes all");
    let mut rest = input;
    let mut at_us = 0;
    while let [length, flags, sequence, ticks, more @ ..] = rest {
        let (payload, others) = more.split_at(usize::from(*length).min(more.len()));
        at_us += i64::from(*ticks);
        if flags % 16 == 15 {
            write_gap(&mut log, at_us, u64::from(*sequence)).expect("memory takes all");
        }
        let arrival = Instant::now();
        let packet = Packet {
            mid: Mid::from("0"),
            ssrc: u32::from(flags % 16 == 14),
            payload_type: 96,
            parameters: CodecParameters {
                codec: Codec::Vp8, // the header says which
                profile_level_id: None,
                packetization_mode: 0,
                profile: 0,
            },
            sequence: u64::from(*sequence) + 65_536 * u64::from(flags / 64),
            timestamp_ticks: 3_000 * u32::from(*ticks),
            marker: flags % 2 == 1,
            extensions: Extensions::default(),
            payload: Arc::from(payload),
            arrival,
            captured: arrival - Duration::from_millis(u64::from(*ticks)),
        };
        write_packet(&mut log, &packet, at_us).expect("memory takes all");
        rest = others;
    }
    if let [high, low, value, ..] = input {
        let at = usize::from(u16::from_be_bytes([*high, *low]));
        if let Some(byte) = log.get_mut(at) {
            *byte = *value;
        }
    }
    log
}
