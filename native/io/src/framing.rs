//! Records with a length and a checksum, one after the other: readable up to the last whole one
//! whatever happened to the writer.
//!
//! ```text
//! record   u32 length of body, u32 CRC-32 of body, body           all numbers little-endian
//! ```

use std::io::{self, Read, Write};

/// Largest body taken for real when reading.
const BODY_BYTES_BOUND: usize = 128 * 1024;

/// Bytes of a record beside its body.
pub(crate) const FRAME_BYTES: usize = 8;

/// Appends a record.
///
/// # Errors
/// The output's.
pub(crate) fn write_record(out: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&crc32fast::hash(body).to_le_bytes())?;
    out.write_all(body)
}

/// What stands where a record may begin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framed<'a> {
    /// A record's body.
    Whole(&'a [u8]),
    /// A record with a wrong checksum; the next one may be right.
    Damaged,
    /// A length that can't be true: where the next record begins is unknown.
    Lost,
    /// The input ended within a record.
    Cut,
    /// The input ended after a record.
    End,
}

/// Takes records off an input.
#[derive(Debug)]
pub(crate) struct Framing<R> {
    input: R,
    body: Vec<u8>,
}

impl<R: Read> Framing<R> {
    /// Checks the first bytes; false: they are others.
    ///
    /// # Errors
    /// The input's, except that it ends.
    pub(crate) fn open(mut input: R, magic: &[u8; 8]) -> io::Result<Option<Self>> {
        let mut first = [0; 8];
        let whole = fill(&mut input, &mut first)? == first.len();
        let body = Vec::new();
        Ok((whole && first == *magic).then_some(Self { input, body }))
    }

    /// The next record.
    ///
    /// # Errors
    /// The input's, except that it ends.
    pub(crate) fn next(&mut self) -> io::Result<Framed<'_>> {
        let mut frame = [0; FRAME_BYTES];
        match fill(&mut self.input, &mut frame)? {
            0 => return Ok(Framed::End),
            FRAME_BYTES => {}
            _ => return Ok(Framed::Cut),
        }
        let [l0, l1, l2, l3, crc @ ..] = frame;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length > BODY_BYTES_BOUND {
            return Ok(Framed::Lost);
        }
        self.body.resize(length, 0);
        if fill(&mut self.input, &mut self.body)? < length {
            return Ok(Framed::Cut);
        }
        if crc32fast::hash(&self.body) == u32::from_le_bytes(crc) {
            Ok(Framed::Whole(&self.body))
        } else {
            Ok(Framed::Damaged)
        }
    }
}

/// How many bytes there were; fewer than the buffer has room for: the input ended.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Takes the first bytes off a body, if there are so many.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}
