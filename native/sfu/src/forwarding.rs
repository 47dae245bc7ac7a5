//! Rewriting of one source's packets for one receiver, so that its decoder sees one unbroken stream
//! whatever happens at the source (mute, hold, another track, another SSRC).

use std::collections::VecDeque;
use std::time::Instant;

use crate::codec::{CodecParameters, Kind};
use crate::packet::{Forwarded, Packet};
use crate::payload::starts_keyframe;

/// Sequence numbers start below this. The rollover counter is not on the wire: a stream must start
/// in its first round, and a start near the end lets early reordering look like a rollover
/// (RFC 3711 section 3.3.1).
const FIRST_SEQUENCE_MASK: u32 = 0x7fff;

/// Padding packets remembered, so that packets which come late still find their number.
const LEFT_OUT_BOUND: usize = 512;

/// What became of a packet.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Send it.
    Send(Forwarded),
    /// Nothing can be sent before the source makes a keyframe.
    NeedsKeyframe,
    /// Nothing for this receiver: from before its stream starts, or padding.
    Stale,
    /// The receiver takes no codec like this. Said once per change of codec.
    NoCommonCodec,
    /// As before, said already.
    Unmapped,
}

/// The state of one outgoing stream. It belongs to the SSRC and outlives subscriptions: sequence
/// numbers of an SSRC must never be used twice under one key.
#[derive(Debug)]
pub(crate) struct Forwarder {
    codecs: Vec<(u8, CodecParameters)>,
    mapping: Option<(CodecParameters, Option<u8>)>,
    source: Option<Source>,
    /// The next packet starts a new run: its sequence number follows the last one sent.
    restart: bool,
    next_sequence: u64,
    last: Option<(u32, Instant)>,
}

/// How the current source's numbers become ours.
#[derive(Debug)]
struct Source {
    ssrc: u32,
    first_in: u64,
    /// Our number for `first_in`.
    first_out: u64,
    ticks_offset: u32,
    /// The source's numbers that were left out since, ascending: its padding.
    left_out: VecDeque<u64>,
}

impl Source {
    /// Our number for the source's; `None` from before the start.
    fn sequence(&self, incoming: u64) -> Option<u64> {
        let ahead = incoming.checked_sub(self.first_in)?;
        let left_out = self.left_out.partition_point(|number| *number < incoming);
        Some(self.first_out + ahead - left_out as u64)
    }

    /// Later packets take the place of this one.
    fn leave_out(&mut self, incoming: u64) {
        self.left_out.push_back(incoming);
        if self.left_out.len() > LEFT_OUT_BOUND
            && let Some(oldest) = self.left_out.pop_front()
        {
            // Packets from before it would be too late for any receiver.
            self.first_out += oldest - self.first_in;
            self.first_in = oldest + 1;
        }
    }
}

impl Forwarder {
    /// A stream on `ssrc` toward a receiver that takes `codecs` (payload type and parameters).
    pub(crate) fn new(ssrc: u32, codecs: Vec<(u8, CodecParameters)>) -> Self {
        Self {
            codecs,
            mapping: None,
            source: None,
            restart: true,
            next_sequence: u64::from(ssrc & FIRST_SEQUENCE_MASK),
            last: None,
        }
    }

    /// The receiver renegotiated.
    pub(crate) fn set_codecs(&mut self, codecs: Vec<(u8, CodecParameters)>) {
        self.codecs = codecs;
        self.mapping = None;
    }

    /// Packets were or will be left out on purpose: start a new run with the next that fits.
    pub(crate) fn restart(&mut self) {
        self.restart = true;
    }

    /// The receiver's payload type for `sent`, the best match.
    pub(crate) fn payload_type_for(
        codecs: &[(u8, CodecParameters)],
        sent: &CodecParameters,
    ) -> Option<u8> {
        let mut best = None;
        for (payload_type, own) in codecs {
            let score = own.takes(sent);
            if score > best.map(|(score, _)| score) {
                best = score.map(|score| (score, *payload_type));
            }
        }
        best.map(|(_, payload_type)| payload_type)
    }

    /// Rewrites `packet`, or says why it is left out.
    pub(crate) fn forward(&mut self, packet: &Packet) -> Outcome {
        let payload_type = match self.mapping {
            Some((parameters, mapped)) if parameters == packet.parameters => match mapped {
                Some(payload_type) => payload_type,
                None => return Outcome::Unmapped,
            },
            _ => {
                let mapped = Self::payload_type_for(&self.codecs, &packet.parameters);
                self.mapping = Some((packet.parameters, mapped));
                match mapped {
                    Some(payload_type) => payload_type,
                    None => return Outcome::NoCommonCodec,
                }
            }
        };
        let padding = packet.payload.is_empty();
        let runs = |source: &Source| source.ssrc == packet.ssrc && !self.restart;
        if !self.source.as_ref().is_some_and(runs) {
            if padding {
                return Outcome::Stale;
            }
            if let Some(outcome) = self.begin(packet) {
                return outcome;
            }
        }
        let Some((source, sequence)) = self
            .source
            .as_mut()
            .and_then(|source| source.sequence(packet.sequence).map(|s| (source, s)))
        else {
            return Outcome::Stale;
        };
        // Padding that comes late has left a gap already, which it fills as an empty packet.
        if padding && sequence >= self.next_sequence {
            source.leave_out(packet.sequence);
            return Outcome::Stale;
        }
        let timestamp_ticks = packet.timestamp_ticks.wrapping_add(source.ticks_offset);
        if sequence >= self.next_sequence {
            self.next_sequence = sequence + 1;
            self.last = Some((timestamp_ticks, packet.arrival));
        }
        Outcome::Send(Forwarded {
            payload_type,
            sequence,
            timestamp_ticks,
        })
    }

    /// Starts a run with this packet, or says why it can't.
    fn begin(&mut self, packet: &Packet) -> Option<Outcome> {
        let codec = packet.parameters.codec;
        let same = self.source.as_ref().filter(|s| s.ssrc == packet.ssrc);
        if same.is_some_and(|source| packet.sequence < source.first_in) {
            return Some(Outcome::Stale);
        }
        if codec.kind() == Kind::Video && !starts_keyframe(codec, &packet.payload) {
            return Some(Outcome::NeedsKeyframe);
        }
        let ticks_offset = match (same, self.last) {
            // The source's clock went on while nothing was sent.
            (Some(source), _) => source.ticks_offset,
            (None, None) => 0,
            // Another clock: go on from where the stream would be by now.
            (None, Some((last_ticks, at))) => {
                let elapsed = packet.arrival.saturating_duration_since(at);
                let ticks = elapsed.as_micros() * u128::from(codec.clock_rate()) / 1_000_000;
                // Modulo 2^32, as timestamps are.
                #[allow(clippy::cast_possible_truncation)]
                let expected = last_ticks.wrapping_add((ticks as u32).max(1));
                expected.wrapping_sub(packet.timestamp_ticks)
            }
        };
        self.source = Some(Source {
            ssrc: packet.ssrc,
            first_in: packet.sequence,
            first_out: self.next_sequence,
            ticks_offset,
            left_out: VecDeque::new(),
        });
        self.restart = false;
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::disallowed_methods,
        reason = "a virtual clock begins at some instant"
    )]

    use std::time::Duration;

    use super::*;
    use crate::codec::Codec;
    use crate::id::Mid;

    const VP8: CodecParameters = CodecParameters {
        codec: Codec::Vp8,
        profile_level_id: None,
        packetization_mode: 0,
        profile: 0,
    };
    const KEY: &[u8] = &[0x10, 0x50];
    const DELTA: &[u8] = &[0x10, 0x51];

    fn packet(now: Instant, ssrc: u32, sequence: u64, ticks: u32, payload: &[u8]) -> Packet {
        Packet {
            mid: Mid::from("0"),
            ssrc,
            payload_type: 96,
            parameters: VP8,
            sequence,
            timestamp_ticks: ticks,
            marker: true,
            extensions: Default::default(),
            payload: payload.into(),
            arrival: now,
            captured: now,
        }
    }

    fn sent(outcome: Outcome) -> (u64, u32) {
        match outcome {
            Outcome::Send(forwarded) => (forwarded.sequence, forwarded.timestamp_ticks),
            other => panic!("not sent: {other:?}"),
        }
    }

    fn forwarder() -> Forwarder {
        Forwarder::new(0xffff_0007, vec![(120, VP8)])
    }

    #[test]
    fn a_stream_starts_with_a_keyframe_in_its_first_round_and_keeps_gaps_and_order() {
        let now = Instant::now();
        let mut stream = forwarder();
        assert!(matches!(
            stream.forward(&packet(now, 1, 70_000, 1, DELTA)),
            Outcome::NeedsKeyframe
        ));
        assert_eq!(
            sent(stream.forward(&packet(now, 1, 70_001, 100, KEY))),
            (0x7fff & 0xffff_0007, 100)
        );
        let first = 0xffff_0007 & 0x7fff;
        assert_eq!(
            sent(stream.forward(&packet(now, 1, 70_004, 200, DELTA))).0,
            first + 3
        );
        assert_eq!(
            sent(stream.forward(&packet(now, 1, 70_002, 150, DELTA))).0,
            first + 1
        );
        assert!(matches!(
            stream.forward(&packet(now, 1, 69_999, 50, DELTA)),
            Outcome::Stale
        ));
    }

    #[test]
    fn after_a_pause_numbers_go_on_without_a_gap_and_time_does_not_stop() {
        let now = Instant::now();
        let mut stream = forwarder();
        let (first, _) = sent(stream.forward(&packet(now, 1, 10, 1000, KEY)));
        stream.restart();
        assert!(matches!(
            stream.forward(&packet(now, 1, 50, 9000, DELTA)),
            Outcome::NeedsKeyframe
        ));
        assert_eq!(
            sent(stream.forward(&packet(now, 1, 60, 10_000, KEY))),
            (first + 1, 10_000)
        );
        assert!(matches!(
            stream.forward(&packet(now, 1, 55, 9500, DELTA)),
            Outcome::Stale
        ));
    }

    #[test]
    fn another_source_goes_on_in_the_same_clock() {
        let now = Instant::now();
        let mut stream = forwarder();
        let (first, _) = sent(stream.forward(&packet(now, 1, 10, u32::MAX, KEY)));
        let later = now + Duration::from_millis(100);
        assert_eq!(
            sent(stream.forward(&packet(later, 2, 5, 777, KEY))),
            (first + 1, 8999)
        );
        assert_eq!(
            sent(stream.forward(&packet(later, 2, 6, 3777, DELTA))),
            (first + 2, 11_999)
        );
    }

    #[test]
    fn padding_leaves_no_gap_and_late_packets_keep_their_numbers() {
        let now = Instant::now();
        let mut stream = forwarder();
        let (first, _) = sent(stream.forward(&packet(now, 1, 10, 0, KEY)));
        let mut give =
            |sequence: u64, payload: &[u8]| stream.forward(&packet(now, 1, sequence, 0, payload));
        // 11 is missing, 12 and 13 are padding, 15 is padding that comes after 16.
        for padding in [12, 13] {
            assert!(matches!(give(padding, &[]), Outcome::Stale));
        }
        assert_eq!(sent(give(14, DELTA)).0, first + 2);
        assert_eq!(sent(give(11, DELTA)).0, first + 1);
        assert_eq!(sent(give(16, DELTA)).0, first + 4);
        assert_eq!(sent(give(15, &[])).0, first + 3);
        assert_eq!(sent(give(17, DELTA)).0, first + 5);
        // However much there is.
        for padding in 18..5018 {
            assert!(matches!(give(padding, &[]), Outcome::Stale));
        }
        assert_eq!(sent(give(5018, DELTA)).0, first + 6);
        assert!(matches!(give(17, DELTA), Outcome::Stale));
    }

    #[test]
    fn a_codec_the_receiver_does_not_take_is_said_once() {
        let now = Instant::now();
        let mut stream = forwarder();
        let mut other = packet(now, 1, 1, 1, KEY);
        other.parameters.codec = Codec::Av1;
        assert!(matches!(stream.forward(&other), Outcome::NoCommonCodec));
        assert!(matches!(stream.forward(&other), Outcome::Unmapped));
    }
}
