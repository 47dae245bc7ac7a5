//! One media packet, decrypted, in our own terms.

use std::sync::Arc;
use std::time::Instant;

use crate::codec::CodecParameters;
use crate::id::Mid;

/// A media packet as it came from a publisher.
#[derive(Debug, Clone)]
pub struct Packet {
    /// Media section it belongs to.
    pub mid: Mid,
    /// Synchronisation source at the sender.
    pub ssrc: u32,
    /// Payload type at the sender.
    pub payload_type: u8,
    /// What the payload type stands for.
    pub parameters: CodecParameters,
    /// Sequence number, extended by the rollovers.
    pub sequence: u64,
    /// RTP timestamp in ticks of the codec's clock.
    pub timestamp_ticks: u32,
    /// RTP marker bit.
    pub marker: bool,
    /// Header extensions worth passing on.
    pub extensions: Extensions,
    /// RTP payload. Empty when the packet was padding only, as senders without a retransmission
    /// stream use to probe the bandwidth.
    pub payload: Arc<[u8]>,
    /// When it came in.
    pub arrival: Instant,
    /// When it was captured, on this machine's clock; the arrival while the sender's is unknown.
    pub captured: Instant,
}

/// Header extension values that a receiver needs; the others are of one hop only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extensions {
    /// RFC 6464, in -dBov (negative, 0 loudest).
    pub audio_level: Option<i8>,
    /// RFC 6464: speech, not noise.
    pub voice_activity: Option<bool>,
    /// 3GPP TS 26.114 coordination of video orientation, the two rotation bits.
    pub orientation: Option<u8>,
}

/// A packet rewritten for one receiver.
#[derive(Debug)]
pub struct Forwarded {
    /// The receiver's payload type.
    pub payload_type: u8,
    /// Extended sequence number in the receiver's stream.
    pub sequence: u64,
    /// Timestamp in the receiver's stream.
    pub timestamp_ticks: u32,
}
