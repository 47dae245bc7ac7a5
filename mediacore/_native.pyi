"""The native core: the contact matcher and the media shards, written in Rust.

Commands go in and events come out as JSON objects in bytes. Times are microseconds since the Unix
epoch (UTC). Every call releases the GIL. Imported by `mediacore._bridge` and `router._bridge` only.
"""

from typing import Final, final

__all__ = ["VERSION", "Matcher", "MatcherMachine", "NativeError", "RingFull"]

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

        Returning fewer than `limit` means that there are no more and `fileno` is unreadable again.
        Raises `NativeError` when the thread has failed and its last event was taken.
        """

    def snapshot(self) -> bytes:
        """The queues as they were at most 100 ms ago; costs the matcher's thread nothing."""

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

    def snapshot(self) -> bytes:
        """The queues as they are after the last step."""
