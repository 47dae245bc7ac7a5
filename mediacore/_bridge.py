"""The only place of this package that imports the compiled module.

`Shard` is what the engine needs of a media shard, so that tests can stand one in.
"""

from collections.abc import Iterator
from typing import Protocol

from mediacore._native import MediaShard, NativeError, RingFull, read_track_log

__all__ = [
    "Frame",
    "Frames",
    "MediaShard",
    "NativeError",
    "RingFull",
    "Shard",
    "TrackLog",
    "read_track_log",
]


class Shard(Protocol):
    """A media shard: a thread with one UDP port, told and heard through bounded rings."""

    @property
    def local_port(self) -> int:
        """The UDP port it is bound to."""

    def submit(self, request: int, payload: bytes) -> None:
        """Queue one command; its answer carries `request`.

        Raises RingFull, NativeError when the thread has ended, and ValueError when the payload
        is no command.
        """

    def fileno(self) -> int:
        """A descriptor that is readable while events wait."""

    def drain(self, limit: int = 1024) -> list[bytes]:
        """Up to `limit` waiting events, oldest first. Raises NativeError after a failure."""

    def metrics(self) -> bytes:
        """Counters and gauges of the shard, one JSON object."""

    def close(self) -> None:
        """Stop the thread and close the port. Blocks for the length of one wake-up."""


class Frame(Protocol):
    """One encoded picture or one Opus packet of a track log, in order of media time."""

    @property
    def pts_ticks(self) -> int:
        """Media time in ticks of the track's clock, unwrapped."""

    @property
    def arrival_us(self) -> int:
        """When its last packet came in, microseconds since the Unix epoch."""

    @property
    def captured_us(self) -> int:
        """When it was captured, as far as the sender's reports tell; never after its arrival."""

    @property
    def keyframe(self) -> bool:
        """Whether decoding can start here. Always true for audio."""

    @property
    def data(self) -> bytes:
        """The encoded bytes; H.264 in Annex B form, AV1 as a temporal unit."""


class Frames(Protocol):
    """The frames of a track log, and what of it could not become a frame so far."""

    @property
    def incomplete(self) -> int:
        """Frames that came in part and were left out."""

    @property
    def uncaptured_packets(self) -> int:
        """Packets that came but aren't in the log, as the disk was too slow."""

    def __iter__(self) -> Iterator[Frame]: ...

    def __next__(self) -> Frame: ...


class TrackLog(Protocol):
    """A track's capture: a header and its frames."""

    @property
    def header(self) -> bytes:
        """JSON: track, source, label, kind, codec, clock_rate, started_unix_us."""

    def __iter__(self) -> Frames: ...
