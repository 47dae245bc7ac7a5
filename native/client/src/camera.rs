//! What a sender sends when: a camera's frames or a microphone's, without a codec.
//!
//! Every payload begins as its codec's would, as far as an SFU looks into it, and then says when it
//! was sent.

use std::time::{Duration, Instant};

/// 30 frames a second.
const FRAME_EVERY: Duration = Duration::from_nanos(33_333_333);
/// With their headers some 1,180 bytes each: 2 Mbit/s.
const PACKETS_A_FRAME: u8 = 7;
const VIDEO_BYTES: usize = 1_160;
const VIDEO_TICKS: u32 = 3_000;
/// A keyframe comes this often, and when one is asked for.
const KEYFRAME_EVERY: Duration = Duration::from_secs(10);
/// 20 ms of Opus at 48 kbit/s.
const SOUND_EVERY: Duration = Duration::from_millis(20);
const SOUND_BYTES: usize = 120;
const SOUND_TICKS: u32 = 960;
/// Where in a payload the time stands at which it was sent.
pub const STAMP_AT: usize = 16;
/// The longest payload.
pub const PAYLOAD_BOUND: usize = VIDEO_BYTES;
/// Frames that are later than this are left out, as a camera would.
const LATE_MAX: Duration = Duration::from_millis(200);

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// 720p's rate in VP8.
    Video,
    /// Opus, 50 packets a second.
    Audio,
}

/// A packet that is due: its payload is the first `bytes` of what [`Camera::fill`] wrote.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// Of the payload.
    pub bytes: usize,
    /// The RTP timestamp.
    pub ticks: u32,
    /// Whether the frame ends with it.
    pub marker: bool,
    first: bool,
    keyframe: bool,
}

/// The clock of one stream.
#[derive(Debug)]
pub struct Camera {
    kind: Kind,
    next: Instant,
    ticks: u32,
    /// Packets of the running frame that were handed out.
    taken: u8,
    keyframe: bool,
    keyframe_at: Instant,
    /// Frames that were left out as it was too late for them.
    pub left_out: u64,
}

impl Camera {
    /// Begins at this time, with a keyframe.
    pub fn new(kind: Kind, begin: Instant) -> Self {
        Self {
            kind,
            next: begin,
            ticks: 0,
            taken: 0,
            keyframe: true,
            keyframe_at: begin + KEYFRAME_EVERY,
            left_out: 0,
        }
    }

    /// The next frame is one that a decoder can begin with.
    pub fn ask_for_keyframe(&mut self) {
        self.keyframe = true;
    }

    /// The next packet that is due by now. All of a frame are at once.
    pub fn poll(&mut self, now: Instant) -> Option<Due> {
        if now < self.next {
            return None;
        }
        if self.taken == 0 {
            self.leave_out(now);
            if now >= self.keyframe_at {
                self.keyframe = true;
                self.keyframe_at = now + KEYFRAME_EVERY;
            }
        }
        let (every, packets, bytes, step) = match self.kind {
            Kind::Video => (FRAME_EVERY, PACKETS_A_FRAME, VIDEO_BYTES, VIDEO_TICKS),
            Kind::Audio => (SOUND_EVERY, 1, SOUND_BYTES, SOUND_TICKS),
        };
        let due = Due {
            bytes,
            ticks: self.ticks,
            marker: self.kind == Kind::Video && self.taken + 1 == packets,
            first: self.taken == 0,
            keyframe: self.keyframe,
        };
        self.taken += 1;
        if self.taken == packets {
            self.taken = 0;
            self.keyframe = false;
            self.ticks = self.ticks.wrapping_add(step);
            self.next += every;
        }
        Some(due)
    }

    /// When the next packet is due.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// Writes the payload of a packet, with the time (nanoseconds of any clock) at which it is sent.
    pub fn fill(&self, due: Due, stamp_ns: u64, payload: &mut [u8; PAYLOAD_BOUND]) {
        if self.kind == Kind::Video {
            // RFC 7741: the descriptor's S bit, then the frame header with its P bit and size.
            let begin: &[u8] = match (due.first, due.keyframe) {
                (true, true) => &[
                    0x10, 0x50, 0x9d, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02,
                ],
                (true, false) => &[0x10, 0x51, 0x9d, 0x00],
                (false, _) => &[0x00, 0, 0, 0],
            };
            payload[..begin.len()].copy_from_slice(begin);
        }
        payload[STAMP_AT..STAMP_AT + 8].copy_from_slice(&stamp_ns.to_be_bytes());
    }

    fn leave_out(&mut self, now: Instant) {
        let (every, step) = match self.kind {
            Kind::Video => (FRAME_EVERY, VIDEO_TICKS),
            Kind::Audio => (SOUND_EVERY, SOUND_TICKS),
        };
        while now > self.next + LATE_MAX {
            self.next += every;
            self.ticks = self.ticks.wrapping_add(step);
            self.left_out += 1;
        }
    }
}
