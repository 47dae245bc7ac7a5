"""What the media shard says. One struct per event; `type` tells them apart in the JSON.

`request` is the number of the request an event answers, 0 when the shard speaks unasked.
"""

from typing import Literal, TypeAlias

import msgspec

from mediacore.commands import Source

Kind = Literal["audio", "video"]


class Event(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all events."""


class Done(Event, frozen=True, tag="done"):
    request: int


class Refused(Event, frozen=True, tag="refused"):
    code: str
    detail: str
    request: int


class Answer(Event, frozen=True, tag="answer"):
    sdp: str
    request: int


class Stats(Event, frozen=True, tag="stats"):
    """Counters of one session since its first offer.

    Datagrams (bytes without UDP and IP headers), forwarded and published media packets,
    keyframes asked of it, and datagrams from its addresses that made no sense.
    """

    session: int
    bytes_sent: int
    bytes_received: int
    packets_sent: int
    packets_received: int
    media_packets_sent: int
    media_packets_received: int
    keyframe_requests: int
    datagram_errors: int
    request: int = 0


class CaptureStopped(Event, frozen=True, tag="capture_stopped"):
    """All track logs of the room are on disk; `files` are their paths."""

    room: int
    files: tuple[str, ...]
    request: int = 0


class CaptureGap(Event, frozen=True, tag="capture_gap"):
    """The disk was too slow: `packets` of the track are missing in the capture."""

    room: int
    track: int
    packets: int


class SessionConnected(Event, frozen=True, tag="session_connected"):
    """ICE and DTLS are up: media can flow. Also after an ICE restart."""

    session: int


class SessionDisconnected(Event, frozen=True, tag="session_disconnected"):
    """The peer has gone silent; it may come back by itself or by an ICE restart."""

    session: int


class SessionClosed(Event, frozen=True, tag="session_closed"):
    """`reason`: left, room_closed, peer_closed, silent (for too long) or failed."""

    session: int
    reason: str


class TrackAdded(Event, frozen=True, tag="track_added"):
    room: int
    session: int
    participant: int
    track: int
    source: Source
    kind: Kind
    codec: str
    muted: bool


class TrackChanged(Event, frozen=True, tag="track_changed"):
    """Muted or unmuted at the server, or sent in another codec than before."""

    track: int
    muted: bool
    codec: str


class TrackRemoved(Event, frozen=True, tag="track_removed"):
    room: int
    track: int


class SubscriptionFailed(Event, frozen=True, tag="subscription_failed"):
    """The session can't be given a track it asked for; its media section `mid` stays silent."""

    session: int
    mid: str
    track: int
    code: str


class Track(msgspec.Struct, frozen=True):
    """A track as it is now. `id` is unique as long as the engine lives."""

    id: int
    room: int
    session: int
    participant: int
    source: Source
    kind: Kind
    codec: str
    muted: bool


Reply: TypeAlias = Done | Refused | Answer | Stats | CaptureStopped
MediaEvent: TypeAlias = (
    SessionConnected
    | SessionDisconnected
    | SessionClosed
    | TrackAdded
    | TrackChanged
    | TrackRemoved
    | SubscriptionFailed
    | CaptureGap
    | CaptureStopped
)

_decoder: msgspec.json.Decoder[Reply | MediaEvent] = msgspec.json.Decoder(Reply | MediaEvent)


def decode(message: bytes) -> Reply | MediaEvent:
    """One message of the shard. Raises msgspec.DecodeError for anything else."""
    return _decoder.decode(message)
