//! The commands, except offers.

use std::sync::Arc;
use std::time::Instant;

use crate::capture::CaptureItem;
use crate::command::{Command, Source};
use crate::error::{Refusal, RefusalCode};
use crate::event::{ClosedReason, Event, SessionStats};
use crate::id::{Mid, RoomId, SessionId, TrackId};
use crate::member::{Member, Reach};
use crate::room::Room;
use crate::sfu::Sfu;
use crate::timers::Timer;

/// Longest label of a participant, bytes.
const LABEL_BYTES_BOUND: usize = 256;

impl Sfu {
    /// Carries out a command. Its closing event, with `request`, is among the outputs, except that
    /// of `stop_capture`, which the capture's writer gives after [`CaptureItem::Stop`].
    pub fn handle_command(&mut self, now: Instant, request: u64, command: Command) {
        let now = self.advance(now);
        let outcome = match command {
            Command::OpenRoom { room } => {
                self.rooms.entry(room).or_default();
                Ok(Some(Event::Done {}))
            }
            Command::CloseRoom { room } => self.close_room(room).map(done),
            Command::Join {
                room,
                session,
                participant,
                label,
                publish,
                withheld,
                subscribe,
                hidden,
            } => {
                let member = Member {
                    room,
                    participant,
                    label,
                    may_publish: publish && !hidden,
                    withheld,
                    may_subscribe: subscribe,
                    auto: false,
                    peer: None,
                    ufrag: String::new(),
                    sections: Vec::new(),
                    published: Default::default(),
                    streams: Default::default(),
                    reach: Reach::New,
                    last_heard: now,
                    stats: SessionStats::default(),
                    dirty: false,
                };
                self.join(session, member).map(done)
            }
            Command::Offer {
                session,
                sdp,
                publish,
                subscribe,
                auto,
            } => {
                let answer = self.offer(session, &sdp, &publish, &subscribe, auto);
                if answer.is_err() {
                    self.counters.offers_refused_total += 1;
                }
                answer.map(|sdp| Some(Event::Answer { sdp }))
            }
            Command::Leave { session } => self.member(session).map(|_| ()).map(|()| {
                self.close(session, ClosedReason::Left);
                done(())
            }),
            Command::SetMuted {
                session,
                source,
                muted,
            } => self.set_muted(session, source, muted).map(done),
            Command::SetHold { room, held } => self.set_hold(room, held).map(done),
            Command::StartCapture { room, directory } => {
                self.start_capture(room, directory.into()).map(done)
            }
            Command::StopCapture { room } => self.stop_capture(room, request).map(|()| None),
            Command::Stats { session } => self.member(session).map(|member| {
                let stats = member.stats;
                Some(Event::Stats { session, stats })
            }),
        };
        match outcome {
            Ok(Some(event)) => self.reply(request, event),
            Ok(None) => {}
            Err(Refusal { code, detail }) => self.reply(request, Event::Refused { code, detail }),
        }
        self.serve();
    }

    pub(crate) fn member(&self, session: SessionId) -> Result<&Member, Refusal> {
        self.sessions.get(&session).ok_or_else(|| {
            Refusal::new(
                RefusalCode::UnknownSession,
                format!("there is no session {session}"),
            )
        })
    }

    fn room(&mut self, room: RoomId) -> Result<&mut Room, Refusal> {
        self.rooms.get_mut(&room).ok_or_else(|| {
            Refusal::new(RefusalCode::UnknownRoom, format!("room {room} is not open"))
        })
    }

    fn close_room(&mut self, room: RoomId) -> Result<(), Refusal> {
        let sessions = self.room(room)?.sessions.clone();
        for session in sessions {
            self.close(session, ClosedReason::RoomClosed);
        }
        if self.room(room)?.capture.is_some() {
            self.stop_capture(room, 0)?;
        }
        self.rooms.remove(&room);
        Ok(())
    }

    fn join(&mut self, session: SessionId, member: Member) -> Result<(), Refusal> {
        if member.label.len() > LABEL_BYTES_BOUND {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("a label has at most {LABEL_BYTES_BOUND} bytes"),
            ));
        }
        let sessions = self.sessions.len();
        let room = self.room(member.room)?;
        if room.sessions.contains(&session) || self.sessions.contains_key(&session) {
            return Err(Refusal::new(
                RefusalCode::DuplicateSession,
                format!("session {session} has joined already"),
            ));
        }
        if sessions >= self.settings.max_sessions {
            return Err(Refusal::new(
                RefusalCode::TooManySessions,
                format!("all {sessions} sessions are taken"),
            ));
        }
        self.room(member.room)?.sessions.insert(session);
        self.sessions.insert(session, member);
        Ok(())
    }

    fn set_muted(
        &mut self,
        session: SessionId,
        source: Source,
        muted: bool,
    ) -> Result<(), Refusal> {
        let track = self
            .member(session)?
            .published
            .values()
            .copied()
            .find(|track| self.tracks[track].source == source)
            .ok_or_else(|| {
                Refusal::new(
                    RefusalCode::UnknownTrack,
                    format!("session {session} publishes no {}", source.name()),
                )
            })?;
        let Some(entry) = self.tracks.get_mut(&track).filter(|t| t.muted != muted) else {
            return Ok(());
        };
        entry.muted = muted;
        let codec = entry.parameters.codec;
        self.tell(Event::TrackChanged {
            track,
            muted,
            codec,
        });
        if !muted {
            self.resume_track(track);
        }
        Ok(())
    }

    fn set_hold(&mut self, room: RoomId, held: bool) -> Result<(), Refusal> {
        let entry = self.room(room)?;
        let before = std::mem::replace(&mut entry.held, held);
        if before && !held {
            for track in entry.tracks.clone() {
                self.resume_track(track);
            }
        }
        Ok(())
    }

    /// Packets of the track were left out: receivers go on with the next that they can begin with.
    fn resume_track(&mut self, track: TrackId) {
        let Some(entry) = self.tracks.get(&track) else {
            return;
        };
        for (receiver, mid) in entry.subscribers.clone() {
            if let Some(stream) = self.stream(receiver, &mid) {
                stream.forwarder.restart();
            }
        }
        self.want_keyframe(track);
    }

    fn start_capture(&mut self, room: RoomId, directory: Arc<str>) -> Result<(), Refusal> {
        let entry = self.room(room)?;
        if let Some(running) = &entry.capture {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("room {room} is being captured to {running}"),
            ));
        }
        entry.capture = Some(directory);
        for track in entry.tracks.clone() {
            self.want_keyframe(track);
        }
        Ok(())
    }

    fn stop_capture(&mut self, room: RoomId, request: u64) -> Result<(), Refusal> {
        let entry = self.room(room)?;
        if entry.capture.take().is_none() {
            return Err(Refusal::new(
                RefusalCode::Invalid,
                format!("room {room} is not being captured"),
            ));
        }
        for track in entry.tracks.clone() {
            if let Some(track) = self.tracks.get_mut(&track) {
                track.capture.log = None;
            }
        }
        self.capture(CaptureItem::Stop { room, request });
        Ok(())
    }

    pub(crate) fn stream(
        &mut self,
        session: SessionId,
        mid: &Mid,
    ) -> Option<&mut crate::member::Stream> {
        self.sessions.get_mut(&session)?.streams.get_mut(mid)
    }

    /// Takes a track out of its room and away from its receivers.
    pub(crate) fn remove_track(&mut self, track: TrackId) {
        let Some(entry) = self.tracks.remove(&track) else {
            return;
        };
        for (receiver, mid) in &entry.subscribers {
            if let Some(stream) = self.stream(*receiver, mid) {
                stream.track = None;
            }
        }
        if let Some(member) = self.sessions.get_mut(&entry.session) {
            member.published.remove(&entry.mid);
        }
        if let Some(room) = self.rooms.get_mut(&entry.room) {
            room.tracks.remove(&track);
        }
        self.timers.set(Timer::Keyframe(track), None);
        if let Some(log) = entry.capture.log {
            self.capture(CaptureItem::End { log });
        }
        let room = entry.room;
        self.tell(Event::TrackRemoved { room, track });
        self.bind_fitting(room);
    }

    /// Lets a section receive a track; its stream goes on where it was.
    pub(crate) fn bind(&mut self, session: SessionId, mid: &Mid, track: TrackId) {
        let Some(stream) = self.stream(session, mid) else {
            return;
        };
        stream.track = Some(track);
        stream.forwarder.restart();
        if let Some(entry) = self.tracks.get_mut(&track) {
            entry.subscribers.push((session, mid.clone()));
        }
        self.want_keyframe(track);
    }

    /// Stops what a section receives.
    pub(crate) fn unbind(&mut self, session: SessionId, mid: &Mid) {
        let Some(track) = self.stream(session, mid).and_then(|s| s.track.take()) else {
            return;
        };
        if let Some(entry) = self.tracks.get_mut(&track) {
            entry
                .subscribers
                .retain(|(receiver, at)| *receiver != session || at != mid);
        }
    }

    /// Binds idle sections of `auto` sessions to what fits: others' tracks of the same kind, the
    /// microphone before screen sound, the camera before the screen, older before newer.
    pub(crate) fn bind_fitting(&mut self, room: RoomId) {
        let Some(entry) = self.rooms.get(&room) else {
            return;
        };
        let mut found: Vec<(SessionId, Mid, TrackId)> = Vec::new();
        for session in &entry.sessions {
            let member = &self.sessions[session];
            if !member.auto {
                continue;
            }
            let mut taken: Vec<TrackId> = member.streams.values().filter_map(|s| s.track).collect();
            for (mid, _) in &member.sections {
                let Some(stream) = member.streams.get(mid) else {
                    continue;
                };
                if !stream.open || stream.track.is_some() {
                    continue;
                }
                let fitting = entry
                    .tracks
                    .iter()
                    .filter(|id| {
                        let track = &self.tracks[id];
                        track.participant != member.participant
                            && track.source.kind() == stream.kind
                            && !taken.contains(id)
                    })
                    .min_by_key(|id| (self.tracks[id].source, **id));
                if let Some(&track) = fitting {
                    taken.push(track);
                    found.push((*session, mid.clone(), track));
                }
            }
        }
        for (session, mid, track) in found {
            self.bind(session, &mid, track);
        }
    }
}

/// The closing event of a command that gives nothing back.
fn done((): ()) -> Option<Event> {
    Some(Event::Done {})
}
