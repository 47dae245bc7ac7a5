//! Reports and feedback, in compound packets (RFC 3550 section 6, RFC 4585, RFC 5104,
//! draft-holmer-rmcat-transport-wide-cc-extensions-01).

use crate::header::{read_u16, read_u32};

const RECEIVER_REPORT: u8 = 201;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const SENDER_REPORT: u8 = 200;
const PLI: u8 = 1;
const FIR: u8 = 4;
const TRANSPORT_CC: u8 = 15;

/// What one packet of a compound says, as far as anybody here asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Sender report: `ntp` as 32.32 bits, and what the media's clock showed then.
    SenderReport {
        /// Whose.
        ssrc: u32,
        /// Wall clock, seconds since 1900 in the upper half.
        ntp: u64,
        /// Media clock.
        timestamp: u32,
    },
    /// A decoder lost its way and needs a keyframe of this stream: PLI or FIR.
    KeyframeWanted {
        /// Of whose stream.
        media_ssrc: u32,
    },
    /// Anything else.
    Other,
}

/// The packets of a compound, in order; the last one is an error where it is malformed.
pub fn packets(compound: &[u8]) -> impl Iterator<Item = Result<Control, Malformed>> {
    let mut left = compound;
    std::iter::from_fn(move || {
        if left.is_empty() {
            return None;
        }
        let Some((packet, rest)) = split(left) else {
            left = &[];
            return Some(Err(Malformed));
        };
        left = rest;
        Some(read(packet).ok_or(Malformed))
    })
}

/// Not as long as it says, or of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed RTCP")]
pub struct Malformed;

fn split(compound: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = *compound.first()?;
    let length = 4 + usize::from(read_u16(compound, 2)?) * 4;
    (first >> 6 == 2 && compound.len() >= length).then(|| compound.split_at(length))
}

fn read(packet: &[u8]) -> Option<Control> {
    let (form, kind) = (*packet.first()? & 0x1f, *packet.get(1)?);
    Some(match (kind, form) {
        (SENDER_REPORT, _) => Control::SenderReport {
            ssrc: read_u32(packet, 4)?,
            ntp: u64::from(read_u32(packet, 8)?) << 32 | u64::from(read_u32(packet, 12)?),
            timestamp: read_u32(packet, 16)?,
        },
        (PAYLOAD_FEEDBACK, PLI) => Control::KeyframeWanted {
            media_ssrc: read_u32(packet, 8)?,
        },
        // The stream stands in the first entry (RFC 5104 section 4.3.1).
        (PAYLOAD_FEEDBACK, FIR) => Control::KeyframeWanted {
            media_ssrc: read_u32(packet, 12)?,
        },
        _ => Control::Other,
    })
}

/// What a receiver says of one stream (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Reception {
    /// Whose stream.
    pub ssrc: u32,
    /// Lost since the last report, in 256ths.
    pub lost_share: u8,
    /// Lost in all, at most 2^23 - 1.
    pub lost: u32,
    /// The highest sequence number with its rounds.
    pub highest: u32,
    /// In the units of the media's clock.
    pub jitter: u32,
    /// The middle of the last sender report's time, and how long ago that came, in 1/65,536 s.
    pub last_report: (u32, u32),
}

/// Writes a receiver report of at most 31 streams; says how long it is. None if there is no room.
pub fn write_receiver_report(sender: u32, of: &[Reception], out: &mut [u8]) -> Option<usize> {
    let of = &of[..of.len().min(31)];
    let length = 8 + of.len() * 24;
    let out = begin(out, of.len(), RECEIVER_REPORT, length)?;
    out[4..8].copy_from_slice(&sender.to_be_bytes());
    for (one, block) in of.iter().zip(out[8..].chunks_exact_mut(24)) {
        block[..4].copy_from_slice(&one.ssrc.to_be_bytes());
        block[4..8].copy_from_slice(&one.lost.min(0x7f_ffff).to_be_bytes());
        block[4] = one.lost_share;
        block[8..12].copy_from_slice(&one.highest.to_be_bytes());
        block[12..16].copy_from_slice(&one.jitter.to_be_bytes());
        block[16..20].copy_from_slice(&one.last_report.0.to_be_bytes());
        block[20..24].copy_from_slice(&one.last_report.1.to_be_bytes());
    }
    Some(length)
}

/// Writes a request for a keyframe; says how long it is. None if there is no room.
pub fn write_pli(sender: u32, media_ssrc: u32, out: &mut [u8]) -> Option<usize> {
    let out = begin(out, PLI.into(), PAYLOAD_FEEDBACK, 12)?;
    out[4..8].copy_from_slice(&sender.to_be_bytes());
    out[8..12].copy_from_slice(&media_ssrc.to_be_bytes());
    Some(12)
}

/// Writes when packets arrived, by their transport-wide sequence numbers (extended, ascending) and
/// microseconds; says how long that is and how many of them it holds, which may be fewer. None if
/// there is no room for any.
pub fn write_arrivals(
    sender: u32,
    media_ssrc: u32,
    count: u8,
    arrivals: &[(u64, u64)],
    out: &mut [u8],
) -> Option<(usize, usize)> {
    const HEADER: usize = 20;
    let (&(base, first_us), room) = (arrivals.first()?, out.len());
    // In units of 64 ms; the first delta counts from there.
    let reference = first_us / 64_000;
    let (mut held, mut statuses, mut deltas) = (0, 0, 0);
    let mut before = reference * 256;
    // How many fit, and how far they lie apart.
    for &(sequence, at_us) in arrivals {
        let at = at_us / 250;
        let Ok(delta) = i16::try_from(at.cast_signed() - before.cast_signed()) else {
            break;
        };
        let all = usize::try_from(sequence - base + 1).ok()?;
        let more = if u8::try_from(delta).is_ok() { 1 } else { 2 };
        let length = (HEADER + all.div_ceil(7) * 2 + deltas + more).next_multiple_of(4);
        if length > room || all > usize::from(u16::MAX) {
            break;
        }
        (held, statuses, deltas, before) = (held + 1, all, deltas + more, at);
    }
    if held == 0 {
        return None;
    }
    let chunks = statuses.div_ceil(7) * 2;
    let length = (HEADER + chunks + deltas).next_multiple_of(4);
    let out = begin(out, TRANSPORT_CC.into(), TRANSPORT_FEEDBACK, length)?;
    out[4..].fill(0);
    out[4..8].copy_from_slice(&sender.to_be_bytes());
    out[8..12].copy_from_slice(&media_ssrc.to_be_bytes());
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is on the wire goes round"
    )]
    let (base_wire, statuses_wire, reference_wire) =
        (base as u16, statuses as u16, reference as u32);
    out[12..14].copy_from_slice(&base_wire.to_be_bytes());
    out[14..16].copy_from_slice(&statuses_wire.to_be_bytes());
    out[16..20].copy_from_slice(&(reference_wire << 8).to_be_bytes());
    out[19] = count;
    let (chunk_bytes, delta_bytes) = out[HEADER..].split_at_mut(chunks);
    // Every chunk is a vector of seven statuses of two bits.
    for chunk in chunk_bytes.chunks_exact_mut(2) {
        chunk[0] = 0xc0;
    }
    let (mut at_delta, mut before) = (0, reference * 256);
    for &(sequence, at_us) in &arrivals[..held] {
        let at = at_us / 250;
        let delta = at.cast_signed() - before.cast_signed();
        before = at;
        let place = usize::try_from(sequence - base).ok()?;
        let (chunk, slot) = (place / 7 * 2, place % 7);
        let status: u16 = if let Ok(small) = u8::try_from(delta) {
            delta_bytes[at_delta] = small;
            at_delta += 1;
            1
        } else {
            let large = i16::try_from(delta).ok()?.to_be_bytes();
            delta_bytes[at_delta..at_delta + 2].copy_from_slice(&large);
            at_delta += 2;
            2
        };
        let bits = (status << (12 - 2 * slot)).to_be_bytes();
        chunk_bytes[chunk] |= bits[0];
        chunk_bytes[chunk + 1] |= bits[1];
    }
    Some((length, held))
}

/// The beginning of a packet of so many bytes, a multiple of four.
fn begin(out: &mut [u8], form: usize, kind: u8, length: usize) -> Option<&mut [u8]> {
    let out = out.get_mut(..length)?;
    let words = u16::try_from(length / 4 - 1).ok()?;
    out[0] = 0x80 | u8::try_from(form & 0x1f).ok()?;
    out[1] = kind;
    out[2..4].copy_from_slice(&words.to_be_bytes());
    Some(out)
}
