//! What stands in a segment of a journal.
//!
//! ```text
//! magic    8 bytes   "MCJRNL" 0x01 LF (0x01: version)
//! records  as in `framing`                                        all numbers little-endian
//! body     u8 kind, then
//!   0 header   JSON object; always the first record
//!   1 command  i64 at_us, u64 command's number, u32 digest, request as JSON
//!   2 end      u8 why (0 closed, 1 gap, 2 full), i64 at_us, u32 digest; always the last record
//! ```
//!
//! A digest is the CRC-32 of the JSON of all events of the run so far, one after the other. Once it
//! differs it goes on to differ: equal bytes never bring two different checksums together again.

use acd::Envelope;
use crc32fast::Hasher;
use serde::{Deserialize, Serialize};

use crate::framing::take;
use crate::request::Request;

/// First bytes of every segment; LF shows a transfer that changed line ends.
pub(crate) const MAGIC: &[u8; 8] = b"MCJRNL\x01\n";

const HEADER: u8 = 0;
const COMMAND: u8 = 1;
const END: u8 = 2;

/// What a segment says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`acd::RULES_VERSION`] of the matcher that ran.
    pub rules: u32,
    /// Version of the program.
    pub release: String,
    /// Number of the segment in its run, from 1.
    pub segment: u32,
    /// Commands of the run before this segment.
    pub commands: u64,
}

/// Why a run's journal has an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The matcher was closed.
    Closed,
    /// The disk was too slow or refused: commands after this are missing.
    Gap,
    /// The journal has the size it may have.
    Full,
}

/// A record after the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A command as the machine got it.
    Command {
        /// The time it was given, microseconds since the Unix epoch.
        at_us: i64,
        /// The caller's number of it.
        id: u64,
        /// Of all events up to the one that closed the command before.
        digest: u32,
        /// The JSON form of a [`Request`].
        json: Vec<u8>,
    },
    /// Nothing follows.
    End {
        /// Why.
        reason: EndReason,
        /// The last time the machine was given, microseconds since the Unix epoch.
        at_us: i64,
        /// Of all events.
        digest: u32,
    },
}

/// Sums up the events as they come.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    sum: Hasher,
    /// One event's JSON, kept so that no memory is asked for.
    json: Vec<u8>,
}

impl Digest {
    /// The next event.
    pub fn add(&mut self, event: &Envelope) {
        self.json.clear();
        serde_json::to_writer(&mut self.json, event).expect("numbers, texts and names");
        self.sum.update(&self.json);
    }

    /// Of all so far.
    #[must_use]
    pub fn value(&self) -> u32 {
        self.sum.clone().finalize()
    }
}

/// Takes events for their digest alone.
impl acd::EventSink for Digest {
    fn emit(&mut self, envelope: Envelope) {
        self.add(&envelope);
    }
}

pub(crate) fn header_body(header: &Header) -> Vec<u8> {
    let mut body = vec![HEADER];
    body.extend(serde_json::to_vec(header).expect("numbers and a text"));
    body
}

pub(crate) fn command_body(at_us: i64, id: u64, digest: u32, request: &Request) -> Vec<u8> {
    let mut body = vec![COMMAND];
    body.extend(at_us.to_le_bytes());
    body.extend(id.to_le_bytes());
    body.extend(digest.to_le_bytes());
    body.extend(request.to_json());
    body
}

pub(crate) fn end_body(reason: EndReason, at_us: i64, digest: u32) -> Vec<u8> {
    let mut body = vec![END, reason as u8];
    body.extend(at_us.to_le_bytes());
    body.extend(digest.to_le_bytes());
    body
}

pub(crate) fn parse_header(body: &[u8]) -> Option<Header> {
    match body {
        [HEADER, json @ ..] => serde_json::from_slice(json).ok(),
        _ => None,
    }
}

pub(crate) fn parse(body: &[u8]) -> Option<Record> {
    let (kind, mut rest) = body.split_first()?;
    match *kind {
        COMMAND => Some(Record::Command {
            at_us: i64::from_le_bytes(take(&mut rest)?),
            id: u64::from_le_bytes(take(&mut rest)?),
            digest: u32::from_le_bytes(take(&mut rest)?),
            json: rest.to_vec(),
        }),
        END => {
            let [reason] = take(&mut rest)?;
            let reasons = [EndReason::Closed, EndReason::Gap, EndReason::Full];
            Some(Record::End {
                reason: *reasons.get(usize::from(reason))?,
                at_us: i64::from_le_bytes(take(&mut rest)?),
                digest: u32::from_le_bytes(take(&mut rest)?),
            })
        }
        _ => None,
    }
}
