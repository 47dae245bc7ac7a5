//! A peer's media: sealed and opened here, reported to its sender.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rtp::header::{self, Fields, Header};
use rtp::rtcp::{self, Control, Reception};
use rtp::srtp::{self, Keying, Opener, Profile, Sealer};
use str0m::crypto::dtls::SrtpProfile;

use crate::camera::{Camera, PAYLOAD_BOUND, STAMP_AT};
use crate::figures::{Figures, OPENED_ONE_IN};
use crate::inbound::Inbound;
use crate::keys::Exported;

/// Reception is reported this often, ...
const REPORT_EVERY: Duration = Duration::from_secs(1);
/// ... and arrivals, to whoever estimates the bandwidth, as often as browsers do.
const ARRIVALS_EVERY: Duration = Duration::from_millis(100);
/// Arrivals that wait to be reported; more are not told.
const ARRIVALS_BOUND: usize = 1_024;
const MTU: usize = 1_500;
const TRANSPORT_CC: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// A stream that is sent.
pub struct Outbound {
    camera: Camera,
    ssrc: u32,
    payload_type: u8,
    /// With its rounds.
    sequence: u64,
}

impl Outbound {
    /// What this camera or microphone shows.
    pub fn new(camera: Camera, ssrc: u32, payload_type: u8) -> Self {
        Self {
            camera,
            ssrc,
            payload_type,
            sequence: 1,
        }
    }
}

/// All media of a peer.
pub struct Media {
    keys: Option<(Sealer, Opener)>,
    outbound: Vec<Outbound>,
    inbound: HashMap<u32, Inbound>,
    /// Ids of header extensions that were agreed.
    arrivals_id: Option<u8>,
    level_id: Option<u8>,
    /// Next transport-wide number that is sent.
    sent: u16,
    arrivals: Arrivals,
    report_at: Instant,
}

/// What came by transport-wide numbers, and was not told yet.
struct Arrivals {
    numbers: rtp::sequence::Extender,
    waiting: Vec<(u64, u64)>,
    told: u8,
    at: Instant,
}

impl Media {
    /// None yet.
    pub fn new(now: Instant) -> Self {
        Self {
            keys: None,
            outbound: Vec::new(),
            inbound: HashMap::new(),
            arrivals_id: None,
            level_id: None,
            sent: 0,
            arrivals: Arrivals {
                numbers: rtp::sequence::Extender::default(),
                waiting: Vec::new(),
                told: 0,
                at: now,
            },
            report_at: now + REPORT_EVERY,
        }
    }

    /// Whether it can flow.
    pub fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// The handshake is over.
    pub fn take_keys(&mut self, exported: &Exported) {
        let profile = match exported.profile {
            SrtpProfile::AES128_CM_SHA1_80 => Profile::Aes128CmSha1_80,
            SrtpProfile::AEAD_AES_128_GCM => Profile::Aes128Gcm,
            SrtpProfile::AEAD_AES_256_GCM => Profile::Aes256Gcm,
            // None that it offers.
            _ => return,
        };
        // Both ends have the same: the library knows the lengths.
        self.keys = Keying::split(profile, &exported.material, exported.is_client)
            .and_then(|(local, remote)| Ok((Sealer::new(&local)?, Opener::new(&remote)?)))
            .ok();
    }

    /// What the answer says of header extensions (RFC 8285 section 5).
    pub fn agree(&mut self, answer: &str) {
        let id = |uri: &str| {
            let mut lines = answer
                .lines()
                .filter_map(|line| line.strip_prefix("a=extmap:"));
            lines
                .find(|line| line.contains(uri))?
                .split([' ', '/'])
                .next()?
                .parse()
                .ok()
        };
        self.arrivals_id = id(TRANSPORT_CC);
        self.level_id = id(AUDIO_LEVEL);
    }

    /// From now on this is sent as well.
    pub fn send(&mut self, outbound: Outbound) {
        self.outbound.push(outbound);
    }

    /// Takes what came as RTP or RTCP.
    pub fn handle_datagram(&mut self, now_ns: u64, datagram: &mut [u8], figures: &mut Figures) {
        let Some((_, opener)) = &mut self.keys else {
            return;
        };
        if header::is_rtcp(datagram) {
            match opener.open_rtcp(datagram) {
                Ok(length) => self.controlled(&datagram[..length]),
                Err(_) => figures.refused += 1,
            }
            return;
        }
        let Some(parsed) = Header::parse(datagram) else {
            figures.refused += 1;
            return;
        };
        let (ssrc, sequence, begin) = (parsed.ssrc(), parsed.sequence(), parsed.length());
        if let Some(value) = self.arrivals_id.and_then(|id| parsed.extension(id)) {
            self.arrivals.note(value, now_ns / 1_000);
        }
        let inbound = self.inbound.entry(ssrc).or_default();
        figures.received += 1;
        if !inbound.count(sequence).is_multiple_of(OPENED_ONE_IN) {
            return;
        }
        match opener.open_rtp(&mut inbound.opening, datagram) {
            Ok((_, end)) => {
                figures.opened += 1;
                let stamp = datagram[begin..end].get(STAMP_AT..STAMP_AT + 8);
                if let Some(Ok(stamp)) = stamp.map(<[u8; 8]>::try_from) {
                    let latency_ns = now_ns.saturating_sub(u64::from_be_bytes(stamp));
                    figures.latency_ns.saturating_record(latency_ns);
                }
            }
            Err(_) => figures.refused += 1,
        }
    }

    /// What is due goes out.
    pub fn pass(
        &mut self,
        now: Instant,
        clock_ns: impl Fn() -> u64,
        figures: &mut Figures,
        send: &mut impl FnMut(&[u8]),
    ) {
        let Some((sealer, _)) = &mut self.keys else {
            return;
        };
        let (mut payload, mut out) = ([0; PAYLOAD_BOUND], [0; MTU]);
        for stream in &mut self.outbound {
            while let Some(due) = stream.camera.poll(now) {
                stream.camera.fill(due, clock_ns(), &mut payload);
                let number = self.sent.to_be_bytes();
                let all: [(Option<u8>, &[u8]); 2] =
                    [(self.arrivals_id, &number), (self.level_id, &[0x80 | 30])];
                let mut extensions = [(0, &[] as &[u8]); 2];
                let mut agreed = 0;
                for (id, value) in all {
                    if let Some(id) = id {
                        extensions[agreed] = (id, value);
                        agreed += 1;
                    }
                }
                #[expect(clippy::cast_possible_truncation, reason = "its lower half")]
                let fields = Fields {
                    payload_type: stream.payload_type,
                    marker: due.marker,
                    sequence: stream.sequence as u16,
                    timestamp: due.ticks,
                    ssrc: stream.ssrc,
                    extensions: &extensions[..agreed],
                };
                let mut header = [0; 64];
                let sealed = fields.write(&mut header).and_then(|length| {
                    let payload = &payload[..due.bytes];
                    sealer
                        .seal_rtp(stream.sequence, &header[..length], payload, &mut out)
                        .ok()
                });
                let Some(length) = sealed else { continue };
                send(&out[..length]);
                figures.sent += 1;
                stream.sequence += 1;
                self.sent = self.sent.wrapping_add(1);
            }
            figures.left_out += std::mem::take(&mut stream.camera.left_out);
        }
        if now >= self.report_at {
            self.report_at = now + REPORT_EVERY;
            self.report(send);
        }
        if now >= self.arrivals.at {
            self.arrivals.at = now + ARRIVALS_EVERY;
            self.report_arrivals(send);
        }
    }

    /// Packets that should have come since the last time.
    pub fn expected(&mut self) -> u64 {
        self.inbound.values_mut().map(Inbound::expected).sum()
    }

    fn controlled(&mut self, compound: &[u8]) {
        for control in rtcp::packets(compound).map_while(Result::ok) {
            if let Control::KeyframeWanted { media_ssrc } = control {
                for stream in &mut self.outbound {
                    if stream.ssrc == media_ssrc {
                        stream.camera.ask_for_keyframe();
                    }
                }
            }
        }
    }

    fn report(&mut self, send: &mut impl FnMut(&[u8])) {
        let mut receptions = [Reception::default(); 31];
        let mut count = 0;
        for (place, (&ssrc, inbound)) in receptions.iter_mut().zip(&mut self.inbound) {
            let (lost_share, lost) = inbound.report();
            #[expect(clippy::cast_possible_truncation, reason = "as it is on the wire")]
            let highest = inbound.highest() as u32;
            *place = Reception {
                ssrc,
                lost_share,
                lost,
                highest,
                ..Reception::default()
            };
            count += 1;
        }
        let mut packet = [0; MTU];
        let written =
            rtcp::write_receiver_report(self.own_ssrc(), &receptions[..count], &mut packet);
        self.seal_control(written, &packet, send);
    }

    fn report_arrivals(&mut self, send: &mut impl FnMut(&[u8])) {
        let media = self.inbound.keys().next().copied().unwrap_or_default();
        let sender = self.own_ssrc();
        let mut arrivals = std::mem::take(&mut self.arrivals.waiting);
        arrivals.sort_unstable();
        arrivals.dedup_by_key(|arrival| arrival.0);
        let mut left = &arrivals[..];
        let mut packet = [0; MTU - srtp::OVERHEAD];
        while let Some((length, held)) =
            rtcp::write_arrivals(sender, media, self.arrivals.told, left, &mut packet)
        {
            left = &left[held..];
            self.arrivals.told = self.arrivals.told.wrapping_add(1);
            self.seal_control(Some(length), &packet, send);
        }
        arrivals.clear();
        self.arrivals.waiting = arrivals;
    }

    fn seal_control(&mut self, length: Option<usize>, packet: &[u8], send: &mut impl FnMut(&[u8])) {
        let mut out = [0; MTU];
        if let (Some(length), Some((sealer, _))) = (length, &mut self.keys)
            && let Ok(length) = sealer.seal_rtcp(&packet[..length], &mut out)
        {
            send(&out[..length]);
        }
    }

    /// Who speaks in reports; 1 is whoever sends nothing.
    fn own_ssrc(&self) -> u32 {
        self.outbound.first().map_or(1, |stream| stream.ssrc)
    }
}

impl Arrivals {
    fn note(&mut self, value: &[u8], at_us: u64) {
        if let Ok(number) = <[u8; 2]>::try_from(value)
            && self.waiting.len() < ARRIVALS_BOUND
        {
            let number = self.numbers.extend(u16::from_be_bytes(number));
            self.waiting.push((number, at_us));
        }
    }
}
