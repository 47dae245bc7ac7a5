"""The one door to the native matcher: nothing else here imports `mediacore._native`."""

from __future__ import annotations

import anyio
import msgspec

from mediacore import _native
from router.commands import Command
from router.decisions import Decision, Snapshot
from router.errors import Busy, CentreClosed, Invalid
from router.figures import AgentFigures, QueueFigures

# Decisions taken from the native ring in one go, so that one wake-up's work is bounded.
DRAIN_BOUND = 1_024

_encode = msgspec.json.Encoder().encode
_decision: msgspec.json.Decoder[Decision] = msgspec.json.Decoder(Decision)
_snapshot = msgspec.json.Decoder(Snapshot)
_queues: msgspec.json.Decoder[list[QueueFigures]] = msgspec.json.Decoder(list[QueueFigures])
_agents: msgspec.json.Decoder[list[AgentFigures]] = msgspec.json.Decoder(list[AgentFigures])


class ThreadedMatcher:
    """The matcher on its own native thread, with the system's clock, behind bounded rings."""

    def __init__(self) -> None:
        self._native = _native.Matcher()

    def submit(self, number: int, command: Command) -> None:
        try:
            self._native.submit(number, _encode(command))
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
        return _snapshot.decode(self._native.snapshot())

    def queue_figures(self) -> list[QueueFigures]:
        return _queues.decode(self._native.queue_figures())

    def agent_figures(self) -> list[AgentFigures]:
        return _agents.decode(self._native.agent_figures())

    def ranks(self, contacts: list[int]) -> list[tuple[int, int] | None]:
        return self._native.ranks(contacts)

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
        try:
            lines = self._machine.apply(self.now_us(), number, _encode(command))
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

    def ranks(self, contacts: list[int]) -> list[tuple[int, int] | None]:
        return self._machine.ranks(contacts)

    def close(self) -> None:
        """Nothing to stop."""
