//! SRTP: what is sent is sealed, what comes is opened.
//!
//! The caller numbers packets with their 48-bit index ([`crate::sequence`]), so that one [`Sealer`]
//! serves every stream of a connection, and nothing here has to be told of streams.

mod derive;
mod keying;
mod open;
mod seal;

pub use keying::{Keying, Profile};
pub use open::{Opener, Received, STREAMS_BOUND};
pub use seal::Sealer;

/// No packet gets longer than this by being sealed: 16 bytes of tag, 4 of SRTCP's index.
pub const OVERHEAD: usize = 20;

/// The E bit of SRTCP: the packet is encrypted (RFC 3711 section 3.4).
const ENCRYPTED: u32 = 1 << 31;

/// Why a packet can't be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// Not as long as its header, tag and index.
    #[error("the packet is too short")]
    Short,
    /// No RTP or RTCP.
    #[error("the packet has no valid header")]
    Header,
    /// The place it is to be written to is too small.
    #[error("there is no room for the sealed packet")]
    Room,
    /// It came already, or is too far back to tell.
    #[error("the packet was replayed")]
    Replayed,
    /// Somebody else's, or changed on the way.
    #[error("the packet is not authentic")]
    Forged,
    /// The connection has more senders of RTCP than there is room for.
    #[error("more than {STREAMS_BOUND} senders of RTCP")]
    Streams,
    /// 2^31 RTCP packets were sealed with one key.
    #[error("the key is used up")]
    UsedUp,
    /// Keying material of another length than the profile's.
    #[error("the keying material is not as long as the profile's")]
    Keying,
}

/// The nonce of RFC 7714 section 8.1 (`index` of 48 bits) and 9.1 (of 31).
fn gcm_nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> [u8; 12] {
    let mut nonce = *salt;
    for (at, byte) in ssrc.to_be_bytes().into_iter().enumerate() {
        nonce[2 + at] ^= byte;
    }
    for (at, byte) in index.to_be_bytes()[2..].iter().enumerate() {
        nonce[6 + at] ^= byte;
    }
    nonce
}

/// The initial counter block of RFC 3711 section 4.1.1.
fn counter_block(salt: &[u8; 14], ssrc: u32, index: u64) -> [u8; 16] {
    let mut block = [0; 16];
    block[..14].copy_from_slice(salt);
    for (at, byte) in ssrc.to_be_bytes().into_iter().enumerate() {
        block[4 + at] ^= byte;
    }
    for (at, byte) in index.to_be_bytes()[2..].iter().enumerate() {
        block[8 + at] ^= byte;
    }
    block
}
