//! The frames of a track log, in order of media time.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read};

use crate::capture::depacketize::Depacketizer;
use crate::capture::log::{Header, LogError, LoggedPacket, Record, Records};

/// Packets that may wait for one that is missing. Retransmissions come within a second; this is
/// two seconds of 720p video.
const REORDER_PACKETS_BOUND: usize = 512;

/// One encoded picture or one Opus packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Media time in ticks of the track's clock: the first frame's RTP timestamp, unwrapped from
    /// there on.
    pub pts_ticks: i64,
    /// When its last packet came in, microseconds since the Unix epoch.
    pub arrival_us: i64,
    /// When it was captured, by this machine's clock, as far as the sender's reports tell,
    /// microseconds since the Unix epoch; never after the arrival of its first packet.
    pub captured_us: i64,
    /// Decoding can begin here.
    pub keyframe: bool,
    /// H.264 in Annex B form, AV1 as a temporal unit without delimiter.
    pub data: Vec<u8>,
}

/// Reads a log's header and frames.
///
/// # Errors
/// When it is no log. A cut-off end or damaged records are none.
pub fn read_track_log<R: Read>(input: R) -> Result<(Header, Frames<R>), LogError> {
    let (header, records) = Records::open(input)?;
    let codec = header.codec().ok_or(LogError::Header)?;
    let frames = Frames {
        records,
        clock_rate: header.clock_rate,
        waiting: BTreeMap::new(),
        ssrc: None,
        next_sequence: None,
        depacketizer: Depacketizer::new(codec),
        current: None,
        clock: None,
        ready: VecDeque::new(),
        incomplete: 0,
        uncaptured_packets: 0,
    };
    Ok((header, frames))
}

/// Iterator over the frames of a log.
#[derive(Debug)]
pub struct Frames<R> {
    records: Records<R>,
    clock_rate: u32,
    waiting: BTreeMap<u64, LoggedPacket>,
    ssrc: Option<u32>,
    next_sequence: Option<u64>,
    depacketizer: Depacketizer,
    current: Option<Times>,
    clock: Option<Unwrapped>,
    ready: VecDeque<Frame>,
    incomplete: u64,
    uncaptured_packets: u64,
}

/// Times of the frame that is being put together.
#[derive(Debug, Clone, Copy)]
struct Times {
    timestamp_ticks: u32,
    pts_ticks: i64,
    arrival_us: i64,
    captured_us: i64,
}

/// The last timestamp and what it was unwrapped to.
#[derive(Debug, Clone, Copy)]
struct Unwrapped {
    ticks: u32,
    pts: i64,
    captured_us: i64,
}

impl<R: Read> Iterator for Frames<R> {
    type Item = io::Result<Frame>;

    fn next(&mut self) -> Option<io::Result<Frame>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(Ok(frame));
            }
            match self.records.next_record() {
                Err(error) => return Some(Err(error)),
                Ok(Some(Record::Packet(packet))) => self.take(packet),
                Ok(Some(Record::Gap { packets, .. })) => self.uncaptured_packets += packets,
                Ok(None) if self.waiting.is_empty() && self.current.is_none() => return None,
                Ok(None) => {
                    self.release_all();
                    self.abandon_frame();
                }
            }
        }
    }
}

impl<R: Read> Frames<R> {
    /// Whole records so far that were damaged.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.records.damaged()
    }

    /// Frames so far that came in part and were left out.
    #[must_use]
    pub fn incomplete(&self) -> u64 {
        self.incomplete
    }

    /// Packets so far that came but aren't in the log, as its writer was too slow.
    #[must_use]
    pub fn uncaptured_packets(&self) -> u64 {
        self.uncaptured_packets
    }

    fn take(&mut self, packet: LoggedPacket) {
        if self.ssrc != Some(packet.ssrc) {
            // The sender began anew: other sequence numbers, another clock.
            self.release_all();
            self.abandon_frame();
            self.ssrc = Some(packet.ssrc);
            self.next_sequence = None;
            self.restart_clock(&packet);
        }
        if self
            .next_sequence
            .is_some_and(|next| packet.sequence < next)
        {
            return;
        }
        self.waiting.insert(packet.sequence, packet);
        loop {
            let Some((&sequence, _)) = self.waiting.first_key_value() else {
                return;
            };
            let in_order = self.next_sequence.is_none_or(|next| next == sequence);
            if !in_order && self.waiting.len() <= REORDER_PACKETS_BOUND {
                return;
            }
            self.release_first();
        }
    }

    fn release_all(&mut self) {
        while !self.waiting.is_empty() {
            self.release_first();
        }
    }

    /// The earliest waiting packet goes on, whether or not some before it are missing.
    fn release_first(&mut self) {
        let Some((sequence, packet)) = self.waiting.pop_first() else {
            return;
        };
        let missing = self.next_sequence.is_some_and(|next| next != sequence);
        self.next_sequence = Some(sequence + 1);
        if packet.payload.is_empty() {
            // Padding: only its number counts.
            if missing {
                self.depacketizer.lost();
            }
            return;
        }
        match &mut self.current {
            Some(times) if times.timestamp_ticks == packet.timestamp_ticks => {
                if missing {
                    self.depacketizer.lost();
                }
                times.arrival_us = times.arrival_us.max(packet.arrival_us);
                times.captured_us = times.captured_us.min(captured_us(&packet));
            }
            _ => {
                if missing {
                    // What is missing may have been the end of the frame before.
                    self.depacketizer.lost();
                }
                self.depacketizer.end_unmarked();
                self.end_frame();
                self.begin_frame(&packet);
            }
        }
        self.depacketizer.push(&packet.payload);
        if packet.marker || self.is_audio() {
            self.end_frame();
        }
    }

    fn is_audio(&self) -> bool {
        self.clock_rate != VIDEO_CLOCK_RATE
    }

    fn begin_frame(&mut self, packet: &LoggedPacket) {
        let captured_us = captured_us(packet);
        let pts_ticks = match self.clock {
            // The difference of 32-bit timestamps is a signed number around zero.
            Some(clock) => {
                let step = packet
                    .timestamp_ticks
                    .wrapping_sub(clock.ticks)
                    .cast_signed();
                clock.pts + i64::from(step)
            }
            None => i64::from(packet.timestamp_ticks),
        };
        self.clock = Some(Unwrapped {
            ticks: packet.timestamp_ticks,
            pts: pts_ticks,
            captured_us,
        });
        self.current = Some(Times {
            timestamp_ticks: packet.timestamp_ticks,
            pts_ticks,
            arrival_us: packet.arrival_us,
            captured_us,
        });
        // A gap before it says nothing about this frame; a missing start shows by the payload.
        self.depacketizer.begin();
    }

    fn end_frame(&mut self) {
        let Some(times) = self.current.take() else {
            return;
        };
        match self.depacketizer.finish() {
            Some((data, keyframe)) => self.ready.push_back(Frame {
                pts_ticks: times.pts_ticks,
                arrival_us: times.arrival_us,
                captured_us: times.captured_us,
                keyframe,
                data,
            }),
            None => self.incomplete += 1,
        }
    }

    /// Nothing more of the current frame will come.
    fn abandon_frame(&mut self) {
        self.depacketizer.lost();
        self.end_frame();
    }

    /// A new source's clock goes on from where the old one's would be by now.
    fn restart_clock(&mut self, packet: &LoggedPacket) {
        if let Some(clock) = &mut self.clock {
            let elapsed_us = (captured_us(packet) - clock.captured_us).max(0);
            let elapsed = elapsed_us * i64::from(self.clock_rate) / 1_000_000;
            clock.pts += elapsed.max(1);
            clock.ticks = packet.timestamp_ticks;
        }
    }
}

/// All video codecs count in this clock (RFC 3551 section 5), Opus in 48 kHz.
const VIDEO_CLOCK_RATE: u32 = 90_000;

fn captured_us(packet: &LoggedPacket) -> i64 {
    packet.arrival_us - i64::from(packet.transit_us)
}
