//! The keys of both directions, out of a DTLS handshake (RFC 5764 section 4.2).

use super::SrtpError;

/// How packets are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `AES_CM_128_HMAC_SHA1_80` (RFC 3711).
    Aes128CmSha1_80,
    /// `AEAD_AES_128_GCM` (RFC 7714).
    Aes128Gcm,
    /// `AEAD_AES_256_GCM` (RFC 7714).
    Aes256Gcm,
}

impl Profile {
    /// Length of the master key in bytes.
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 | Self::Aes128Gcm => 16,
            Self::Aes256Gcm => 32,
        }
    }

    /// Length of the master salt in bytes.
    pub const fn salt_bytes(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 => 14,
            Self::Aes128Gcm | Self::Aes256Gcm => 12,
        }
    }

    /// Length of what the exporter gives, in bytes.
    pub const fn material_bytes(self) -> usize {
        2 * (self.key_bytes() + self.salt_bytes())
    }

    /// Length of the authentication tag in bytes.
    pub const fn tag_bytes(self) -> usize {
        match self {
            Self::Aes128CmSha1_80 => 10,
            Self::Aes128Gcm | Self::Aes256Gcm => 16,
        }
    }
}

/// The master key and salt of one direction. Secret: it has no `Debug`.
#[derive(Clone)]
pub struct Keying {
    pub(super) profile: Profile,
    key: [u8; 32],
    salt: [u8; 14],
}

impl Keying {
    /// Of a master key and salt.
    ///
    /// # Errors
    ///
    /// [`SrtpError::Keying`].
    pub fn new(profile: Profile, key: &[u8], salt: &[u8]) -> Result<Self, SrtpError> {
        if key.len() != profile.key_bytes() || salt.len() != profile.salt_bytes() {
            return Err(SrtpError::Keying);
        }
        let mut keying = Self {
            profile,
            key: [0; 32],
            salt: [0; 14],
        };
        keying.key[..key.len()].copy_from_slice(key);
        keying.salt[..salt.len()].copy_from_slice(salt);
        Ok(keying)
    }

    /// What this end seals with, and what it opens with, of the exporter's material: the client's
    /// key, the server's, the client's salt, the server's.
    ///
    /// # Errors
    ///
    /// [`SrtpError::Keying`].
    pub fn split(
        profile: Profile,
        material: &[u8],
        is_client: bool,
    ) -> Result<(Self, Self), SrtpError> {
        if material.len() != profile.material_bytes() {
            return Err(SrtpError::Keying);
        }
        let (keys, salts) = material.split_at(2 * profile.key_bytes());
        let (client_key, server_key) = keys.split_at(profile.key_bytes());
        let (client_salt, server_salt) = salts.split_at(profile.salt_bytes());
        let client = Self::new(profile, client_key, client_salt)?;
        let server = Self::new(profile, server_key, server_salt)?;
        Ok(if is_client {
            (client, server)
        } else {
            (server, client)
        })
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key[..self.profile.key_bytes()]
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.salt[..self.profile.salt_bytes()]
    }
}
