//! The packet log of one track: append-only, and readable up to the last whole record whatever
//! happened to the writer.
//!
//! ```text
//! magic    8 bytes   "MCLOG" 0x01 CR LF (0x01: version)
//! records  as in `framing`                                        all numbers little-endian
//! body     u8 kind, then
//!   0 header   JSON object; always the first record
//!   1 packet   i64 arrival_us, u32 transit_us, u64 sequence, u32 ssrc, u32 timestamp,
//!              u8 payload type, u8 flags (1: marker), RTP payload
//!   2 gap      i64 at_us, u64 packets that are missing because the writer was too slow
//! ```

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use sfu::{CaptureTrack, Codec, Packet};

use crate::framing::{Framed, Framing, take, write_record};

/// First bytes of every log; CR LF shows a transfer that changed line ends.
const MAGIC: &[u8; 8] = b"MCLOG\x01\r\n";

const HEADER: u8 = 0;
const PACKET: u8 = 1;
const GAP: u8 = 2;
const MARKER: u8 = 1;
/// Bytes of a packet's body before the payload.
const PACKET_PREFIX: usize = 1 + 8 + 4 + 8 + 4 + 4 + 1 + 1;

/// What a log says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The room.
    pub room: u64,
    /// The track's number.
    pub track: u64,
    /// Whose track it is.
    pub participant: u64,
    /// The participant's label.
    pub label: String,
    /// `microphone`, `camera`, `screen` or `screen_audio`.
    pub source: String,
    /// `audio` or `video`.
    pub kind: String,
    /// `opus`, `vp8`, `vp9`, `h264` or `av1`.
    pub codec: String,
    /// Ticks of the RTP clock per second.
    pub clock_rate: u32,
    /// When the log was begun, microseconds since the Unix epoch.
    pub started_unix_us: i64,
}

impl Header {
    /// The header of a track's log that begins now.
    #[must_use]
    pub fn new(track: &CaptureTrack, started_unix_us: i64) -> Self {
        Self {
            room: track.room.0,
            track: track.track.0,
            participant: track.participant,
            label: track.label.clone(),
            source: track.source.name().into(),
            kind: match track.source.kind() {
                sfu::Kind::Audio => "audio".into(),
                sfu::Kind::Video => "video".into(),
            },
            codec: track.codec.name().into(),
            clock_rate: track.codec.clock_rate(),
            started_unix_us,
        }
    }

    /// The codec by its name.
    #[must_use]
    pub fn codec(&self) -> Option<Codec> {
        [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1]
            .into_iter()
            .find(|codec| codec.name() == self.codec)
    }
}

/// A packet as it stands in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedPacket {
    /// When it came in, microseconds since the Unix epoch.
    pub arrival_us: i64,
    /// How much earlier it was captured, as far as known, microseconds.
    pub transit_us: u32,
    /// Extended sequence number.
    pub sequence: u64,
    /// The sender's synchronisation source.
    pub ssrc: u32,
    /// RTP timestamp.
    pub timestamp_ticks: u32,
    /// The sender's payload type.
    pub payload_type: u8,
    /// RTP marker bit.
    pub marker: bool,
    /// RTP payload.
    pub payload: Vec<u8>,
}

/// A record after the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A packet.
    Packet(LoggedPacket),
    /// Packets are missing here.
    Gap {
        /// When, microseconds since the Unix epoch.
        at_us: i64,
        /// How many.
        packets: u64,
    },
}

/// Begins a log.
///
/// # Errors
/// The output's.
pub fn write_header(out: &mut impl Write, header: &Header) -> io::Result<()> {
    out.write_all(MAGIC)?;
    let mut body = vec![HEADER];
    serde_json::to_writer(&mut body, header)?;
    write_record(out, &body)
}

/// Appends a packet that came in at `arrival_us`.
///
/// # Errors
/// The output's.
pub fn write_packet(out: &mut impl Write, packet: &Packet, arrival_us: i64) -> io::Result<()> {
    let transit = packet.arrival.saturating_duration_since(packet.captured);
    let transit_us = u32::try_from(transit.as_micros()).unwrap_or(u32::MAX);
    let mut body = Vec::with_capacity(PACKET_PREFIX + packet.payload.len());
    body.push(PACKET);
    body.extend(arrival_us.to_le_bytes());
    body.extend(transit_us.to_le_bytes());
    body.extend(packet.sequence.to_le_bytes());
    body.extend(packet.ssrc.to_le_bytes());
    body.extend(packet.timestamp_ticks.to_le_bytes());
    body.push(packet.payload_type);
    body.push(if packet.marker { MARKER } else { 0 });
    body.extend_from_slice(&packet.payload);
    write_record(out, &body)
}

/// Appends a note that packets are missing.
///
/// # Errors
/// The output's.
pub fn write_gap(out: &mut impl Write, at_us: i64, packets: u64) -> io::Result<()> {
    let mut body = vec![GAP];
    body.extend(at_us.to_le_bytes());
    body.extend(packets.to_le_bytes());
    write_record(out, &body)
}

/// Why a log can't be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is another kind of file, or of another version.
    #[error("not a track log of version 1")]
    Magic,
    /// The writer was stopped before the first record was whole: nothing was captured.
    #[error("the header is missing or damaged")]
    Header,
}

/// The records of a log. Ends at the first record that is cut off; one that is whole but damaged is
/// left out and counted.
#[derive(Debug)]
pub struct Records<R> {
    framing: Framing<R>,
    damaged: u64,
}

impl<R: Read> Records<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`LogError::Io`], [`LogError::Magic`], [`LogError::Header`].
    pub fn open(input: R) -> Result<(Header, Self), LogError> {
        let mut framing = Framing::open(input, MAGIC)?.ok_or(LogError::Magic)?;
        let header = match framing.next()? {
            Framed::Whole([HEADER, json @ ..]) => serde_json::from_slice(json).ok(),
            _ => None,
        };
        let records = Self {
            framing,
            damaged: 0,
        };
        Ok((header.ok_or(LogError::Header)?, records))
    }

    /// Whole records so far whose checksum or content was wrong.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The next whole record.
    ///
    /// # Errors
    /// The input's, except that it ends.
    pub fn next_record(&mut self) -> io::Result<Option<Record>> {
        loop {
            match self.framing.next()? {
                Framed::Whole(body) => {
                    if let Some(record) = parse(body) {
                        return Ok(Some(record));
                    }
                    self.damaged += 1;
                }
                Framed::Damaged => self.damaged += 1,
                Framed::Lost => {
                    self.damaged += 1;
                    return Ok(None);
                }
                Framed::Cut | Framed::End => return Ok(None),
            }
        }
    }
}

fn parse(body: &[u8]) -> Option<Record> {
    let (kind, mut rest) = body.split_first()?;
    match *kind {
        PACKET => {
            let arrival_us = i64::from_le_bytes(take(&mut rest)?);
            let transit_us = u32::from_le_bytes(take(&mut rest)?);
            let sequence = u64::from_le_bytes(take(&mut rest)?);
            let ssrc = u32::from_le_bytes(take(&mut rest)?);
            let timestamp_ticks = u32::from_le_bytes(take(&mut rest)?);
            let [payload_type, flags] = take(&mut rest)?;
            Some(Record::Packet(LoggedPacket {
                arrival_us,
                transit_us,
                sequence,
                ssrc,
                timestamp_ticks,
                payload_type,
                marker: flags & MARKER != 0,
                payload: rest.to_vec(),
            }))
        }
        GAP => Some(Record::Gap {
            at_us: i64::from_le_bytes(take(&mut rest)?),
            packets: u64::from_le_bytes(take(&mut rest)?),
        }),
        _ => None,
    }
}
