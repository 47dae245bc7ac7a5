"""The native core: the contact matcher and the media shards, written in Rust.

Commands go in and events come out as JSON objects in bytes. Times are microseconds since the Unix
epoch (UTC). Every call releases the GIL, but those to a matcher's rings and its snapshot, which take
microseconds. Imported by `mediacore._bridge` and `router._bridge` only.
"""

from collections.abc import Sequence
from os import PathLike
from typing import Final, Self, final

__all__ = [
    "VERSION",
    "Frame",
    "FrameIterator",
    "JournalReplay",
    "LineWaits",
    "Matcher",
    "MatcherMachine",
    "MediaShard",
    "NativeError",
    "RecordedRun",
    "RingFull",
    "TrackLog",
    "drain_lines",
    "line_ends",
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

    def __new__(
        cls,
        *,
        command_bound: int = 65536,
        event_bound: int = 262144,
        large_floor: bool = False,
        journal: str | PathLike[str] | None = None,
        journal_bytes_max: int = 18446744073709551615,
    ) -> Matcher:
        """Starts the thread.

        `command_bound` and `event_bound` are the most items that the rings hold, 1 to 16777216.
        `large_floor`: memory for as many contacts as there can be, some 100 MB, is taken at once.
        `journal` is a folder without a journal, in which every command is recorded until it has
        `journal_bytes_max` bytes. Raises `ValueError` for other bounds, `OSError` when there is no
        descriptor or thread left or the folder can't be written.
        """

    def submit(self, command: int, payload: bytes) -> None:
        """Hands in one command without waiting; its events carry the number `command` (> 0).

        Raises `ValueError` naming the field when the payload is no command, `RingFull` with nothing
        taken, `NativeError` after `close` or when the thread has failed.
        """

    def put_back(self, command: int, contacts: bytes) -> None:
        """Hands in contacts that waited before a restart, without waiting; they are enqueued one
        after another under the number `command` (> 0).

        `contacts` is a JSON object of lists: `kinds`, commands `enqueue` with what many contacts
        have in common; and by contact `contact`, `priority` and `arrived_us`, which take the place
        of theirs, `kind` (which of `kinds`) and `relaxed` (the steps it had taken as far as anybody
        was told).
        Told are only `contact_enqueued` of a contact that has taken other steps by now, what was
        due meanwhile, and one `done` or the first refusal at the end. Raises as `submit`.
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

    def snapshot(self) -> bytes:
        """The queues with everybody who waits, in order, after what was handed in before.

        Written down on the matcher's thread, which takes some 50 ms for a million: for tools and
        tests. Raises as `submit`.
        """

    def journal(self) -> bytes | None:
        """Counters of the journal, one JSON object; `None` where none is kept.

        journal_commands_total and journal_bytes_total were written; journal_lost_total commands
        came after the journal of this run had ended, as the disk was too slow or it was full.
        """

    def close(self) -> None:
        """Ends the thread after the commands that wait, as far as the event ring has room."""

@final
class JournalReplay:
    """A recorded run of the matcher, carried out again by a fresh machine at full speed."""

    def __new__(cls, folder: str | PathLike[str]) -> JournalReplay:
        """Opens the run in `folder`.

        Raises `OSError` when a file can't be read, `ValueError` when it is no run of a journal or
        was recorded under other rules.
        """

    def advance(self, limit: int, *, until_us: int = 9223372036854775807) -> bool:
        """Carries out at most `limit` more commands, none later than `until_us`.

        Returns False when it is over: by the run's end, a difference, or the time. Raises
        `OSError`, `ValueError` naming file and record where the journal is damaged, `NativeError`
        when the machine failed.
        """

    def progress(self) -> bytes:
        """JSON object: commands carried out, those proven the same, events, first_us, last_us.

        `end` is how the run ended (closed, gap, full, open, cut) or null while there is more of it;
        `difference` the first command with other events (number, at_us, command) or null.
        """

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

    def put_back(self, now_us: int, command: int, contacts: bytes) -> list[bytes]:
        """Puts waiting contacts back as `Matcher.put_back` does, and returns what is told."""

    def poll_timeout(self) -> int | None:
        """When `handle_timeout` has to be called next; None: not before another command."""

    def handle_timeout(self, now_us: int) -> list[bytes]:
        """Does what is due at `now_us` and returns the events."""

    def queue_figures(self, now_us: int) -> bytes:
        """The figures of all queues at `now_us`."""

    def agent_figures(self) -> bytes:
        """The day of every agent who ever signed in."""

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

@final
class RecordedRun:
    """A recorded run of the matcher, to be simulated under other settings.

    It is read to its end first; the other calls are about what has been read. Randomness comes from
    the seed in the changes alone.
    """

    def __new__(cls, folder: str | PathLike[str]) -> RecordedRun:
        """Opens the run in `folder`; raises as `JournalReplay` does."""

    def read(self, limit: int, *, until_us: int = 9223372036854775807) -> bool:
        """Reads at most `limit` more commands, none later than `until_us`; False: it is over.

        Raises `OSError`, `ValueError` naming file and record where the journal is damaged.
        """

    def about(self) -> bytes:
        """JSON object: first_us, last_us, contacts; `shapes`, the ways in which contacts came
        (queue, requires, relax as in the command); `agents` (agent, queues, on_shift_us)."""

    def figures(self, question: bytes) -> bytes:
        """What came of it as it was: JSON object with `total` and `queues`.

        `question` is a JSON object: within_us of the service level, and from_us and to_us, between
        which the contacts arrived. Ratios are 0 to 1, waits seconds, null where nobody is counted.
        Raises `ValueError` for another question.
        """

    def simulate(self, changes: bytes, question: bytes) -> bytes:
        """What would have come of it: as `figures`, with `drawn` counting what isn't recorded.

        `changes` is a JSON object, all of it optional: seed; queues (fields of queue_put by queue),
        opened (whole queue_put commands), shapes (fields of enqueue by place in `about`), agents
        (fields of agent_sign_in by agent), doubled and absent (lists of agents). Raises `ValueError`
        naming what makes no command.
        """

def read_track_log(path: str | PathLike[str]) -> TrackLog:
    """Opens a packet log: reordered by sequence number, put together to frames by codec.

    A cut-off end and damaged records are left out. Raises `OSError` when the file can't be read,
    `ValueError` when it is no log.
    """

@final
class LineWaits:
    """The waits in one line of contacts, and of one who would join it now."""

    def wait(self, ahead: int) -> tuple[float, float]:
        """Mean in seconds and variance in square seconds, of the contact with so many before it;
        from the line's length on, of the newcomer."""

def line_ends(length: int) -> list[int]:
    """How many contacts of a line are before each of the steps in which it is taken, and at last
    its length: 0, 1, 2 ... up to 64, then in steps that grow with the place."""

def drain_lines(
    lines: Sequence[tuple[int, float, Sequence[float]]],
    pools: Sequence[tuple[Sequence[int], float]],
) -> list[LineWaits | None]:
    """The waits in lines that pools of agents serve; None for a line that nobody serves.

    A line is its length, the rate at which each contact leaves, per second, and the order of the
    contact after each of its `line_ends` but the last (empty if it shares no pool with another
    line). A pool is its lines, by index, and how often one of its agents becomes free, per second.
    Raises ValueError for rates that are negative or infinite, a line that there isn't, orders that
    are missing.
    """
