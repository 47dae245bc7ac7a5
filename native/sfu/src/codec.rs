//! Codecs and their parameters, as far as forwarding has to tell them apart.

use serde::Serialize;

/// Audio or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

/// The codecs that are passed through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// RFC 6716, RTP by RFC 7587.
    Opus,
    /// RFC 6386, RTP by RFC 7741.
    Vp8,
    /// RTP by RFC 9628.
    Vp9,
    /// RTP by RFC 6184.
    H264,
    /// RTP by the AOMedia specification.
    Av1,
}

impl Codec {
    /// What it carries.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Opus => Kind::Audio,
            Self::Vp8 | Self::Vp9 | Self::H264 | Self::Av1 => Kind::Video,
        }
    }

    /// Ticks of the RTP clock per second.
    #[must_use]
    pub fn clock_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Vp8 | Self::Vp9 | Self::H264 | Self::Av1 => 90_000,
        }
    }

    /// The name as used in events and capture headers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
            Self::H264 => "h264",
            Self::Av1 => "av1",
        }
    }
}

/// A codec with the parameters that decide whether a receiver can decode it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodecParameters {
    /// The codec.
    pub codec: Codec,
    /// H.264: `profile-level-id` (RFC 6184 section 8.1).
    pub profile_level_id: Option<u32>,
    /// H.264: `packetization-mode`; absent means 0.
    pub packetization_mode: u8,
    /// VP9 `profile-id`, AV1 `profile`; absent means 0.
    pub profile: u8,
}

impl CodecParameters {
    /// How well a receiver with `self` takes what a sender with `sent` makes: `None` not at all,
    /// otherwise larger is better.
    #[must_use]
    pub fn takes(&self, sent: &Self) -> Option<u8> {
        if self.codec != sent.codec || self.profile != sent.profile {
            return None;
        }
        if self.codec != Codec::H264 {
            return Some(3);
        }
        // Mode 1 receivers also take single NAL units (mode 0), not the other way round.
        if sent.packetization_mode > self.packetization_mode {
            return None;
        }
        let exact_mode = u8::from(sent.packetization_mode == self.packetization_mode);
        let (own, other) = (H264Profile::of(self), H264Profile::of(sent));
        if own == other {
            Some(2 + exact_mode)
        } else {
            // Constrained baseline is a subset of every other profile.
            (other == H264Profile::ConstrainedBaseline).then_some(exact_mode)
        }
    }
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum H264Profile {
    ConstrainedBaseline,
    Baseline,
    Main,
    High,
    Other(u32),
}

impl H264Profile {
    /// RFC 6184 section 8.1: profile_idc and the constraint flags of `profile-level-id`.
    fn of(parameters: &CodecParameters) -> Self {
        // The default when absent is baseline level 1; senders that leave it out mean the common one.
        let Some(id) = parameters.profile_level_id else {
            return Self::ConstrainedBaseline;
        };
        let (idc, flags) = (id >> 16 & 0xff, id >> 8 & 0xff);
        match idc {
            0x42 if flags & 0x40 != 0 => Self::ConstrainedBaseline,
            0x42 => Self::Baseline,
            0x4d if flags & 0x80 != 0 => Self::ConstrainedBaseline,
            0x4d => Self::Main,
            0x64 => Self::High,
            other => Self::Other(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn h264(profile_level_id: u32, packetization_mode: u8) -> CodecParameters {
        CodecParameters {
            codec: Codec::H264,
            profile_level_id: Some(profile_level_id),
            packetization_mode,
            profile: 0,
        }
    }

    #[test]
    fn h264_prefers_the_same_profile_and_takes_constrained_baseline_everywhere() {
        let sent = h264(0x42e01f, 1);
        assert_eq!(h264(0x42e034, 1).takes(&sent), Some(3));
        assert_eq!(h264(0x64001f, 1).takes(&sent), Some(1));
        assert_eq!(h264(0x42e01f, 0).takes(&sent), None);
        assert_eq!(sent.takes(&h264(0x64001f, 1)), None);
    }
}
