//! Whatever a member's packets carry: it is put together or left out, in bounded memory.
//!
//! The first byte chooses the codec; then come packets, each behind a byte with its length and a byte
//! that says whether the one before ended a frame, or one is missing.

#![no_main]

use std::hint::black_box;

use io::capture::depacketize::Depacketizer;
use libfuzzer_sys::fuzz_target;
use sfu::Codec;
use sfu::payload::starts_keyframe;

const CODECS: [Codec; 5] = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];

fuzz_target!(|input: &[u8]| {
    let [codec, rest @ ..] = input else {
        return;
    };
    let codec = CODECS[usize::from(*codec) % CODECS.len()];
    let mut depacketizer = Depacketizer::new(codec);
    depacketizer.begin();
    let (mut rest, mut bytes) = (rest, 0);
    while let [length, before, more @ ..] = rest {
        match before % 4 {
            0 => {}
            1 => depacketizer.lost(),
            2 => depacketizer.end_unmarked(),
            _ => {
                if let Some((frame, _)) = depacketizer.finish() {
                    assert!(
                        !frame.is_empty() && frame.len() <= 4 * bytes + 64,
                        "{bytes}"
                    );
                }
                depacketizer.begin();
                bytes = 0;
            }
        }
        let (payload, others) = more.split_at(usize::from(*length).min(more.len()));
        black_box(starts_keyframe(codec, payload));
        depacketizer.push(payload);
        bytes += payload.len();
        rest = others;
    }
    depacketizer.finish();
});
