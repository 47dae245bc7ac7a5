//! One WebRTC peer: ICE, DTLS, SRTP, RTCP. The only file that names the protocol library, so that
//! another data plane can take its place.
//!
//! Order of calls: after each `accept_offer`, `handle_*`, `send`, `request_keyframe` or `close` call
//! [`Session::poll`] until it returns [`Polled::Timeout`].

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::format::{Codec as StrCodec, PayloadParams};
use str0m::media::{KeyframeRequestKind, Mid as StrMid, Pt};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, VideoOrientation};
use str0m::{Candidate, Event, Input, Output, Rtc};

use crate::clock::{Report, SenderClock};
use crate::codec::{Codec, CodecParameters};
use crate::error::{Refusal, RefusalCode};
use crate::id::Mid;
use crate::packet::{Extensions, Forwarded, Packet};
use crate::sfu::Transmit;

/// Packets kept per outgoing video stream to answer NACKs: two seconds of 720p at 2.5 Mbit/s.
const RETRANSMISSION_PACKETS_VIDEO: usize = 512;
/// As before for sound, a second.
const RETRANSMISSION_PACKETS_AUDIO: usize = 50;

/// Errors in a row after which polling is given up: a failing datagram gives one or two.
const ERRORS_PER_POLL_BOUND: u32 = 16;

/// A datagram with the addresses it went between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received<'a> {
    /// Ours, as advertised.
    pub(crate) local: SocketAddr,
    pub(crate) source: SocketAddr,
    pub(crate) datagram: &'a [u8],
}

impl<'a> Received<'a> {
    fn parse(self) -> Option<Receive<'a>> {
        Receive::new(Protocol::Udp, self.source, self.local, self.datagram).ok()
    }
}

/// Makes sessions that share a certificate and the advertised addresses.
pub(crate) struct SessionFactory {
    certificate: DtlsCert,
    candidates: Vec<Candidate>,
}

impl SessionFactory {
    /// One certificate per shard: making one takes longer than a handshake.
    pub(crate) fn new(addresses: &[SocketAddr]) -> Result<Self, Refusal> {
        let invalid = |detail: String| Refusal::new(RefusalCode::Invalid, detail);
        let certificate = str0m::crypto::from_feature_flags()
            .dtls_provider
            .generate_certificate()
            .ok_or_else(|| invalid("no DTLS certificate could be made".into()))?;
        let candidates = addresses
            .iter()
            .map(|&address| {
                Candidate::host(address, "udp")
                    .map_err(|error| invalid(format!("can't advertise {address}: {error}")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if candidates.is_empty() {
            return Err(invalid("no address to advertise".into()));
        }
        Ok(Self {
            certificate,
            candidates,
        })
    }

    /// A peer that waits for its first offer.
    pub(crate) fn session(&self, now: Instant) -> Session {
        let mut rtc = Rtc::builder()
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .set_dtls_cert(self.certificate.clone())
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .enable_h264(true)
            .enable_vp9(true)
            .enable_av1(true)
            .set_send_buffer_video(RETRANSMISSION_PACKETS_VIDEO)
            .set_send_buffer_audio(RETRANSMISSION_PACKETS_AUDIO)
            .build(now);
        for candidate in &self.candidates {
            rtc.add_local_candidate(candidate.clone());
        }
        Session {
            rtc,
            clock: SenderClock::default(),
            now,
            broken: false,
        }
    }
}

/// What an offer and its answer agreed on.
pub(crate) struct Negotiated {
    pub(crate) answer: String,
    /// Our user name fragment.
    pub(crate) ufrag: String,
}

/// One audio or video section.
pub(crate) struct Section {
    /// The SSRC that we send on, where we do.
    pub(crate) send_ssrc: Option<u32>,
    /// Payload types that both sides know, the most preferred first.
    pub(crate) codecs: Vec<(u8, CodecParameters)>,
}

/// What [`Session::poll`] returns.
pub(crate) enum Polled {
    /// Send this.
    Transmit(Transmit),
    /// A media packet came in.
    Packet(Packet),
    /// The peer needs a keyframe of what we send in this section.
    KeyframeWanted(Mid),
    /// Media can flow.
    Connected,
    /// The peer has closed.
    Closed,
    /// Failed beyond repair.
    Broken,
    /// Nothing more; call `handle_timeout` at this time.
    Timeout(Instant),
}

pub(crate) struct Session {
    rtc: Rtc,
    clock: SenderClock,
    /// The library ignores times before the last it saw.
    now: Instant,
    broken: bool,
}

impl Session {
    /// Takes an offer, the first or a later one, and makes the answer. After an error the session
    /// may be half changed: try the offer on a fresh one first.
    pub(crate) fn accept_offer(&mut self, sdp: &str) -> Result<Negotiated, Refusal> {
        let malformed = |detail: String| Refusal::new(RefusalCode::MalformedSdp, detail);
        self.guarded(|session| {
            let offer = SdpOffer::from_sdp_string(sdp).map_err(|e| malformed(e.to_string()))?;
            let answer = session
                .rtc
                .sdp_api()
                .accept_offer(offer)
                .map_err(|e| malformed(e.to_string()))?;
            Ok(Negotiated {
                answer: answer.to_sdp_string(),
                ufrag: session.rtc.direct_api().local_ice_credentials().ufrag,
            })
        })
        .unwrap_or_else(|| Err(malformed("the description could not be processed".into())))
    }

    /// The agreed state of a section of an accepted offer.
    pub(crate) fn section(&mut self, mid: &Mid) -> Option<Section> {
        let id = StrMid::from(mid.as_str());
        let media = self.rtc.media(id)?;
        let known = self.rtc.codec_config().params();
        // In the order of our preference, which is the order in the answer.
        let codecs = known
            .iter()
            .filter(|params| media.remote_pts().contains(&params.pt()))
            .filter_map(|params| Some((*params.pt(), parameters(params)?)))
            .collect();
        let sends = media.direction().is_sending();
        let mut direct = self.rtc.direct_api();
        let send_ssrc = direct
            .stream_tx_by_mid(id, None)
            .filter(|_| sends)
            .map(|stream| *stream.ssrc());
        Some(Section { send_ssrc, codecs })
    }

    /// Whether the datagram is this session's: from a proven address, or an authenticated check.
    pub(crate) fn accepts(&self, now: Instant, received: Received<'_>) -> bool {
        catch_unwind(AssertUnwindSafe(|| {
            let receive = received.parse();
            receive.is_some_and(|receive| self.rtc.accepts(&Input::Receive(now, receive)))
        }))
        .unwrap_or(false)
    }

    /// Takes a datagram that it accepts. False: it made no sense, which is no reason to close.
    pub(crate) fn handle_datagram(&mut self, now: Instant, received: Received<'_>) -> bool {
        self.now = self.now.max(now);
        self.guarded(|session| {
            let input = received.parse().map(|r| Input::Receive(session.now, r));
            input.is_some_and(|input| session.rtc.handle_input(input).is_ok())
        })
        .unwrap_or(false)
    }

    /// Lets time pass.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let failed = self.guarded(|session| {
            let now = session.now;
            session.rtc.handle_input(Input::Timeout(now)).is_err()
        });
        self.broken |= failed.unwrap_or(true);
    }

    /// Sends a rewritten packet in a section.
    pub(crate) fn send(&mut self, mid: &Mid, packet: &Packet, rewritten: &Forwarded) -> bool {
        self.guarded(|session| {
            let mut direct = session.rtc.direct_api();
            let Some(stream) = direct.stream_tx_by_mid(StrMid::from(mid.as_str()), None) else {
                return false;
            };
            stream.write_rtp(
                RtpWrite::new(
                    Pt::from(rewritten.payload_type),
                    rewritten.sequence.into(),
                    rewritten.timestamp_ticks,
                    packet.captured,
                    std::sync::Arc::clone(&packet.payload),
                )
                .marker(packet.marker)
                .nackable(true)
                .ext_vals(extension_values(&packet.extensions)),
            );
            true
        })
        .unwrap_or(false)
    }

    /// Asks the peer for a keyframe of what it sends in this section.
    pub(crate) fn request_keyframe(&mut self, mid: &Mid) {
        self.guarded(|session| {
            let mut direct = session.rtc.direct_api();
            if let Some(stream) = direct.stream_rx_by_mid(StrMid::from(mid.as_str()), None) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
        });
    }

    /// Says goodbye; what is polled after this is the farewell.
    pub(crate) fn close(&mut self) {
        let closed = self.guarded(|session| session.rtc.close().is_ok());
        self.broken |= closed != Some(true);
    }

    /// The next thing to do.
    pub(crate) fn poll(&mut self) -> Polled {
        // Some errors are of one datagram only, others end the peer.
        let mut errors_left = ERRORS_PER_POLL_BOUND;
        loop {
            if self.broken || errors_left == 0 {
                self.broken = true;
                return Polled::Broken;
            }
            let Some(polled) = self.guarded(|session| session.rtc.poll_output()) else {
                return Polled::Broken;
            };
            match polled {
                Err(_) if self.rtc.is_alive() => errors_left -= 1,
                Err(_) => self.broken = true,
                Ok(Output::Timeout(at)) => return Polled::Timeout(at),
                Ok(Output::Transmit(transmit)) => {
                    return Polled::Transmit(Transmit {
                        local: transmit.source,
                        destination: transmit.destination,
                        payload: transmit.contents.into(),
                    });
                }
                Ok(Output::Event(event)) => {
                    if let Some(polled) = self.translate(event) {
                        return polled;
                    }
                }
            }
        }
    }

    fn translate(&mut self, event: Event) -> Option<Polled> {
        match event {
            Event::Connected => Some(Polled::Connected),
            Event::IceConnectionStateChange(state)
                if state.is_connected() && self.rtc.is_connected() =>
            {
                Some(Polled::Connected)
            }
            Event::RtpPacket(packet) => self.packet(packet).map(Polled::Packet),
            Event::KeyframeRequest(request) => {
                Some(Polled::KeyframeWanted(Mid::from(&*request.mid)))
            }
            Event::Closed => Some(Polled::Closed),
            _ => None,
        }
    }

    fn packet(&mut self, packet: RtpPacket) -> Option<Packet> {
        let header = &packet.header;
        let mid = self
            .rtc
            .direct_api()
            .stream_rx(&header.ssrc)
            .map(|stream| Mid::from(&*stream.mid()))?;
        let payload_type = header.payload_type;
        let params = self.rtc.codec_config().find(|p| p.pt() == payload_type)?;
        let parameters = parameters(params)?;
        let captured = match packet.last_sender_info {
            Some(info) => self.clock.captured(
                &Report {
                    wallclock: info.ntp_time,
                    // The library extends the 32 bits; the low ones are what was on the wire.
                    #[allow(clippy::cast_possible_truncation)]
                    ticks: info.rtp_time.numer() as u32,
                    clock_rate: parameters.codec.clock_rate(),
                },
                header.timestamp,
                packet.timestamp,
            ),
            None => packet.timestamp,
        };
        Some(Packet {
            mid,
            ssrc: *header.ssrc,
            payload_type: *payload_type,
            parameters,
            sequence: *packet.seq_no,
            timestamp_ticks: header.timestamp,
            marker: header.marker,
            extensions: extensions(&header.ext_vals),
            arrival: packet.timestamp,
            captured,
            payload: packet.payload,
        })
    }

    /// A panic in the library ends this session alone.
    fn guarded<T>(&mut self, call: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let outcome = catch_unwind(AssertUnwindSafe(|| call(self)));
        self.broken |= outcome.is_err();
        outcome.ok()
    }
}

fn parameters(params: &PayloadParams) -> Option<CodecParameters> {
    let spec = params.spec();
    let (codec, profile) = match spec.codec {
        StrCodec::Opus => (Codec::Opus, 0),
        StrCodec::Vp8 => (Codec::Vp8, 0),
        StrCodec::Vp9 => (Codec::Vp9, spec.format.profile_id.unwrap_or(0)),
        StrCodec::H264 => (Codec::H264, 0),
        StrCodec::Av1 => (Codec::Av1, spec.format.profile.unwrap_or(0).into()),
        _ => return None,
    };
    Some(CodecParameters {
        codec,
        profile_level_id: spec.format.profile_level_id,
        packetization_mode: spec.format.packetization_mode.unwrap_or(0),
        profile: u8::try_from(profile).ok()?,
    })
}

fn extensions(values: &ExtensionValues) -> Extensions {
    Extensions {
        audio_level: values.audio_level,
        voice_activity: values.voice_activity,
        orientation: values
            .video_orientation
            .map(|orientation| orientation as u8),
    }
}

fn extension_values(extensions: &Extensions) -> ExtensionValues {
    ExtensionValues {
        audio_level: extensions.audio_level,
        voice_activity: extensions.voice_activity,
        video_orientation: extensions.orientation.map(VideoOrientation::from),
        ..Default::default()
    }
}
