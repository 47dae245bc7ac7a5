"""The one door to the native matcher: nothing else here imports `mediacore._native`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import anyio
import msgspec

from mediacore import _native
from router.commands import Command, Returning
from router.decisions import Decision, Snapshot
from router.errors import Busy, CentreClosed, Invalid
from router.figures import AgentFigures, QueueFigures
from router.journal import JournalFigures

# Decisions taken from the native ring in one go, so that one wake-up's work is bounded.
DRAIN_BOUND = 1_024

# Numbers in and out, nothing to decode: the prediction calls them as they are.
LineWaits = _native.LineWaits
drain_lines = _native.drain_lines
line_ends = _native.line_ends

_encode = msgspec.json.Encoder().encode
_decision: msgspec.json.Decoder[Decision] = msgspec.json.Decoder(Decision)
_snapshot = msgspec.json.Decoder(Snapshot)
_journal = msgspec.json.Decoder(JournalFigures)
_queues: msgspec.json.Decoder[list[QueueFigures]] = msgspec.json.Decoder(list[QueueFigures])
_agents: msgspec.json.Decoder[list[AgentFigures]] = msgspec.json.Decoder(list[AgentFigures])


class ThreadedMatcher:
    """The matcher on its own native thread, with the system's clock, behind bounded rings."""

    def __init__(
        self,
        journal: Path | None = None,
        *,
        journal_bytes_max: int = 2**64 - 1,
        large_floor: bool = False,
    ) -> None:
        """`journal`: an empty folder in which each command is recorded, up to so many bytes.
        `large_floor`: memory for as many contacts as there can be is taken at once. Raises OSError
        if the folder can't be written."""
        self._native = _native.Matcher(
            large_floor=large_floor, journal=journal, journal_bytes_max=journal_bytes_max
        )

    def submit(self, number: int, command: Command) -> None:
        self._hand_in(self._native.submit, number, _encode(command))

    def put_back(self, number: int, contacts: Returning) -> None:
        self._hand_in(self._native.put_back, number, _encode(contacts))

    def _hand_in(self, way: Callable[[int, bytes], None], number: int, payload: bytes) -> None:
        try:
            way(number, payload)
        except _native.RingFull as error:
            raise Busy("the matcher has too many commands waiting; try again") from error
        except _native.NativeError as error:
            raise CentreClosed(f"the matcher has ended: {error}") from error
        except ValueError as error:
            raise Invalid(str(error)) from error

    async def receive(self) -> list[Decision]:
        while not (drained := self._native.drain(DRAIN_BOUND)):
            await anyio.wait_readable(self._native.fileno())
        return [_decision.decode(line) for line in drained]

    def snapshot(self) -> Snapshot:
        """Everybody who waits, in order. The matcher's thread does nothing else meanwhile."""
        return _snapshot.decode(self._native.snapshot())

    def queue_figures(self) -> list[QueueFigures]:
        return _queues.decode(self._native.queue_figures())

    def agent_figures(self) -> list[AgentFigures]:
        return _agents.decode(self._native.agent_figures())

    def journal(self) -> JournalFigures | None:
        """Counters of the journal, if one is kept."""
        figures = self._native.journal()
        return None if figures is None else _journal.decode(figures)

    def close(self) -> None:
        anyio.notify_closing(self._native.fileno())
        self._native.close()


class VirtualMatcher:
    """The same state machine without a thread, on anyio's clock: under trio's MockClock a day of
    traffic takes seconds and comes out the same every time. `now_us` is its clock.
    """

    def __init__(self, *, epoch_us: int = 1_767_225_600_000_000) -> None:
        """Time 0 of the virtual clock is `epoch_us` (2026-01-01T00:00:00Z unless given)."""
        self._machine = _native.MatcherMachine()
        self._epoch_us = epoch_us
        self._decisions: list[Decision] = []
        self._arrived = anyio.Event()

    def now_us(self) -> int:
        """Microseconds since the Unix epoch, in virtual time."""
        return self._epoch_us + round(anyio.current_time() * 1e6)

    def submit(self, number: int, command: Command) -> None:
        self._hand_in(self._machine.apply, number, _encode(command))

    def put_back(self, number: int, contacts: Returning) -> None:
        self._hand_in(self._machine.put_back, number, _encode(contacts))

    def _hand_in(
        self, way: Callable[[int, int, bytes], list[bytes]], number: int, payload: bytes
    ) -> None:
        try:
            lines = way(self.now_us(), number, payload)
        except ValueError as error:
            raise Invalid(str(error)) from error
        self._decisions.extend(map(_decision.decode, lines))
        self._arrived.set()

    async def receive(self) -> list[Decision]:
        while not self._decisions:
            self._arrived = anyio.Event()
            timeout_us = self._machine.poll_timeout()
            with anyio.move_on_at(self._deadline(timeout_us)):
                await self._arrived.wait()
                continue
            assert timeout_us is not None  # without one there is no deadline to pass
            lines = self._machine.handle_timeout(max(self.now_us(), timeout_us))
            self._decisions.extend(map(_decision.decode, lines))
        decisions, self._decisions = self._decisions, []
        return decisions

    def _deadline(self, timeout_us: int | None) -> float:
        return float("inf") if timeout_us is None else (timeout_us - self._epoch_us) / 1e6

    def snapshot(self) -> Snapshot:
        return _snapshot.decode(self._machine.snapshot())

    def queue_figures(self) -> list[QueueFigures]:
        return _queues.decode(self._machine.queue_figures(self.now_us()))

    def agent_figures(self) -> list[AgentFigures]:
        return _agents.decode(self._machine.agent_figures())

    def close(self) -> None:
        """Nothing to stop."""


class ReplayProgress(msgspec.Struct, frozen=True):
    """How far a replay has come; see `mediacore._native.JournalReplay.progress`."""

    commands: int
    proven: int
    events: int
    first_us: int | None
    last_us: int | None
    end: Literal["closed", "gap", "full", "open", "cut"] | None
    difference: Difference | None


class Difference(msgspec.Struct, frozen=True):
    """The first command after which the events are others than they were."""

    number: int
    at_us: int
    command: str


class Replay:
    """A recorded run that a fresh machine carries out again. Raises Invalid if `run` is none."""

    def __init__(self, run: Path) -> None:
        try:
            self._native = _native.JournalReplay(run)
        except ValueError as error:
            raise Invalid(str(error), field="path") from None

    def advance(self, limit: int, *, until_us: int = 2**63 - 1) -> bool:
        """At most `limit` more commands, none later than `until_us`; False: it is over. Raises
        Invalid where the journal is damaged."""
        try:
            return self._native.advance(limit, until_us=until_us)
        except ValueError as error:
            raise Invalid(str(error), field="path") from None

    def progress(self) -> ReplayProgress:
        return _progress.decode(self._native.progress())


_progress = msgspec.json.Decoder(ReplayProgress)


class RecordedRun:
    """A recorded run to be simulated under other settings; JSON in and out, see `router.whatif`.

    Raises Invalid if `run` is none or was recorded under other rules.
    """

    def __init__(self, run: Path) -> None:
        try:
            self._native = _native.RecordedRun(run)
        except ValueError as error:
            raise Invalid(str(error), field="path") from None

    def read(self, limit: int, *, until_us: int = 2**63 - 1) -> bool:
        """At most `limit` more commands, none later than `until_us`; False: it is over. Raises
        Invalid where the journal is damaged."""
        try:
            return self._native.read(limit, until_us=until_us)
        except ValueError as error:
            raise Invalid(str(error), field="path") from None

    def about(self) -> bytes:
        return self._native.about()

    def figures(self, question: bytes) -> bytes:
        return self._native.figures(question)

    def simulate(self, changes: bytes, question: bytes) -> bytes:
        """Raises Invalid for a change that makes no command."""
        try:
            return self._native.simulate(changes, question)
        except ValueError as error:
            raise Invalid(str(error), field="changes") from None
