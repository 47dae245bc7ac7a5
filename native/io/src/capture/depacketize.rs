//! From RTP payloads to encoded frames. Own and small: the crates that were looked at panic on
//! truncated payloads or have no AV1.

use sfu::Codec;
use sfu::payload::starts_keyframe;

/// Largest frame put together; more is damage.
const FRAME_BYTES_BOUND: usize = 16 * 1024 * 1024;

/// Puts the packets of one frame together.
#[derive(Debug)]
pub struct Depacketizer {
    codec: Codec,
    frame: Vec<u8>,
    keyframe: bool,
    /// A frame has begun and nothing of it is missing so far.
    whole: bool,
    /// H.264 FU-A, AV1: the unit that goes on in the next packet.
    fragment: Vec<u8>,
}

impl Depacketizer {
    /// For one track.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self {
            codec,
            frame: Vec::new(),
            keyframe: false,
            whole: false,
            fragment: Vec::new(),
        }
    }

    /// Begins a frame: the next packet has another timestamp, or is the first.
    pub fn begin(&mut self) {
        self.frame.clear();
        self.fragment.clear();
        self.keyframe = false;
        self.whole = true;
    }

    /// A packet of the current frame is missing.
    pub fn lost(&mut self) {
        self.whole = false;
    }

    /// Another frame follows, and no packet of this one had the marker.
    ///
    /// Then its end was never sent: Chrome throws away what still waits in its pacer when it makes
    /// a keyframe, and as it numbers packets when they leave, no number is missing. VP8, VP9 and
    /// AV1 always mark the end (RFC 7741 section 4.1, RFC 9628 section 4.1, AV1 RTP section 4.2);
    /// with H.264 one must not rely on it (RFC 6184 section 5.1).
    pub fn end_unmarked(&mut self) {
        self.whole &= self.codec == Codec::H264;
    }

    /// Adds the next packet of the current frame.
    pub fn push(&mut self, payload: &[u8]) {
        self.keyframe |= starts_keyframe(self.codec, payload);
        let taken = match self.codec {
            Codec::Opus => self.append(payload),
            Codec::Vp8 => self.vp8(payload),
            Codec::Vp9 => self.vp9(payload),
            Codec::H264 => self.h264(payload),
            Codec::Av1 => self.av1(payload),
        };
        if taken.is_none() || self.frame.len() + self.fragment.len() > FRAME_BYTES_BOUND {
            self.whole = false;
            self.frame.clear();
            self.fragment.clear();
        }
    }

    /// Ends the frame: its bytes and whether it is a keyframe, if it is whole.
    pub fn finish(&mut self) -> Option<(Vec<u8>, bool)> {
        let whole = self.whole && self.fragment.is_empty() && !self.frame.is_empty();
        let frame = std::mem::take(&mut self.frame);
        self.fragment.clear();
        self.whole = false;
        whole.then_some((frame, self.keyframe))
    }

    fn append(&mut self, bytes: &[u8]) -> Option<()> {
        self.frame.extend_from_slice(bytes);
        Some(())
    }

    /// RFC 7741 section 4.2.
    fn vp8(&mut self, payload: &[u8]) -> Option<()> {
        let first = *payload.first()?;
        let starts = first & 0x10 != 0 && first & 0x07 == 0;
        if self.frame.is_empty() && !starts {
            return None;
        }
        let mut at = 1;
        if first & 0x80 != 0 {
            let extended = *payload.get(at)?;
            at += 1;
            if extended & 0x80 != 0 {
                at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
            }
            at += usize::from(extended & 0x40 != 0) + usize::from(extended & 0x30 != 0);
        }
        self.append(payload.get(at..)?)
    }

    /// RFC 9628 section 4.2. Spatial layers are put one after the other, as a superframe without
    /// its index; browsers send one layer here.
    fn vp9(&mut self, payload: &[u8]) -> Option<()> {
        let first = *payload.first()?;
        let has = |bit: u8| first & bit != 0;
        let (picture_id, predicted, layers, flexible, starts, structure) = (
            has(0x80),
            has(0x40),
            has(0x20),
            has(0x10),
            has(0x08),
            has(0x02),
        );
        if self.frame.is_empty() && !starts {
            return None;
        }
        let mut at = 1;
        if picture_id {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        if layers {
            at += if flexible { 1 } else { 2 };
        }
        if flexible && predicted {
            // At most three references, each saying whether another follows.
            for _ in 0..3 {
                at += 1;
                if payload.get(at - 1)? & 0x01 == 0 {
                    break;
                }
            }
        }
        if structure {
            let head = *payload.get(at)?;
            at += 1;
            if head & 0x10 != 0 {
                at += 4 * (usize::from(head >> 5) + 1);
            }
            if head & 0x08 != 0 {
                let pictures = *payload.get(at)?;
                at += 1;
                for _ in 0..pictures {
                    let references = payload.get(at)? >> 2 & 0x03;
                    at += 1 + usize::from(references);
                }
            }
        }
        self.append(payload.get(at..)?)
    }

    /// RFC 6184 sections 5.6 to 5.8, to Annex B.
    fn h264(&mut self, payload: &[u8]) -> Option<()> {
        const STAP_A: u8 = 24;
        const FU_A: u8 = 28;
        let header = *payload.first()?;
        match header & 0x1f {
            1..=23 => self.unit(payload),
            STAP_A => {
                let mut rest = &payload[1..];
                while let Some((length, after)) = rest.split_first_chunk::<2>() {
                    let (unit, after) =
                        after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
                    self.unit(unit)?;
                    rest = after;
                }
                rest.is_empty().then_some(())
            }
            FU_A => {
                let fragment = *payload.get(1)?;
                let (starts, ends) = (fragment & 0x80 != 0, fragment & 0x40 != 0);
                if starts != self.fragment.is_empty() {
                    return None;
                }
                if starts {
                    self.fragment.push(header & 0xe0 | fragment & 0x1f);
                }
                self.fragment.extend_from_slice(payload.get(2..)?);
                if ends {
                    let unit = std::mem::take(&mut self.fragment);
                    self.unit(&unit)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn unit(&mut self, unit: &[u8]) -> Option<()> {
        if unit.is_empty() {
            return None;
        }
        self.frame.extend_from_slice(&[0, 0, 0, 1]);
        self.append(unit)
    }

    /// RTP payload format for AV1, sections 4.3 and 4.4: units get their size fields back, so that
    /// the temporal unit is in the low-overhead format that containers want (without a delimiter).
    fn av1(&mut self, payload: &[u8]) -> Option<()> {
        let (header, mut rest) = payload.split_first()?;
        let (continues, goes_on, count) = (header & 0x80 != 0, header & 0x40 != 0, header >> 4 & 3);
        if continues == self.fragment.is_empty() {
            return None;
        }
        let mut index = 0;
        while !rest.is_empty() {
            index += 1;
            let element = if index == count {
                std::mem::take(&mut rest)
            } else {
                let length = leb128(&mut rest)?;
                let (element, after) = rest.split_at_checked(length)?;
                rest = after;
                element
            };
            self.fragment.extend_from_slice(element);
            if !(goes_on && rest.is_empty()) {
                let unit = std::mem::take(&mut self.fragment);
                self.obu(&unit)?;
            }
        }
        Some(())
    }

    /// AV1 specification section 5.3: header, extension, then the size that RTP leaves out.
    fn obu(&mut self, unit: &[u8]) -> Option<()> {
        const TEMPORAL_DELIMITER: u8 = 2;
        const HAS_EXTENSION: u8 = 0x04;
        const HAS_SIZE: u8 = 0x02;
        let header = *unit.first()?;
        if header >> 3 & 0x0f == TEMPORAL_DELIMITER {
            return Some(());
        }
        if header & HAS_SIZE != 0 {
            return self.append(unit);
        }
        let head = 1 + usize::from(header & HAS_EXTENSION != 0);
        let (head, body) = unit.split_at_checked(head)?;
        self.frame.push(header | HAS_SIZE);
        self.frame.extend_from_slice(&head[1..]);
        let mut size = body.len();
        loop {
            let low = u8::try_from(size & 0x7f).ok()?;
            size >>= 7;
            self.frame.push(if size == 0 { low } else { low | 0x80 });
            if size == 0 {
                break;
            }
        }
        self.append(body)
    }
}

/// AV1 specification section 4.10.5; more than four bytes can't be a length here.
fn leb128(bytes: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in (0..28).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(codec: Codec, packets: &[&[u8]]) -> Option<(Vec<u8>, bool)> {
        let mut depacketizer = Depacketizer::new(codec);
        depacketizer.begin();
        packets.iter().for_each(|packet| depacketizer.push(packet));
        depacketizer.finish()
    }

    #[test]
    fn frames_are_put_together_by_codec() {
        type Case<'a> = (Codec, &'a [&'a [u8]], &'a [u8]);
        let cases: [Case<'_>; 6] = [
            (Codec::Opus, &[&[1, 2]], &[1, 2]),
            (
                Codec::Vp8,
                &[&[0x90, 0x80, 5, 0x50, 7], &[0x80, 0x80, 5, 8]],
                &[0x50, 7, 8],
            ),
            (Codec::Vp9, &[&[0x88, 5, 7], &[0x84, 5, 8]], &[7, 8]),
            (
                Codec::H264,
                &[
                    &[24, 0, 2, 0x67, 1, 0, 1, 0x68],
                    &[0x7c, 0x85, 9],
                    &[0x7c, 0x45, 8],
                ],
                &[
                    0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x65, 9, 8,
                ],
            ),
            // Two units with lengths, the second going on in the next packet.
            (
                Codec::Av1,
                &[&[0x48, 2, 0x08, 3, 2, 0x30, 4], &[0x90, 5, 6]],
                &[0x0a, 1, 3, 0x32, 3, 4, 5, 6],
            ),
            // One unit without a length, with an extension byte, after a delimiter.
            (
                Codec::Av1,
                &[&[0x28, 1, 0x10, 0x0c, 0x80, 3]],
                &[0x0e, 0x80, 1, 3],
            ),
        ];
        for (codec, packets, expected) in cases {
            let (data, keyframe) = frame(codec, packets).expect("whole");
            assert_eq!(data, expected, "{codec:?}");
            assert!(keyframe, "{codec:?}");
        }
    }

    #[test]
    fn truncated_payloads_make_no_frame_and_no_panic() {
        let payloads: [(Codec, &[u8]); 6] = [
            (Codec::Vp8, &[0x90, 0xf0, 0x85, 1, 2, 3]),
            (Codec::Vp9, &[0xfa, 0x85, 1, 2, 3, 3, 3, 0xf8, 1, 2]),
            (Codec::Vp9, &[0x0a, 0x18, 0, 1, 0, 1, 3, 0xff, 1]),
            (Codec::H264, &[24, 0, 2, 0x67, 1, 0, 9, 0x68]),
            (Codec::H264, &[28, 0x05, 1]),
            (Codec::Av1, &[0x20, 2, 0x08, 3, 0xff, 0xff, 0xff, 0xff, 1]),
        ];
        for (codec, payload) in payloads {
            for length in 0..=payload.len() {
                let _ = frame(codec, &[&payload[..length]]);
            }
        }
        assert_eq!(frame(Codec::H264, &[&[24, 0, 9, 0x68]]), None);
        assert_eq!(frame(Codec::H264, &[&[0x7c, 0x85, 9]]), None);
        assert_eq!(frame(Codec::Av1, &[&[0x80, 1]]), None);
    }
}
