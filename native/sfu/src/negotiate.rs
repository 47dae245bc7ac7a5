//! Offers: what a session may do, which section carries or receives what, and the answer.

use std::collections::BTreeMap;

use crate::codec::Kind;
use crate::command::{Publish, Source, Subscribe};
use crate::error::{Refusal, RefusalCode};
use crate::event::{ClosedReason, Event};
use crate::forwarding::Forwarder;
use crate::id::{Mid, SessionId, TrackId};
use crate::member::{Member, Stream};
use crate::room::{Track, TrackCapture};
use crate::sdp::{Direction, Offer, OfferedSection, finish_answer};
use crate::session::{Section, Session};
use crate::sfu::Sfu;

/// Most tracks that one session publishes.
const PUBLISHED_BOUND: usize = 8;

/// The mapping that an offer asks for, checked against rights and state.
struct Plan {
    publish: Vec<(Mid, Source)>,
    subscribe: Vec<(Mid, TrackId)>,
    /// What we let the offerer do, in the order of its sections.
    directions: Vec<Direction>,
}

impl Sfu {
    /// Takes an offer and returns the answer. A refused one leaves the session as it was.
    pub(crate) fn offer(
        &mut self,
        session: SessionId,
        sdp: &str,
        publish: &[Publish],
        subscribe: &[Subscribe],
        auto: bool,
    ) -> Result<String, Refusal> {
        let member = self.member(session)?;
        let offer = Offer::parse(sdp)?;
        check_order(member, &offer)?;
        let plan = self.plan(member, &offer, publish, subscribe, auto)?;
        let narrowed = offer.narrowed(&plan.directions);
        // Tried on a fresh peer first: a running one must not be left half changed.
        let mut fresh = self.factory.session(self.now);
        let rehearsed = fresh.accept_offer(&narrowed)?;
        self.check_codecs(&mut fresh, &plan)?;

        let member = self.member_mut(session)?;
        let negotiated = match member.peer.as_mut() {
            Some(peer) => peer.accept_offer(&narrowed),
            None => {
                member.peer = Some(fresh);
                Ok(rehearsed)
            }
        };
        let negotiated = match negotiated {
            Ok(negotiated) => negotiated,
            Err(refusal) => {
                self.close(session, ClosedReason::Failed);
                return Err(refusal);
            }
        };
        let now = self.now;
        let member = self.member_mut(session)?;
        member.auto = auto;
        member.last_heard = now;
        member.sections = offer
            .sections
            .iter()
            .map(|section| (section.mid.clone(), section.stopped))
            .collect();
        let before = std::mem::replace(&mut member.ufrag, negotiated.ufrag.clone());
        if before != negotiated.ufrag {
            self.demux.remove_ufrag(&before);
            self.demux.add_ufrag(negotiated.ufrag, session);
        }
        self.apply_publish(session, &plan)?;
        self.apply_subscribe(session, &offer, &plan)?;
        let room = self.member(session)?.room;
        self.bind_fitting(room);
        self.arm_silence(session);
        self.touch(session);
        Ok(finish_answer(
            &negotiated.answer,
            self.settings.video_start_kbps,
            self.settings.video_max_kbps,
            &self.streams_of(session)?,
        ))
    }

    /// Which sections a receiver should play in step: a person's voice with the face, the sound of
    /// a screen with its picture.
    fn streams_of(&self, session: SessionId) -> Result<BTreeMap<Mid, String>, Refusal> {
        let streams = self.member(session)?.streams.iter();
        Ok(streams
            .filter_map(|(mid, stream)| {
                let track = self.tracks.get(&stream.track?)?;
                let what = match track.source {
                    Source::Microphone | Source::Camera => "person",
                    Source::Screen | Source::ScreenAudio => "screen",
                };
                Some((mid.clone(), format!("{what}-{}", track.participant)))
            })
            .collect())
    }

    fn plan(
        &self,
        member: &Member,
        offer: &Offer<'_>,
        publish: &[Publish],
        subscribe: &[Subscribe],
        auto: bool,
    ) -> Result<Plan, Refusal> {
        let mut wanted: Vec<(Mid, Source)> = Vec::new();
        for Publish { mid, source } in publish {
            let section = find(offer, mid)?;
            if section.kind != Some(source.kind()) || !section.direction.sends {
                return Err(invalid(format!(
                    "section {mid} does not send what {} is",
                    source.name()
                )));
            }
            if wanted.iter().any(|(m, s)| m == mid || s == source) {
                return Err(invalid(format!("{} or section {mid} twice", source.name())));
            }
            if member.withheld.contains(source) {
                return Err(Refusal::new(
                    RefusalCode::PublishNotGranted,
                    format!("nobody sends a {} in this call", source.name()),
                ));
            }
            wanted.push((mid.clone(), *source));
        }
        if auto {
            let mut free: Vec<Source> = AUTO_SOURCES
                .into_iter()
                .filter(|source| wanted.iter().all(|(_, taken)| taken != source))
                .collect();
            for section in offer.sections.iter().filter(|s| s.direction.sends) {
                let fitting = free.iter().position(|s| section.kind == Some(s.kind()));
                // Who may not send is refused only when sending is all the section is for.
                let sending_only = !section.direction.receives;
                if let Some(at) = fitting
                    && (member.may_publish || sending_only)
                    && wanted.iter().all(|(mid, _)| *mid != section.mid)
                {
                    let source = free.remove(at);
                    // What is withheld is answered as not wanted; the rest of the offer stands.
                    if !member.withheld.contains(&source) {
                        wanted.push((section.mid.clone(), source));
                    }
                }
            }
        }
        if !wanted.is_empty() && !member.may_publish {
            return Err(Refusal::new(
                RefusalCode::PublishNotGranted,
                "this session was joined without the right to send",
            ));
        }
        if wanted.len() > PUBLISHED_BOUND {
            return Err(Refusal::new(
                RefusalCode::TooManyTracks,
                format!("a session publishes at most {PUBLISHED_BOUND} tracks"),
            ));
        }
        let subscribe = self.plan_subscribe(member, offer, subscribe)?;
        let directions = offer
            .sections
            .iter()
            .map(|section| Direction {
                sends: wanted.iter().any(|(mid, _)| *mid == section.mid),
                receives: section.direction.receives
                    && member.may_subscribe
                    && (auto || subscribe.iter().any(|(mid, _)| *mid == section.mid)),
            })
            .collect();
        Ok(Plan {
            publish: wanted,
            subscribe,
            directions,
        })
    }

    fn plan_subscribe(
        &self,
        member: &Member,
        offer: &Offer<'_>,
        subscribe: &[Subscribe],
    ) -> Result<Vec<(Mid, TrackId)>, Refusal> {
        let mut wanted: Vec<(Mid, TrackId)> = Vec::new();
        if !subscribe.is_empty() && !member.may_subscribe {
            return Err(invalid(
                "this session was joined without the right to receive",
            ));
        }
        for Subscribe { mid, track } in subscribe {
            let section = find(offer, mid)?;
            let entry = self
                .tracks
                .get(track)
                .filter(|entry| entry.room == member.room && !member.publishes(*track))
                .ok_or_else(|| {
                    Refusal::new(
                        RefusalCode::UnknownTrack,
                        format!("nobody else publishes track {track} in this room"),
                    )
                })?;
            if section.kind != Some(entry.source.kind()) || !section.direction.receives {
                return Err(invalid(format!(
                    "section {mid} does not receive what {} is",
                    entry.source.name()
                )));
            }
            if wanted.iter().any(|(m, t)| m == mid || t == track) {
                return Err(invalid(format!("track {track} or section {mid} twice")));
            }
            wanted.push((mid.clone(), *track));
        }
        Ok(wanted)
    }

    /// Every used section has a codec that both sides know, and that its track is sent in.
    fn check_codecs(&self, fresh: &mut Session, plan: &Plan) -> Result<(), Refusal> {
        let none = |detail: String| Refusal::new(RefusalCode::NoCommonCodec, detail);
        let mut codecs = |mid: &Mid| fresh.section(mid).map(|s| s.codecs).unwrap_or_default();
        for (mid, _) in &plan.publish {
            if codecs(mid).is_empty() {
                return Err(none(format!(
                    "section {mid} offers none of Opus, VP8, H.264, VP9, AV1"
                )));
            }
        }
        for (mid, track) in &plan.subscribe {
            let sent = self.tracks[track].parameters;
            if Forwarder::payload_type_for(&codecs(mid), &sent).is_none() {
                return Err(none(format!(
                    "section {mid} can't receive {}, which track {track} is sent in",
                    sent.codec.name()
                )));
            }
        }
        Ok(())
    }

    fn apply_publish(&mut self, session: SessionId, plan: &Plan) -> Result<(), Refusal> {
        let member = self.member(session)?;
        let (room, participant) = (member.room, member.participant);
        let gone: Vec<TrackId> = member
            .published
            .iter()
            .filter(|(mid, track)| {
                let source = self.tracks[track].source;
                !plan.publish.iter().any(|(m, s)| m == *mid && *s == source)
            })
            .map(|(_, track)| *track)
            .collect();
        for track in gone {
            self.remove_track(track);
        }
        for (mid, source) in &plan.publish {
            let member = self.member_mut(session)?;
            if member.published.contains_key(mid) {
                continue;
            }
            // Checked before: there is one.
            let Some(parameters) = member.section(mid).and_then(|s| Some(s.codecs.first()?.1))
            else {
                continue;
            };
            let track = TrackId(self.next_track);
            self.next_track += 1;
            self.member_mut(session)?
                .published
                .insert(mid.clone(), track);
            self.tracks.insert(
                track,
                Track {
                    room,
                    session,
                    participant,
                    mid: mid.clone(),
                    source: *source,
                    parameters,
                    muted: false,
                    keyframes: Default::default(),
                    subscribers: Vec::new(),
                    capture: TrackCapture::default(),
                },
            );
            if let Some(room) = self.rooms.get_mut(&room) {
                room.tracks.insert(track);
            }
            self.tell(Event::TrackAdded {
                room,
                session,
                participant,
                track,
                source: *source,
                kind: source.kind(),
                codec: parameters.codec,
                muted: false,
            });
        }
        Ok(())
    }

    fn apply_subscribe(
        &mut self,
        session: SessionId,
        offer: &Offer<'_>,
        plan: &Plan,
    ) -> Result<(), Refusal> {
        for (section, direction) in offer.sections.iter().zip(&plan.directions) {
            let mid = &section.mid;
            let member = self.member_mut(session)?;
            let auto = member.auto;
            if let Some(kind) = section.kind {
                member.renew_stream(mid, kind, direction.receives);
            }
            let bound = member.streams.get(mid).and_then(|stream| stream.track);
            let wanted = match plan.subscribe.iter().find(|(m, _)| m == mid) {
                Some((_, track)) => Some(*track),
                None => bound.filter(|_| auto && direction.receives),
            };
            if bound != wanted {
                self.unbind(session, mid);
                if let Some(track) = wanted {
                    self.bind(session, mid, track);
                }
            }
        }
        // Sections whose place was given to another one.
        let member = self.member_mut(session)?;
        let gone: Vec<Mid> = member
            .streams
            .keys()
            .filter(|mid| offer.section(mid).is_none())
            .cloned()
            .collect();
        for mid in gone {
            self.unbind(session, &mid);
            self.member_mut(session)?.streams.remove(&mid);
        }
        Ok(())
    }

    fn member_mut(&mut self, session: SessionId) -> Result<&mut Member, Refusal> {
        self.sessions
            .get_mut(&session)
            .ok_or_else(|| Refusal::new(RefusalCode::UnknownSession, "the session has ended"))
    }
}

/// The sources given to sections without a name, in their order of appearance.
const AUTO_SOURCES: [Source; 4] = [
    Source::Microphone,
    Source::Camera,
    Source::Screen,
    Source::ScreenAudio,
];

impl Member {
    fn publishes(&self, track: TrackId) -> bool {
        self.published.values().any(|published| *published == track)
    }

    fn section(&mut self, mid: &Mid) -> Option<Section> {
        self.peer.as_mut()?.section(mid)
    }

    /// Brings what we send in a section up to date with the negotiation.
    fn renew_stream(&mut self, mid: &Mid, kind: Kind, open: bool) {
        let Some(section) = self.section(mid) else {
            return;
        };
        match self.streams.get_mut(mid) {
            // The same SSRC goes on, with its sequence numbers.
            Some(stream) if section.send_ssrc.is_none_or(|ssrc| ssrc == stream.ssrc) => {
                stream.open = open;
                stream.forwarder.set_codecs(section.codecs);
            }
            before => {
                let Some(ssrc) = section.send_ssrc else {
                    return;
                };
                let stream = Stream {
                    ssrc,
                    kind,
                    open,
                    track: before.and_then(|stream| stream.track),
                    forwarder: Forwarder::new(ssrc, section.codecs),
                };
                self.streams.insert(mid.clone(), stream);
            }
        }
    }
}

/// Sections keep their place for the life of a session; only a stopped one may be given to another
/// (RFC 8829 section 5.2.2).
fn check_order(member: &Member, offer: &Offer<'_>) -> Result<(), Refusal> {
    for (at, (mid, stopped)) in member.sections.iter().enumerate() {
        let kept = offer
            .sections
            .get(at)
            .is_some_and(|section| *stopped || section.mid == *mid);
        if !kept {
            return Err(Refusal::new(
                RefusalCode::MalformedSdp,
                format!("media section {at} was {mid} in the offer before and must stay there"),
            ));
        }
    }
    Ok(())
}

fn find<'o, 'a>(offer: &'o Offer<'a>, mid: &Mid) -> Result<&'o OfferedSection<'a>, Refusal> {
    offer
        .section(mid)
        .ok_or_else(|| invalid(format!("the offer has no media section {mid}")))
}

fn invalid(detail: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::Invalid, detail)
}
