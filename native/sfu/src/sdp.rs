//! What is read and changed in session descriptions as text (RFC 8866, RFC 8829), around the
//! protocol library's own, full treatment.

use std::collections::BTreeMap;

use crate::codec::Kind;
use crate::error::{Refusal, RefusalCode};
use crate::id::Mid;

/// Longest description taken: a browser's offer with eight sections is about 40 kB.
pub(crate) const SDP_BYTES_BOUND: usize = 256 * 1024;

/// Most media sections, used or stopped, in one description.
pub(crate) const SECTIONS_BOUND: usize = 64;

/// Longest identification tag, that of the header extension's short form (RFC 8843 section 15).
const MID_BYTES_BOUND: usize = 16;

/// Which way media goes, from the offerer's view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Direction {
    pub(crate) sends: bool,
    pub(crate) receives: bool,
}

impl Direction {
    const BOTH: Self = Self {
        sends: true,
        receives: true,
    };

    fn parse(attribute: &str) -> Option<Self> {
        let (sends, receives) = match attribute {
            "sendrecv" => (true, true),
            "sendonly" => (true, false),
            "recvonly" => (false, true),
            "inactive" => (false, false),
            _ => return None,
        };
        Some(Self { sends, receives })
    }

    fn name(self) -> &'static str {
        match (self.sends, self.receives) {
            (true, true) => "sendrecv",
            (true, false) => "sendonly",
            (false, true) => "recvonly",
            (false, false) => "inactive",
        }
    }
}

/// A media section of an offer.
#[derive(Debug)]
pub(crate) struct OfferedSection<'a> {
    pub(crate) mid: Mid,
    /// `None` for data channels and what else there may be.
    pub(crate) kind: Option<Kind>,
    /// What the offerer wants to do; nothing when the section is stopped.
    pub(crate) direction: Direction,
    /// Out of use; its place may be given to another section later.
    pub(crate) stopped: bool,
    lines: Vec<&'a str>,
}

/// An offer, split into its sections.
#[derive(Debug)]
pub(crate) struct Offer<'a> {
    session_lines: Vec<&'a str>,
    pub(crate) sections: Vec<OfferedSection<'a>>,
}

fn malformed(detail: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::MalformedSdp, detail)
}

impl<'a> Offer<'a> {
    /// Splits an offer and checks what the rest relies on.
    pub(crate) fn parse(sdp: &'a str) -> Result<Self, Refusal> {
        if sdp.len() > SDP_BYTES_BOUND {
            let size = sdp.len();
            return Err(malformed(format!(
                "{size} bytes are more than {SDP_BYTES_BOUND}"
            )));
        }
        if !sdp.starts_with("v=0") {
            return Err(malformed("it must begin with v=0"));
        }
        let mut session_lines = Vec::new();
        let mut sections: Vec<Vec<&str>> = Vec::new();
        for line in sdp.lines().filter(|line| !line.is_empty()) {
            if line.starts_with("m=") {
                sections.push(vec![line]);
            } else {
                sections.last_mut().unwrap_or(&mut session_lines).push(line);
            }
        }
        if sections.is_empty() {
            return Err(malformed("it has no media section (m= line)"));
        }
        if sections.len() > SECTIONS_BOUND {
            return Err(Refusal::new(
                RefusalCode::TooManyTracks,
                format!("more than {SECTIONS_BOUND} media sections"),
            ));
        }
        let bundle: Vec<&str> = session_lines
            .iter()
            .filter_map(|line| line.strip_prefix("a=group:BUNDLE"))
            .flat_map(str::split_whitespace)
            .collect();
        let inherited = session_lines
            .iter()
            .find_map(|line| Direction::parse(line.strip_prefix("a=")?))
            .unwrap_or(Direction::BOTH);
        let sections = sections
            .into_iter()
            .map(|lines| OfferedSection::parse(lines, &bundle, inherited))
            .collect::<Result<Vec<_>, _>>()?;
        for (at, section) in sections.iter().enumerate() {
            if sections[..at].iter().any(|other| other.mid == section.mid) {
                let mid = &section.mid;
                return Err(malformed(format!(
                    "two media sections have the mid {mid:?}"
                )));
            }
        }
        Ok(Self {
            session_lines,
            sections,
        })
    }

    /// The section with that tag.
    pub(crate) fn section(&self, mid: &Mid) -> Option<&OfferedSection<'a>> {
        self.sections.iter().find(|section| section.mid == *mid)
    }

    /// The offer as if the offerer had asked for less: `directions` in the order of the sections.
    /// Simulcast is taken out, since one layer is all that is forwarded.
    pub(crate) fn narrowed(&self, directions: &[Direction]) -> String {
        let mut text = String::with_capacity(SDP_BYTES_BOUND.min(16 * 1024));
        let mut push = |line: &str| {
            text.push_str(line);
            text.push_str("\r\n");
        };
        let is_direction =
            |line: &str| line.strip_prefix("a=").and_then(Direction::parse).is_some();
        let session = self.session_lines.iter().filter(|l| !is_direction(l));
        session.for_each(|line| push(line));
        for (section, direction) in self.sections.iter().zip(directions) {
            for line in &section.lines {
                let dropped = is_direction(line)
                    || line.starts_with("a=simulcast")
                    || line.starts_with("a=rid:");
                if section.kind.is_none() || !dropped {
                    push(line);
                }
            }
            if section.kind.is_some() {
                push(&format!("a={}", direction.name()));
            }
        }
        text
    }
}

impl<'a> OfferedSection<'a> {
    fn parse(lines: Vec<&'a str>, bundle: &[&str], inherited: Direction) -> Result<Self, Refusal> {
        let head = lines.first().copied().unwrap_or_default();
        let mid = lines
            .iter()
            .find_map(|line| line.strip_prefix("a=mid:"))
            .map(str::trim)
            .ok_or_else(|| malformed(format!("a=mid is missing under {head:?}")))?;
        // The protocol library replaces other characters, which would answer another mid.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if mid.is_empty() || mid.len() > MID_BYTES_BOUND || !mid.chars().all(plain) {
            return Err(malformed(format!(
                "a=mid:{mid} must be 1 to {MID_BYTES_BOUND} letters, digits or underscores"
            )));
        }
        let mut fields = head.trim_start_matches("m=").split_whitespace();
        let kind = match fields.next() {
            Some("audio") => Some(Kind::Audio),
            Some("video") => Some(Kind::Video),
            _ => None,
        };
        // Port 0 stops a section, unless it only says that it is bundled (RFC 9143 section 6).
        let stopped = fields.next() == Some("0") && !bundle.contains(&mid);
        let direction = if stopped || kind.is_none() {
            Direction {
                sends: false,
                receives: false,
            }
        } else {
            lines
                .iter()
                .find_map(|line| Direction::parse(line.strip_prefix("a=")?))
                .unwrap_or(inherited)
        };
        Ok(Self {
            mid: Mid::from(mid),
            kind,
            direction,
            stopped,
            lines,
        })
    }
}

/// Completes an answer: all candidates are there (RFC 8840 section 4.1), and where the peer sends
/// video, the rate that it should start at and never exceed.
///
/// The `x-google-` parameters are libwebrtc's. Without them Chromium begins at 300 kbit/s, scales a
/// 720p picture down and takes many seconds to come back; others ignore unknown parameters.
///
/// `streams` names the media stream of each section that carries a track (RFC 8830): receivers keep
/// lips and voice together within one stream, and within one only.
pub(crate) fn finish_answer(
    answer: &str,
    start_kbps: u32,
    max_kbps: u32,
    streams: &BTreeMap<Mid, String>,
) -> String {
    let rates = format!("x-google-start-bitrate={start_kbps};x-google-max-bitrate={max_kbps}");
    let mut text = String::with_capacity(answer.len() + 1024);
    for section in split_sections(answer) {
        let has = |prefix: &str| section.iter().any(|line| line.starts_with(prefix));
        let receives_video =
            has("m=video") && (section.contains(&"a=recvonly") || section.contains(&"a=sendrecv"));
        let last_candidate = section
            .iter()
            .rposition(|line| line.starts_with("a=candidate:"))
            .filter(|_| !has("a=end-of-candidates"));
        let stream = section
            .iter()
            .find_map(|line| line.strip_prefix("a=mid:"))
            .and_then(|mid| streams.get(&Mid::from(mid)));
        for (at, line) in section.iter().enumerate() {
            match (stream, line.strip_prefix("a=msid:")) {
                (Some(stream), Some(msid)) => {
                    let track = msid.split_whitespace().nth(1).unwrap_or(stream);
                    text.push_str(&format!("a=msid:{stream} {track}"));
                }
                _ => text.push_str(line),
            }
            if receives_video {
                let payload_type = line
                    .strip_prefix("a=fmtp:")
                    .and_then(|rest| rest.split_once(' '))
                    .filter(|(_, parameters)| !parameters.starts_with("apt="));
                if payload_type.is_some() {
                    text.push(';');
                    text.push_str(&rates);
                } else if let Some((payload_type, codec)) = line
                    .strip_prefix("a=rtpmap:")
                    .and_then(|rest| rest.split_once(' '))
                {
                    let fmtp = format!("a=fmtp:{payload_type} ");
                    if !has(&fmtp) && !codec.starts_with("rtx") {
                        text.push_str("\r\n");
                        text.push_str(&fmtp);
                        text.push_str(&rates);
                    }
                }
            }
            text.push_str("\r\n");
            if last_candidate == Some(at) {
                text.push_str("a=end-of-candidates\r\n");
            }
        }
    }
    text
}

fn split_sections(sdp: &str) -> Vec<Vec<&str>> {
    let mut sections = vec![Vec::new()];
    for line in sdp.lines().filter(|line| !line.is_empty()) {
        if line.starts_with("m=") {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(line);
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
        a=group:BUNDLE 0 1\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=bundle-only\r\na=rid:h send\r\n\
        a=simulcast:send h\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\na=sendrecv\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:3\r\n";

    #[test]
    fn sections_say_what_the_offerer_wants() {
        let offer = Offer::parse(OFFER).expect("it is well-formed");
        let wanted: Vec<_> = offer
            .sections
            .iter()
            .map(|s| (s.mid.as_str(), s.kind, s.direction.name()))
            .collect();
        assert_eq!(
            wanted,
            [
                ("0", Some(Kind::Audio), "sendonly"),
                ("1", Some(Kind::Video), "sendrecv"),
                ("2", Some(Kind::Video), "inactive"),
                ("3", None, "inactive"),
            ]
        );
        let none = Direction {
            sends: false,
            receives: false,
        };
        let narrowed = offer.narrowed(&[none; 4]);
        assert_eq!(narrowed.matches("a=inactive").count(), 3);
        assert!(!narrowed.contains("a=send") && !narrowed.contains("simulcast"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (sdp, word) in [
            ("", "v=0"),
            ("v=0\r\ns=-\r\n", "no media section"),
            ("v=0\r\nm=audio 9 X 0\r\n", "a=mid is missing"),
            ("v=0\r\nm=audio 9 X 0\r\na=mid:a-b\r\n", "a=mid:a-b"),
            (
                "v=0\r\nm=audio 9 X 0\r\na=mid:0\r\nm=audio 9 X 0\r\na=mid:0\r\n",
                "two",
            ),
        ] {
            let refusal = Offer::parse(sdp).expect_err(sdp);
            assert!(refusal.detail.contains(word), "{sdp:?}: {refusal}");
        }
    }

    #[test]
    fn rates_stand_on_every_video_codec_that_is_received_and_nowhere_else() {
        let answer = "v=0\r\nm=audio 9 X 111\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n\
            a=candidate:1 1 udp 1 127.0.0.1 5 typ host\r\n\
            m=video 9 X 96 97 98\r\na=recvonly\r\na=rtpmap:96 VP8/90000\r\n\
            a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:98 H264/90000\r\n\
            a=fmtp:98 packetization-mode=1\r\n\
            m=video 9 X 96\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n";
        let finished = finish_answer(answer, 1500, 4000, &BTreeMap::new());
        let rates = "x-google-start-bitrate=1500;x-google-max-bitrate=4000";
        assert_eq!(finished.matches(rates).count(), 2);
        assert!(finished.contains(&format!("a=fmtp:96 {rates}\r\n")));
        assert!(finished.contains(&format!("a=fmtp:98 packetization-mode=1;{rates}\r\n")));
        assert!(finished.contains("typ host\r\na=end-of-candidates\r\n"));
    }

    #[test]
    fn sections_of_one_person_are_one_stream() {
        let answer = "v=0\r\nm=audio 9 X 111\r\na=mid:0\r\na=msid:x t0\r\n\
            m=video 9 X 96\r\na=mid:1\r\na=msid:y t1\r\n\
            m=video 9 X 96\r\na=mid:2\r\na=msid:z t2\r\n";
        let person = || "person-1".to_owned();
        let streams = [(Mid::from("0"), person()), (Mid::from("1"), person())];
        let finished = finish_answer(answer, 1500, 4000, &streams.into());
        for line in ["a=msid:person-1 t0", "a=msid:person-1 t1", "a=msid:z t2"] {
            assert!(finished.contains(line), "{finished}");
        }
    }
}
