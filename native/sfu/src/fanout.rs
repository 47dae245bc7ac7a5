//! From a publisher's packet to every receiver's, and the keyframes that receivers need to begin.

use std::sync::Arc;

use crate::capture::{CaptureItem, CaptureTrack};
use crate::codec::Kind;
use crate::error::RefusalCode;
use crate::event::Event;
use crate::forwarding::Outcome;
use crate::id::{Mid, SessionId, TrackId};
use crate::member::Reach;
use crate::packet::Packet;
use crate::payload::starts_keyframe;
use crate::room::Track;
use crate::sfu::Sfu;
use crate::timers::Timer;

impl Sfu {
    /// Gives a packet that `session` sent to everybody who receives its track.
    pub(crate) fn fan_out(&mut self, session: SessionId, packet: &Packet) {
        let Some(member) = self.sessions.get(&session) else {
            return;
        };
        let Some((&track, room)) = member
            .published
            .get(&packet.mid)
            .zip(self.rooms.get(&member.room))
        else {
            return;
        };
        let Some(entry) = self.tracks.get_mut(&track) else {
            return;
        };
        let codec = packet.parameters.codec;
        // A payload type of the other kind in this section is nonsense.
        if entry.muted || room.held || codec.kind() != entry.source.kind() {
            return;
        }
        if codec.kind() == Kind::Video && starts_keyframe(codec, &packet.payload) {
            entry.keyframes.keyframe_seen();
        }
        let codec_changed = entry.parameters.codec != codec;
        entry.parameters = packet.parameters;
        let recorded = room
            .capture
            .as_ref()
            .and_then(|directory| capture_item(track, entry, &member.label, directory, packet));
        let muted = entry.muted;
        let receivers = std::mem::take(&mut entry.subscribers);
        if codec_changed {
            self.tell(Event::TrackChanged {
                track,
                muted,
                codec,
            });
        }
        if let Some(item) = recorded {
            self.capture(item);
        }
        for (receiver, mid) in &receivers {
            self.forward(track, *receiver, mid, packet);
        }
        // Nothing above changes who receives.
        if let Some(entry) = self.tracks.get_mut(&track) {
            entry.subscribers = receivers;
        }
    }

    fn forward(&mut self, track: TrackId, receiver: SessionId, mid: &Mid, packet: &Packet) {
        let Some(member) = self.sessions.get_mut(&receiver) else {
            return;
        };
        if member.reach == Reach::New {
            return;
        }
        let (Some(stream), Some(peer)) = (member.streams.get_mut(mid), member.peer.as_mut()) else {
            return;
        };
        match stream.forwarder.forward(packet) {
            Outcome::Send(rewritten) => {
                if peer.send(mid, packet, &rewritten) {
                    peer.handle_timeout(self.now);
                    member.stats.media_packets_sent += 1;
                    self.counters.media_packets_forwarded_total += 1;
                    self.touch(receiver);
                }
            }
            Outcome::NeedsKeyframe => self.want_keyframe(track),
            Outcome::NoCommonCodec => self.tell(Event::SubscriptionFailed {
                session: receiver,
                mid: mid.clone(),
                track,
                code: RefusalCode::NoCommonCodec,
            }),
            Outcome::Stale | Outcome::Unmapped => {}
        }
    }

    /// Somebody can't begin or go on without a keyframe of this track.
    pub(crate) fn want_keyframe(&mut self, track: TrackId) {
        let Some(entry) = self.tracks.get_mut(&track) else {
            return;
        };
        if entry.source.kind() == Kind::Audio {
            return;
        }
        if entry.keyframes.request(self.now) {
            self.ask_for_keyframe(track);
        } else {
            let at = entry.keyframes.poll_timeout();
            self.timers.set(Timer::Keyframe(track), at);
        }
    }

    /// Asks the publisher, without a look at the throttle.
    pub(crate) fn ask_for_keyframe(&mut self, track: TrackId) {
        let Some(entry) = self.tracks.get(&track) else {
            return;
        };
        let publisher = entry.session;
        let Some(member) = self.sessions.get_mut(&publisher) else {
            return;
        };
        let Some(peer) = member.peer.as_mut() else {
            return;
        };
        peer.request_keyframe(&entry.mid);
        member.stats.keyframe_requests += 1;
        self.counters.keyframe_requests_total += 1;
        self.touch(publisher);
    }
}

/// The packet for the capture, in the track's open log or a new one. Video begins with a keyframe.
fn capture_item(
    track: TrackId,
    entry: &mut Track,
    label: &str,
    directory: &Arc<str>,
    packet: &Packet,
) -> Option<CaptureItem> {
    let codec = packet.parameters.codec;
    let open = entry.capture.log.as_ref().filter(|log| log.codec == codec);
    let log = match open {
        Some(log) => Arc::clone(log),
        None if packet.payload.is_empty() || !starts_keyframe(codec, &packet.payload) => {
            return None;
        }
        None => {
            entry.capture.logs += 1;
            let log = Arc::new(CaptureTrack {
                room: entry.room,
                track,
                part: entry.capture.logs,
                directory: Arc::clone(directory),
                participant: entry.participant,
                label: label.to_owned(),
                source: entry.source,
                codec,
            });
            entry.capture.log = Some(Arc::clone(&log));
            log
        }
    };
    Some(CaptureItem::Packet {
        log,
        packet: packet.clone(),
    })
}
