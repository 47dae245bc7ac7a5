"""The native core: the contact matcher and the media shards, written in Rust.

Commands go in and events come out as JSON objects in bytes. Times are microseconds since the Unix
epoch (UTC). Every call releases the GIL. Imported by `mediacore._bridge` and `router._bridge` only.
"""

from os import PathLike
from typing import Final, Self, final

__all__ = [
    "VERSION",
    "Frame",
    "FrameIterator",
    "Matcher",
    "MatcherMachine",
    "MediaShard",
    "NativeError",
    "RingFull",
    "TrackLog",
    "read_track_log",
]

VERSION: Final[str]
"""Version of the native core, the same as the wheel's."""

class NativeError(Exception):
    """The native core can't go on: it was closed, or it failed."""

class RingFull(NativeError):
    """A ring has no room: nothing was taken, try again later."""

@final
class Matcher:
    """The contact matcher on a thread of its own, between two bounded rings.

    Any thread may call any method. Each command is answered by its events, the last of them `done`
    or `refused`. When the event ring is full the thread takes no further command until events were
    drained: nothing is lost, but `submit` may then raise `RingFull`.
    """

    def __new__(cls, *, command_bound: int = 65536, event_bound: int = 262144) -> Matcher:
        """Starts the thread.

        `command_bound` and `event_bound` are the most items that the rings hold, 1 to 16777216.
        Raises `ValueError` for other bounds, `OSError` when there is no descriptor or thread left.
        """

    def submit(self, command: int, payload: bytes) -> None:
        """Hands in one command without waiting; its events carry the number `command` (> 0).

        Raises `ValueError` naming the field when the payload is no command, `RingFull` with nothing
        taken, `NativeError` after `close` or when the thread has failed.
        """

    def fileno(self) -> int:
        """A descriptor that is readable while events wait. It belongs to the matcher."""

    def drain(self, limit: int = 1024) -> list[bytes]:
        """Takes the next events in their order, at most `limit`, each one envelope.

        Returning none makes `fileno` unreadable until the next event; only then wait for it.
        Raises `NativeError` when the thread has failed and its last event was taken.
        """

    def queue_figures(self) -> bytes:
        """The figures of all queues, at most 100 ms old, each of them whole.

        Read from what the matcher's thread published, without a lock, as are those of the agents.
        """

    def agent_figures(self) -> bytes:
        """The day of every agent who ever signed in, each of them whole."""

    def ranks(self, contacts: list[int]) -> list[tuple[int, int] | None]:
        """The queue in which each contact waits and how many stand before it; None: it doesn't wait.

        By the events that were drained. Costs the matcher's thread nothing.
        """

    def snapshot(self) -> bytes:
        """The queues with everybody who waits, in order, by the events that were drained.

        Written down for each call: with many waiting ask for figures and `ranks` instead. Costs the
        matcher's thread nothing.
        """

    def close(self) -> None:
        """Ends the thread after the commands that wait, as far as the event ring has room."""

@final
class MatcherMachine:
    """The contact matcher without thread and clock: the same machine on the caller's own time.

    A time before an earlier one counts as that earlier one. What was due before `now_us` happens
    first, stamped with the time at which it was due.
    """

    def __new__(cls) -> MatcherMachine:
        """Opens an empty floor."""

    def apply(self, now_us: int, command: int, payload: bytes) -> list[bytes]:
        """Carries out one command with the number `command` (> 0) and returns all new events.

        Raises `ValueError` naming the field when the payload is no command.
        """

    def poll_timeout(self) -> int | None:
        """When `handle_timeout` has to be called next; None: not before another command."""

    def handle_timeout(self, now_us: int) -> list[bytes]:
        """Does what is due at `now_us` and returns the events."""

    def queue_figures(self, now_us: int) -> bytes:
        """The figures of all queues at `now_us`."""

    def agent_figures(self) -> bytes:
        """The day of every agent who ever signed in."""

    def ranks(self, contacts: list[int]) -> list[tuple[int, int] | None]:
        """As of `Matcher`."""

    def snapshot(self) -> bytes:
        """The queues as they are after the last step, with everybody who waits, in order."""

@final
class MediaShard:
    """One media thread with one UDP port: rooms, WebRTC sessions, forwarding, capture.

    Any thread may call any method. Each command is answered by exactly one event with its request
    number: `answer` (to `offer`), `stats`, `capture_stopped` (to `stop_capture`), `done` (to the
    others) or `refused`. Events that nobody asked for have the request number 0. While the event
    ring is full no further command is taken; media goes on.
    """

    def __new__(cls, config: bytes) -> MediaShard:
        """Binds the socket and starts the thread.

        `config` is a JSON object: `bind` ("address:port", port 0 takes a free one) and `advertise`
        (addresses that peers are told) are required; `max_sessions`, `video_start_kbps`,
        `video_max_kbps`, `ice_disconnect_s` and `session_timeout_s` are not.
        Raises `ValueError` naming the field, `OSError` when the address can't be bound.
        """

    @property
    def local_port(self) -> int:
        """The UDP port."""

    def submit(self, request: int, payload: bytes) -> None:
        """Hands in one command, a JSON object, without waiting; its answer carries `request`.

        Raises `ValueError` naming the field when the payload is no command, `RingFull` with nothing
        taken, `NativeError` after `close` or when the thread has failed.
        """

    def fileno(self) -> int:
        """A descriptor that is readable while events wait. It belongs to the shard."""

    def drain(self, limit: int = 1024) -> list[bytes]:
        """Takes the next events in their order, at most `limit`, each a JSON object.

        Returning none makes `fileno` unreadable until the next event; only then wait for it.
        Raises `NativeError` when the thread has failed and its last event was taken.
        """

    def metrics(self) -> bytes:
        """Counters (names ending in `_total`) and gauges, one JSON object.

        At most a quarter of a second behind while media flows.
        """

    def close(self) -> None:
        """Ends all sessions, finishes all captures, closes the port and waits for the thread."""

@final
class Frame:
    """One encoded picture or one Opus packet of a track log."""

    @property
    def pts_ticks(self) -> int:
        """Media time in ticks of the track's clock: RTP timestamps without their wrap."""

    @property
    def arrival_us(self) -> int:
        """When its last packet came in, microseconds since the Unix epoch."""

    @property
    def captured_us(self) -> int:
        """When it was captured, in the server's time, as far as the sender's reports tell.

        Microseconds since the Unix epoch; tracks of one participant agree on it (lip sync).
        """

    @property
    def keyframe(self) -> bool:
        """Whether decoding can start here. Always true for audio."""

    @property
    def data(self) -> bytes:
        """The encoded bytes; H.264 in Annex B form, AV1 as a temporal unit without delimiter."""

@final
class FrameIterator:
    """The frames of a track log, read from the file as it goes."""

    def __iter__(self) -> Self: ...
    def __next__(self) -> Frame:
        """The next frame in order of media time. Raises `OSError` when the file can't be read."""

    @property
    def incomplete(self) -> int:
        """Frames so far that came in part and were left out."""

    @property
    def uncaptured_packets(self) -> int:
        """Packets so far that came but aren't in the log, as the disk was too slow."""

@final
class TrackLog:
    """A capture of one track; each iteration reads the file anew."""

    @property
    def header(self) -> bytes:
        """JSON object: room, track, participant, label, source, kind, codec, clock_rate (Hz),
        started_unix_us."""

    def __iter__(self) -> FrameIterator: ...

def read_track_log(path: str | PathLike[str]) -> TrackLog:
    """Opens a packet log: reordered by sequence number, put together to frames by codec.

    A cut-off end and damaged records are left out. Raises `OSError` when the file can't be read,
    `ValueError` when it is no log.
    """
