//! Where a keyframe starts, read from the RTP payload.

use crate::codec::Codec;

/// Whether decoding can begin with this packet. Always so for audio.
#[must_use]
pub fn starts_keyframe(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::Opus => true,
        Codec::Vp8 => vp8(payload).unwrap_or(false),
        Codec::Vp9 => vp9(payload).unwrap_or(false),
        Codec::H264 => h264(payload),
        Codec::Av1 => av1(payload),
    }
}

/// RFC 7741 sections 4.2 and 4.3: start of partition 0, then the inverse keyframe bit.
fn vp8(payload: &[u8]) -> Option<bool> {
    let first = *payload.first()?;
    if first & 0x10 == 0 || first & 0x07 != 0 {
        return Some(false);
    }
    let mut at = 1;
    if first & 0x80 != 0 {
        let extended = *payload.get(at)?;
        at += 1;
        if extended & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        if extended & 0x40 != 0 {
            at += 1;
        }
        if extended & 0x30 != 0 {
            at += 1;
        }
    }
    Some(payload.get(at)? & 0x01 == 0)
}

/// RFC 9628 section 4.2: not inter-predicted, start of a frame, lowest spatial layer.
fn vp9(payload: &[u8]) -> Option<bool> {
    let first = *payload.first()?;
    let (picture_id, predicted, layers, start) = (
        first & 0x80 != 0,
        first & 0x40 != 0,
        first & 0x20 != 0,
        first & 0x08 != 0,
    );
    if predicted || !start {
        return Some(false);
    }
    if !layers {
        return Some(true);
    }
    let mut at = 1;
    if picture_id {
        at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
    }
    let spatial_layer = payload.get(at)? >> 1 & 0x07;
    Some(spatial_layer == 0)
}

/// RFC 6184: a sequence parameter set or an IDR slice, alone (5.6), aggregated (5.7.1), or at the
/// start of a fragment (5.8).
fn h264(payload: &[u8]) -> bool {
    const IDR: u8 = 5;
    const SPS: u8 = 7;
    const STAP_A: u8 = 24;
    const FU_A: u8 = 28;
    let Some(first) = payload.first() else {
        return false;
    };
    match first & 0x1f {
        IDR | SPS => true,
        FU_A => payload
            .get(1)
            .is_some_and(|header| header & 0x80 != 0 && header & 0x1f == IDR),
        STAP_A => {
            let mut rest = &payload[1..];
            while let [high, low, unit @ ..] = rest {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let Some((nal, after)) = unit.split_at_checked(length) else {
                    return false;
                };
                if nal.first().is_some_and(|n| matches!(n & 0x1f, IDR | SPS)) {
                    return true;
                }
                rest = after;
            }
            false
        }
        _ => false,
    }
}

/// RTP payload format for AV1, section 4.4: the N bit says that a coded video sequence starts.
fn av1(payload: &[u8]) -> bool {
    payload
        .first()
        .is_some_and(|header| header & 0x08 != 0 && header & 0x80 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyframes_are_told_from_others() {
        let cases: &[(Codec, &[u8], bool)] = &[
            (Codec::Vp8, &[0x10, 0x50, 0, 0], true),
            (Codec::Vp8, &[0x10, 0x51, 0, 0], false),
            (Codec::Vp8, &[0x90, 0x80, 0x81, 0x23, 0x50], true),
            (Codec::Vp8, &[0x90, 0xf0, 0x81, 0x23, 1, 2, 0x51], false),
            (Codec::Vp8, &[0x00, 0x50], false),
            (Codec::Vp9, &[0x88, 0x23, 0x00], true),
            (Codec::Vp9, &[0xc8, 0x23, 0x00], false),
            (Codec::Vp9, &[0xa8, 0x23, 0x02], false),
            (Codec::H264, &[0x65, 0x88], true),
            (Codec::H264, &[0x41, 0x9a], false),
            (Codec::H264, &[24, 0, 1, 0x67, 0, 1, 0x68], true),
            (Codec::H264, &[28, 0x85], true),
            (Codec::H264, &[28, 0x05], false),
            (Codec::Av1, &[0x18, 0x0a], true),
            (Codec::Av1, &[0x10, 0x32], false),
            (Codec::Opus, &[], true),
        ];
        for (codec, payload, expected) in cases {
            assert_eq!(
                starts_keyframe(*codec, payload),
                *expected,
                "{codec:?} {payload:x?}"
            );
        }
    }

    #[test]
    fn truncated_payloads_are_no_keyframes() {
        for codec in [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1] {
            assert!(!starts_keyframe(codec, &[]));
        }
        assert!(!starts_keyframe(Codec::Vp8, &[0x90, 0x80, 0x81]));
        assert!(!starts_keyframe(Codec::Vp9, &[0xa8, 0x81]));
        assert!(!starts_keyframe(Codec::H264, &[24, 0, 9, 0x67]));
    }
}
