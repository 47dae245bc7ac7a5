//! One peer: ICE and DTLS by the protocol library, media by ours.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Input, Output, Rtc, RtcConfig};

use crate::camera::{Camera, Kind};
use crate::figures::Figures;
use crate::keys;
use crate::media::{Media, Outbound};

/// Where a description makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// What the library says of it.
    #[error("the description: {0}")]
    Sdp(String),
    /// An answer without an offer.
    #[error("no offer of it waits for an answer")]
    NoOffer,
    /// It was never made, or is closed.
    #[error("there is no such peer")]
    Unknown,
}

/// What goes out: a datagram to an address.
pub type Send<'a> = dyn FnMut(SocketAddr, &[u8]) + 'a;

/// A participant's connection.
pub struct Peer {
    /// Ours.
    pub address: SocketAddr,
    rtc: Rtc,
    pending: Option<SdpPendingOffer>,
    /// The sections that send.
    sends: Vec<(Mid, Kind)>,
    /// Where media goes and comes from; once there are keys.
    remote: Option<SocketAddr>,
    media: Media,
    timeout: Instant,
}

impl Peer {
    /// At this address of ours, with no connection yet. They all have one certificate: making one
    /// takes longer than all else.
    pub fn new(now: Instant, address: SocketAddr) -> Self {
        let mut config = RtcConfig::new().set_crypto_provider(keys::provider());
        if let Some(certificate) = keys::certificate() {
            config = config.set_dtls_cert(certificate);
        }
        let mut rtc = config
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(now);
        if let Ok(host) = Candidate::host(address, "udp") {
            rtc.add_local_candidate(host);
        }
        Self {
            address,
            rtc,
            pending: None,
            sends: Vec::new(),
            remote: None,
            media: Media::new(now),
            timeout: now,
        }
    }

    /// The offer of sections that send, then of such that receive.
    ///
    /// # Errors
    ///
    /// [`PeerError::NoOffer`] if that is nothing.
    pub fn offer(&mut self, send: &[Kind], receive: &[Kind]) -> Result<String, PeerError> {
        let mut change = self.rtc.sdp_api();
        let mut add = |kind: Kind, direction| {
            let kind = match kind {
                Kind::Audio => MediaKind::Audio,
                Kind::Video => MediaKind::Video,
            };
            change.add_media(kind, direction, None, None, None)
        };
        self.sends = send
            .iter()
            .map(|&kind| (add(kind, Direction::SendOnly), kind))
            .collect();
        for &kind in receive {
            add(kind, Direction::RecvOnly);
        }
        let (offer, pending) = change.apply().ok_or(PeerError::NoOffer)?;
        self.pending = Some(pending);
        Ok(offer.to_sdp_string())
    }

    /// The answer to the offer.
    ///
    /// # Errors
    ///
    /// [`PeerError`].
    pub fn accept_answer(&mut self, sdp: &str) -> Result<(), PeerError> {
        let pending = self.pending.take().ok_or(PeerError::NoOffer)?;
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(described)?;
        self.rtc
            .sdp_api()
            .accept_answer(pending, answer)
            .map_err(described)?;
        self.media.agree(sdp);
        Ok(())
    }

    /// Makes the answer to an offer, of what comes from there.
    ///
    /// # Errors
    ///
    /// [`PeerError::Sdp`].
    pub fn accept_offer(&mut self, sdp: &str) -> Result<String, PeerError> {
        let offer = SdpOffer::from_sdp_string(sdp).map_err(described)?;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(described)?;
        let answer = answer.to_sdp_string();
        self.media.agree(&answer);
        Ok(answer)
    }

    /// Whether media can flow.
    pub fn connected(&self) -> bool {
        self.media.has_keys() && self.remote.is_some() && self.rtc.is_connected()
    }

    /// What it sends begins, if it hasn't.
    pub fn start(&mut self, now: Instant) {
        for (mid, kind) in std::mem::take(&mut self.sends) {
            let wanted = match kind {
                Kind::Audio => Codec::Opus,
                Kind::Video => Codec::Vp8,
            };
            let payload_type = self.rtc.media(mid).and_then(|media| {
                let known = self.rtc.codec_config().params().iter();
                let mut fitting = known.filter(|one| one.spec().codec == wanted);
                fitting
                    .find(|one| media.remote_pts().contains(&one.pt()))
                    .map(|one| *one.pt())
            });
            let mut direct = self.rtc.direct_api();
            let ssrc = direct
                .stream_tx_by_mid(mid, None)
                .map(|stream| *stream.ssrc());
            if let (Some(payload_type), Some(ssrc)) = (payload_type, ssrc) {
                let camera = Camera::new(kind, now);
                self.media.send(Outbound::new(camera, ssrc, payload_type));
            }
        }
    }

    /// Takes a datagram that came at this time (nanoseconds as of the stamps).
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        now_ns: u64,
        source: SocketAddr,
        datagram: &mut [u8],
        figures: &mut Figures,
    ) {
        // RFC 7983 section 7.
        if datagram
            .first()
            .is_some_and(|first| (128..192).contains(first))
        {
            self.media.handle_datagram(now_ns, datagram, figures);
        } else if let Ok(receive) = Receive::new(Protocol::Udp, source, self.address, datagram) {
            // What it refuses was not meant for us.
            let _ = self.rtc.handle_input(Input::Receive(now, receive));
            self.take_keys();
            // There may be an answer.
            self.timeout = now;
        }
    }

    /// Time passes: what is due goes out. `clock_ns` gives the stamps.
    pub fn pass(
        &mut self,
        now: Instant,
        clock_ns: impl Fn() -> u64,
        figures: &mut Figures,
        send: &mut Send<'_>,
    ) {
        if now >= self.timeout {
            let _ = self.rtc.handle_input(Input::Timeout(now));
            self.poll(now, send);
        }
        if let Some(remote) = self.remote {
            self.media.pass(now, clock_ns, figures, &mut |datagram| {
                send(remote, datagram)
            });
        }
    }

    /// Packets that should have come since the last time.
    pub fn expected(&mut self) -> u64 {
        self.media.expected()
    }

    /// Says goodbye.
    pub fn close(&mut self, now: Instant, send: &mut Send<'_>) {
        let _ = self.rtc.close();
        self.poll(now, send);
    }

    fn poll(&mut self, now: Instant, send: &mut Send<'_>) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Transmit(transmit)) => match transmit.contents.first() {
                    // Media's reports are ours alone: two who seal with one key would seal two
                    // packets with one nonce.
                    Some(128..192) => {}
                    first => {
                        // DTLS goes where ICE has settled (RFC 7983 section 7).
                        if first.is_some_and(|first| (20..64).contains(first)) {
                            self.remote = Some(transmit.destination);
                        }
                        send(transmit.destination, &transmit.contents);
                    }
                },
                Ok(Output::Timeout(at)) => {
                    self.timeout = at;
                    break;
                }
                Ok(Output::Event(_)) => {}
                Err(_) => {
                    self.timeout = now + Duration::from_secs(1);
                    break;
                }
            }
        }
        self.take_keys();
    }

    fn take_keys(&mut self) {
        if let Some(exported) = keys::take() {
            self.media.take_keys(&exported);
        }
    }
}

fn described(error: impl std::fmt::Display) -> PeerError {
    PeerError::Sdp(error.to_string())
}
