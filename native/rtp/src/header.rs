//! A packet's header (RFC 3550 section 5.1) and its extensions (RFC 8285).

/// What every RTP packet begins with.
pub const FIXED_BYTES: usize = 12;
/// What every RTCP packet begins with: header and the sender's SSRC; this much stays in the clear.
pub const RTCP_BYTES: usize = 8;

const ONE_BYTE: u16 = 0xbede;
/// The upper twelve bits; the lower four are the application's.
const TWO_BYTE: u16 = 0x1000;

/// Whether a datagram that may be RTP or RTCP (RFC 7983) is RTCP (RFC 5761 section 4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram
        .get(1)
        .is_some_and(|kind| (192..224).contains(kind))
}

/// The sender of an RTCP packet.
pub fn rtcp_ssrc(packet: &[u8]) -> Option<u32> {
    let valid = *packet.first()? >> 6 == 2 && is_rtcp(packet);
    read_u32(packet, 4).filter(|_| valid)
}

/// How long the header is, sources and extensions included.
pub fn length(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    if first >> 6 != 2 {
        return None;
    }
    let mut length = FIXED_BYTES + usize::from(first & 0x0f) * 4;
    if first & 0x10 != 0 {
        length += 4 + usize::from(read_u16(packet, length + 2)?) * 4;
    }
    (packet.len() >= length).then_some(length)
}

/// Whose stream the packet is of.
pub fn ssrc(packet: &[u8]) -> Option<u32> {
    read_u32(packet, 8)
}

/// Its place in the stream.
pub fn sequence(packet: &[u8]) -> Option<u16> {
    read_u16(packet, 2)
}

/// An RTP packet's header, as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// As long as the header is.
    bytes: &'a [u8],
}

impl<'a> Header<'a> {
    /// None if it is no RTP packet, or cut off.
    pub fn parse(packet: &'a [u8]) -> Option<Self> {
        let bytes = packet.get(..length(packet)?)?;
        Some(Self { bytes })
    }

    /// In bytes.
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Whose stream it is of.
    pub fn ssrc(&self) -> u32 {
        read_u32(self.bytes, 8).unwrap_or_default()
    }

    /// Its place in the stream.
    pub fn sequence(&self) -> u16 {
        read_u16(self.bytes, 2).unwrap_or_default()
    }

    /// In the units of its codec's clock.
    pub fn timestamp(&self) -> u32 {
        read_u32(self.bytes, 4).unwrap_or_default()
    }

    /// What the payload is.
    pub fn payload_type(&self) -> u8 {
        self.bytes[1] & 0x7f
    }

    /// The last packet of a frame, or the first one after silence.
    pub fn marker(&self) -> bool {
        self.bytes[1] & 0x80 != 0
    }

    /// Whether the payload ends with padding.
    pub fn is_padded(&self) -> bool {
        self.bytes[0] & 0x20 != 0
    }

    /// The value of the extension with this id.
    pub fn extension(&self, id: u8) -> Option<&'a [u8]> {
        self.extensions().find(|one| one.0 == id).map(|one| one.1)
    }

    /// Ids and values, as far as they are well formed.
    pub fn extensions(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        let begin = FIXED_BYTES + usize::from(self.bytes[0] & 0x0f) * 4;
        let has_some = self.bytes[0] & 0x10 != 0;
        let profile = read_u16(self.bytes, begin).filter(|_| has_some);
        let body = profile.and_then(|_| self.bytes.get(begin + 4..));
        Elements {
            left: body.unwrap_or_default(),
            form: match profile {
                Some(ONE_BYTE) => Form::OneByte,
                Some(profile) if profile & 0xfff0 == TWO_BYTE => Form::TwoByte,
                _ => Form::Other,
            },
        }
    }
}

#[derive(Clone, Copy)]
enum Form {
    OneByte,
    TwoByte,
    Other,
}

struct Elements<'a> {
    left: &'a [u8],
    form: Form,
}

impl<'a> Iterator for Elements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&first, rest) = self.left.split_first()?;
            // Padding.
            if first == 0 {
                self.left = rest;
                continue;
            }
            let (id, length, rest) = match self.form {
                // 15 ends the list (RFC 8285 section 4.2).
                Form::OneByte if first >> 4 == 15 => return None,
                Form::OneByte => (first >> 4, usize::from(first & 0x0f) + 1, rest),
                Form::TwoByte => {
                    let (&length, rest) = rest.split_first()?;
                    (first, usize::from(length), rest)
                }
                Form::Other => return None,
            };
            let value = rest.get(..length)?;
            self.left = &rest[length..];
            return Some((id, value));
        }
    }
}

/// A header to be written.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    /// What the payload is, at most 127.
    pub payload_type: u8,
    /// The last packet of a frame, or the first one after silence.
    pub marker: bool,
    /// Its place in the stream.
    pub sequence: u16,
    /// In the units of its codec's clock.
    pub timestamp: u32,
    /// Whose stream it is of.
    pub ssrc: u32,
    /// Ids of 1 to 14 and values of 1 to 16 bytes.
    pub extensions: &'a [(u8, &'a [u8])],
}

impl Fields<'_> {
    /// Writes the header; says how long it is. None if there is no room, or an extension has an id or
    /// a length that the one-byte form doesn't.
    pub fn write(&self, out: &mut [u8]) -> Option<usize> {
        let fixed = out.get_mut(..FIXED_BYTES)?;
        fixed[0] = 0x80;
        fixed[1] = self.payload_type & 0x7f | u8::from(self.marker) << 7;
        fixed[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        fixed[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        fixed[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        if self.extensions.is_empty() {
            return Some(FIXED_BYTES);
        }
        fixed[0] |= 0x10;
        let mut at = FIXED_BYTES + 4;
        for (id, value) in self.extensions {
            if !(1..15).contains(id) || !(1..=16).contains(&value.len()) {
                return None;
            }
            let place = out.get_mut(at..at + 1 + value.len())?;
            #[expect(clippy::cast_possible_truncation, reason = "at most 15")]
            let length = (value.len() - 1) as u8;
            place[0] = id << 4 | length;
            place[1..].copy_from_slice(value);
            at += place.len();
        }
        let end = at.next_multiple_of(4);
        out.get_mut(at..end)?.fill(0);
        let words = u16::try_from((end - FIXED_BYTES - 4) / 4).ok()?;
        out[FIXED_BYTES..FIXED_BYTES + 2].copy_from_slice(&ONE_BYTE.to_be_bytes());
        out[FIXED_BYTES + 2..FIXED_BYTES + 4].copy_from_slice(&words.to_be_bytes());
        Some(end)
    }
}

pub(crate) fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    let found = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes([found[0], found[1]]))
}

pub(crate) fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let found = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes([found[0], found[1], found[2], found[3]]))
}
