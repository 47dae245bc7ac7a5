//! What this end sends.

use super::derive::{Cipher, Trailer};
use super::{ENCRYPTED, Keying, SrtpError};
use crate::header;

/// Seals packets of one direction.
pub struct Sealer {
    rtp: Cipher,
    rtcp: Cipher,
    tag_bytes: usize,
    /// Of the next RTCP packet.
    index: u32,
}

impl Sealer {
    /// With the keys of this direction.
    ///
    /// # Errors
    ///
    /// [`SrtpError::Keying`].
    pub fn new(keying: &Keying) -> Result<Self, SrtpError> {
        Ok(Self {
            rtp: Cipher::rtp(keying)?,
            rtcp: Cipher::rtcp(keying)?,
            tag_bytes: keying.profile.tag_bytes(),
            index: 0,
        })
    }

    /// Writes the packet of a header (extensions included) and a payload, sealed; says how long it
    /// is. `index` is its 48-bit index, whose lower half the header has: no two packets of an SSRC may
    /// have the same.
    ///
    /// # Errors
    ///
    /// [`SrtpError::Header`], [`SrtpError::Room`].
    pub fn seal_rtp(
        &self,
        index: u64,
        header: &[u8],
        payload: &[u8],
        out: &mut [u8],
    ) -> Result<usize, SrtpError> {
        let ssrc = header::ssrc(header).ok_or(SrtpError::Header)?;
        let (begin, end) = (header.len(), header.len() + payload.len());
        let out = out.get_mut(..end + self.tag_bytes).ok_or(SrtpError::Room)?;
        let (clear, rest) = out.split_at_mut(begin);
        let (body, tag) = rest.split_at_mut(payload.len());
        clear.copy_from_slice(header);
        body.copy_from_slice(payload);
        #[expect(clippy::cast_possible_truncation, reason = "48 bits less 16")]
        let rounds = Trailer::Rounds((index >> 16) as u32);
        self.rtp.seal(ssrc, index, clear, body, rounds, tag)?;
        Ok(end + self.tag_bytes)
    }

    /// Writes a compound RTCP packet, sealed; says how long it is.
    ///
    /// # Errors
    ///
    /// [`SrtpError::Header`], [`SrtpError::Room`], [`SrtpError::UsedUp`].
    pub fn seal_rtcp(&mut self, packet: &[u8], out: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = header::rtcp_ssrc(packet).ok_or(SrtpError::Header)?;
        let index = self.index;
        if index == ENCRYPTED {
            return Err(SrtpError::UsedUp);
        }
        let length = packet.len() + self.tag_bytes + 4;
        let out = out.get_mut(..length).ok_or(SrtpError::Room)?;
        let (clear, rest) = out.split_at_mut(header::RTCP_BYTES);
        let (body, rest) = rest.split_at_mut(packet.len() - header::RTCP_BYTES);
        clear.copy_from_slice(&packet[..header::RTCP_BYTES]);
        body.copy_from_slice(&packet[header::RTCP_BYTES..]);
        let trailer = ENCRYPTED | index;
        // The tag stands before the index in GCM, after it in CM (RFC 7714 section 9.2).
        let (tag, place) = if matches!(self.rtcp, Cipher::Gcm { .. }) {
            rest.split_at_mut(self.tag_bytes)
        } else {
            let (place, tag) = rest.split_at_mut(4);
            (tag, place)
        };
        place.copy_from_slice(&trailer.to_be_bytes());
        let trailer = Trailer::Index(trailer);
        self.rtcp
            .seal(ssrc, index.into(), clear, body, trailer, tag)?;
        self.index += 1;
        Ok(length)
    }
}
