//! Session keys (RFC 3711 section 4.3 with a rate of 0; RFC 7714 section 11), and the ciphers made of
//! them once for each direction.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::{hmac, iv::FixedLength};

use super::{Keying, Profile, SrtpError, counter_block, gcm_nonce};

/// The labels of RTP's key, of its authentication and of its salt; RTCP's are three more each.
const KEY: u8 = 0;
const AUTHENTICATION: u8 = 1;
const SALT: u8 = 2;
const RTCP: u8 = 3;
const SHA1_KEY_BYTES: usize = 20;
const SHA1_TAG_BYTES: usize = 10;

/// What seals and opens either RTP or RTCP.
#[expect(
    clippy::large_enum_variant,
    reason = "two for each connection, looked at for each packet"
)]
pub(super) enum Cipher {
    Cm {
        key: EncryptingKey,
        authentication: hmac::Key,
        salt: [u8; 14],
    },
    Gcm {
        key: LessSafeKey,
        salt: [u8; 12],
    },
}

impl Cipher {
    pub(super) fn rtp(keying: &Keying) -> Result<Self, SrtpError> {
        Self::derive(keying, 0)
    }

    pub(super) fn rtcp(keying: &Keying) -> Result<Self, SrtpError> {
        Self::derive(keying, RTCP)
    }

    fn derive(keying: &Keying, of: u8) -> Result<Self, SrtpError> {
        let mut key = [0; 32];
        let key = &mut key[..keying.profile.key_bytes()];
        derive(keying, of + KEY, key)?;
        let refused = |_| SrtpError::Keying;
        match keying.profile {
            Profile::Aes128CmSha1_80 => {
                let (mut authentication, mut salt) = ([0; SHA1_KEY_BYTES], [0; 14]);
                derive(keying, of + AUTHENTICATION, &mut authentication)?;
                derive(keying, of + SALT, &mut salt)?;
                let unbound = UnboundCipherKey::new(&cipher::AES_128, key).map_err(refused)?;
                Ok(Self::Cm {
                    key: EncryptingKey::ctr(unbound).map_err(refused)?,
                    authentication: hmac::Key::new(
                        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                        &authentication,
                    ),
                    salt,
                })
            }
            Profile::Aes128Gcm | Profile::Aes256Gcm => {
                let mut salt = [0; 12];
                derive(keying, of + SALT, &mut salt)?;
                let algorithm = match keying.profile {
                    Profile::Aes256Gcm => &aead::AES_256_GCM,
                    _ => &aead::AES_128_GCM,
                };
                let unbound = UnboundKey::new(algorithm, key).map_err(refused)?;
                Ok(Self::Gcm {
                    key: LessSafeKey::new(unbound),
                    salt,
                })
            }
        }
    }

    /// Encrypts `body` where it stands and writes the tag. `clear` goes before it; `trailer` is
    /// authenticated after it: RTP's rollover counter or RTCP's index.
    pub(super) fn seal(
        &self,
        ssrc: u32,
        index: u64,
        clear: &[u8],
        body: &mut [u8],
        trailer: Trailer,
        tag: &mut [u8],
    ) -> Result<(), SrtpError> {
        match self {
            Self::Cm {
                key,
                authentication,
                salt,
            } => {
                stream(key, salt, ssrc, index, body)?;
                let signed = sign(authentication, clear, body, trailer);
                tag.copy_from_slice(&signed.as_ref()[..SHA1_TAG_BYTES]);
            }
            Self::Gcm { key, salt } => {
                let nonce = Nonce::assume_unique_for_key(gcm_nonce(salt, ssrc, index));
                let mut aad = [0; AAD_BYTES];
                let aad = trailer.associated(clear, &mut aad)?;
                let sealed = key
                    .seal_in_place_separate_tag(nonce, Aad::from(aad), body)
                    .map_err(|_| SrtpError::Room)?;
                tag.copy_from_slice(sealed.as_ref());
            }
        }
        Ok(())
    }

    /// Decrypts `body` where it stands, if the tag is right. With GCM `body` ends with the tag.
    pub(super) fn open(
        &self,
        ssrc: u32,
        index: u64,
        clear: &[u8],
        body: &mut [u8],
        trailer: Trailer,
    ) -> Result<(), SrtpError> {
        match self {
            Self::Cm {
                key,
                authentication,
                salt,
            } => {
                let end = body
                    .len()
                    .checked_sub(SHA1_TAG_BYTES)
                    .ok_or(SrtpError::Short)?;
                let (body, tag) = body.split_at_mut(end);
                let signed = sign(authentication, clear, body, trailer);
                aws_lc_rs::constant_time::verify_slices_are_equal(
                    &signed.as_ref()[..SHA1_TAG_BYTES],
                    tag,
                )
                .map_err(|_| SrtpError::Forged)?;
                stream(key, salt, ssrc, index, body)
            }
            Self::Gcm { key, salt } => {
                let nonce = Nonce::assume_unique_for_key(gcm_nonce(salt, ssrc, index));
                let mut aad = [0; AAD_BYTES];
                let aad = trailer.associated(clear, &mut aad)?;
                key.open_in_place(nonce, Aad::from(aad), body)
                    .map(drop)
                    .map_err(|_| SrtpError::Forged)
            }
        }
    }
}

/// The clear beginning of RTCP, and its index.
const AAD_BYTES: usize = crate::header::RTCP_BYTES + 4;

/// What is authenticated after the packet.
#[derive(Clone, Copy)]
pub(super) enum Trailer {
    /// RTP's rollover counter; part of the nonce in GCM.
    Rounds(u32),
    /// RTCP's index with its E bit.
    Index(u32),
}

impl Trailer {
    fn bytes(self) -> [u8; 4] {
        match self {
            Self::Rounds(value) | Self::Index(value) => value.to_be_bytes(),
        }
    }

    /// GCM's associated data: RTP's header alone, RTCP's with the index.
    fn associated<'a>(
        self,
        clear: &'a [u8],
        room: &'a mut [u8; AAD_BYTES],
    ) -> Result<&'a [u8], SrtpError> {
        match self {
            Self::Rounds(_) => Ok(clear),
            Self::Index(index) => {
                let end = clear.len();
                let room = room.get_mut(..end + 4).ok_or(SrtpError::Header)?;
                room[..end].copy_from_slice(clear);
                room[end..].copy_from_slice(&index.to_be_bytes());
                Ok(room)
            }
        }
    }
}

fn sign(key: &hmac::Key, clear: &[u8], body: &[u8], trailer: Trailer) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(clear);
    context.update(body);
    context.update(&trailer.bytes());
    context.sign()
}

fn stream(
    key: &EncryptingKey,
    salt: &[u8; 14],
    ssrc: u32,
    index: u64,
    body: &mut [u8],
) -> Result<(), SrtpError> {
    let block = FixedLength::from(counter_block(salt, ssrc, index));
    key.less_safe_encrypt(body, EncryptionContext::Iv128(block))
        .map(drop)
        .map_err(|_| SrtpError::Room)
}

/// The key stream of AES in counter mode under the master key, for one label.
fn derive(keying: &Keying, label: u8, out: &mut [u8]) -> Result<(), SrtpError> {
    let mut block = [0; 16];
    block[..keying.salt().len()].copy_from_slice(keying.salt());
    block[7] ^= label;
    let algorithm = match keying.profile {
        Profile::Aes256Gcm => &cipher::AES_256,
        _ => &cipher::AES_128,
    };
    out.fill(0);
    let refused = |_| SrtpError::Keying;
    let unbound = UnboundCipherKey::new(algorithm, keying.key()).map_err(refused)?;
    let key = EncryptingKey::ctr(unbound).map_err(refused)?;
    let context = EncryptionContext::Iv128(FixedLength::from(block));
    key.less_safe_encrypt(out, context)
        .map(drop)
        .map_err(refused)
}
