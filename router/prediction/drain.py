"""How those who wait now are taken up, in expectation, by the agents who are there now.

The queue-length predictor QL_a of Ibrahim and Whitt ("Real-Time Delay Estimation in Overloaded
Multiserver Queues with Abandonments", Management Science 55, 2009), run for several lines that
share agents. The work is done in native/forecast; this says what goes in and what comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from router._bridge import LineWaits, drain_lines, line_ends


class Wait(NamedTuple):
    """The wait of one who stays: mean in seconds, variance in square seconds."""

    mean_s: float
    variance_s2: float


NO_WAIT = Wait(0.0, 0.0)


class Order(Protocol):
    """What decides between the heads of two lines, by place; the smaller goes first."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: int, /) -> float: ...


@dataclass(frozen=True, slots=True)
class Line:
    """Contacts whom the same agents can serve, in the order in which they are served.

    order: ascending and finite. Only some of a long line's places are looked at.
    leave_per_s: the rate at which each of them loses patience, 0 or more.
    """

    order: Order
    leave_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Pool:
    """Agents who serve the same lines, by index; one of them becomes free `free_per_s`, above 0."""

    lines: tuple[int, ...]
    free_per_s: float


class Drained:
    """The waits in one line: of each place in it, and of one who would join it now."""

    def __init__(self, waits: LineWaits | None, *, empty: bool) -> None:
        self._waits = waits
        # Whether nobody waits.
        self.empty = empty

    def wait(self, ahead: int) -> Wait | None:
        """Of the contact with so many before it in the line; from the line's length on, of one who
        would join it now. None if no agent serves the line."""
        return None if self._waits is None else Wait(*self._waits.wait(ahead))


def drain(lines: Sequence[Line], pools: Sequence[Pool]) -> list[Drained]:
    """The waits in every line, by its index."""
    shared = {line for pool in pools if len(pool.lines) > 1 for line in pool.lines}
    found = drain_lines(
        [
            (len(line.order), line.leave_per_s, _heads(line.order) if n in shared else [])
            for n, line in enumerate(lines)
        ],
        [(pool.lines, pool.free_per_s) for pool in pools],
    )
    return [
        Drained(waits, empty=len(line.order) == 0) for line, waits in zip(lines, found, strict=True)
    ]


def _heads(order: Order) -> list[float]:
    """Who is at the head when one of the line's steps begins."""
    return [order[place] for place in line_ends(len(order))[:-1]]
