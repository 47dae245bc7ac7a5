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
    """Counters of one session since it joined; sizes in bytes, without IP and UDP headers."""

    session: int
    bytes_sent: int
    bytes_received: int
    packets_sent: int
    packets_received: int
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
    track: int
    muted: bool


class TrackRemoved(Event, frozen=True, tag="track_removed"):
    room: int
    track: int


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
    | CaptureGap
    | CaptureStopped
)

_decoder: msgspec.json.Decoder[Reply | MediaEvent] = msgspec.json.Decoder(Reply | MediaEvent)


def decode(message: bytes) -> Reply | MediaEvent:
    """One message of the shard. Raises msgspec.DecodeError for anything else."""
    return _decoder.decode(message)
