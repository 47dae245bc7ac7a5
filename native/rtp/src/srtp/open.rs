//! What comes from the other end.

use super::derive::{Cipher, Trailer};
use super::{ENCRYPTED, Keying, SrtpError};
use crate::header;
use crate::replay::Replay;
use crate::sequence::Extender;

/// Senders of RTCP that one connection has: as many as it has streams, and some to spare.
pub const STREAMS_BOUND: usize = 64;

/// What has come of one SSRC; the caller keeps it.
#[derive(Clone, Default)]
pub struct Received {
    sequence: Extender,
    replay: Replay,
}

/// Opens packets of one direction.
pub struct Opener {
    rtp: Cipher,
    rtcp: Cipher,
    tag_bytes: usize,
    /// By sender.
    controls: Vec<(u32, Replay)>,
}

impl Opener {
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
            controls: Vec::with_capacity(STREAMS_BOUND),
        })
    }

    /// Opens an RTP packet where it stands; says its index and how long it is without the tag.
    /// After an error `received` is as it was, and the packet's bytes are nothing any more.
    ///
    /// # Errors
    ///
    /// [`SrtpError`].
    pub fn open_rtp(
        &self,
        received: &mut Received,
        packet: &mut [u8],
    ) -> Result<(u64, usize), SrtpError> {
        let begin = header::length(packet).ok_or(SrtpError::Header)?;
        let (sequence, ssrc) = (header::sequence(packet), header::ssrc(packet));
        let (Some(sequence), Some(ssrc)) = (sequence, ssrc) else {
            return Err(SrtpError::Header);
        };
        if packet.len() < begin + self.tag_bytes {
            return Err(SrtpError::Short);
        }
        let index = received.sequence.guess(sequence);
        if !received.replay.is_new(index) {
            return Err(SrtpError::Replayed);
        }
        let length = packet.len() - self.tag_bytes;
        let (clear, body) = packet.split_at_mut(begin);
        #[expect(clippy::cast_possible_truncation, reason = "48 bits less 16")]
        let rounds = Trailer::Rounds((index >> 16) as u32);
        self.rtp.open(ssrc, index, clear, body, rounds)?;
        received.sequence.take(index);
        received.replay.take(index);
        Ok((index, length))
    }

    /// Opens a compound RTCP packet where it stands; says how long it is without tag and index.
    /// After an error the packet's bytes are nothing any more.
    ///
    /// # Errors
    ///
    /// [`SrtpError`].
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let ssrc = header::rtcp_ssrc(packet).ok_or(SrtpError::Header)?;
        let length = packet
            .len()
            .checked_sub(self.tag_bytes + 4)
            .filter(|length| *length >= header::RTCP_BYTES)
            .ok_or(SrtpError::Short)?;
        let gcm = matches!(self.rtcp, Cipher::Gcm { .. });
        let place = if gcm { packet.len() - 4 } else { length };
        let mut trailer = [0; 4];
        trailer.copy_from_slice(&packet[place..place + 4]);
        let trailer = u32::from_be_bytes(trailer);
        // WebRTC's is always encrypted (RFC 8827 section 6.5).
        if trailer & ENCRYPTED == 0 {
            return Err(SrtpError::Forged);
        }
        let index = u64::from(trailer & !ENCRYPTED);
        let known = self.controls.iter().position(|(known, _)| *known == ssrc);
        if known.is_some_and(|at| !self.controls[at].1.is_new(index)) {
            return Err(SrtpError::Replayed);
        }
        if known.is_none() && self.controls.len() >= STREAMS_BOUND {
            return Err(SrtpError::Streams);
        }
        if !gcm {
            // The tag follows the body, as in RTP.
            packet.copy_within(place + 4.., place);
        }
        let end = length + self.tag_bytes;
        let (clear, body) = packet[..end].split_at_mut(header::RTCP_BYTES);
        self.rtcp
            .open(ssrc, index, clear, body, Trailer::Index(trailer))?;
        let at = known.unwrap_or_else(|| {
            self.controls.push((ssrc, Replay::default()));
            self.controls.len() - 1
        });
        self.controls[at].1.take(index);
        Ok(length)
    }
}
