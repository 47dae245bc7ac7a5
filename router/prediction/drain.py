"""How those who wait now are taken up, in expectation, by the agents who are there now.

Each pool of agents frees one of them at a steady rate, and that one takes the oldest contact it can
serve. A contact further back has perhaps left by then, so it takes less of the agents: that is the
death process of Ibrahim and Whitt's queue-length predictor with abandonment, QL_a ("Real-Time Delay
Estimation in Overloaded Multiserver Queues with Abandonments", Management Science 55, 2009), run
for several lines that share agents. With one line it is exactly theirs. Who arrives later is in
nobody's way, so of several lines with one priority nothing else has to be known.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# Up to here each contact is a step of its own; from there on a step takes a growing number of them,
# and what lies between is interpolated: off by less than 1 %, and a million contacts are 700 steps.
FINE = 64
# Work below this is done: what is left is rounding.
_DONE = 1e-9


class Wait(NamedTuple):
    """The wait of one who stays: mean in seconds, variance in square seconds."""

    mean_s: float
    variance_s2: float


NO_WAIT = Wait(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Line:
    """Contacts whom the same agents can serve, in the order in which they are served.

    order: what decides between the heads of two lines, the smaller goes first; ascending, finite.
    leave_per_s: the rate at which each of them loses patience, 0 or more.
    """

    order: Sequence[float]
    leave_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Pool:
    """Agents who serve the same lines, by index; one of them becomes free `free_per_s`, above 0."""

    lines: tuple[int, ...]
    free_per_s: float


class Drained:
    """The waits in one line: of each place in it, and of one who would join it now."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._length = len(line.order)
        # How many are before the end of each step, and what they have waited by then.
        self._ends = [0]
        self._waits = [NO_WAIT]
        self._newcomer: Wait | None = None
        self.capacity_per_s = 0.0
        # What is left of the present step, in contacts who are still there.
        self.work = 1.0
        # The share of those who waited at first who haven't left by now, and the variance by now.
        self._staying = 1.0
        self._variance_s2 = 0.0

    @property
    def empty(self) -> bool:
        """Whether nobody waits."""
        return self._length == 0

    def wait(self, ahead: int) -> Wait | None:
        """Of the contact with so many before it in the line; from the line's length on, of one who
        would join it now. None if no agent serves the line."""
        if ahead >= self._length or self.capacity_per_s <= 0.0:
            return self._newcomer
        step = bisect_right(self._ends, ahead)
        first, last = self._ends[step - 1], self._ends[step]
        before, after = self._waits[step - 1], self._waits[step]
        share = (ahead + 1 - first) / (last - first)
        return Wait(
            before.mean_s + share * (after.mean_s - before.mean_s),
            before.variance_s2 + share * (after.variance_s2 - before.variance_s2),
        )

    @property
    def open(self) -> bool:
        """Whether there is a wait still to be found."""
        return self.capacity_per_s > 0.0 and self._newcomer is None

    @property
    def head(self) -> float:
        """The order of who is next; infinite for the newcomer, who comes after all."""
        taken = self._ends[-1]
        return self._line.order[taken] if taken < self._length else math.inf

    def pass_by(self, step_s: float, rate_per_s: float) -> None:
        """This much time passes, in which agents come to the line at this rate."""
        self._variance_s2 += step_s * self._staying / self.capacity_per_s
        self._staying /= 1.0 + self._line.leave_per_s * step_s
        self.work -= rate_per_s * step_s

    def take(self, now_s: float) -> None:
        """The present step is done."""
        wait = Wait(now_s, self._variance_s2)
        taken = self._ends[-1]
        if taken == self._length:
            self._newcomer = wait
            return
        self._waits.append(wait)
        self._ends.append(taken + self._contacts(taken))
        self.work = self._staying * max(1, self._contacts(self._ends[-1]))

    def _contacts(self, taken: int) -> int:
        """Taken in one step, after so many."""
        return min(max(1, taken // FINE), self._length - taken)


def drain(lines: Sequence[Line], pools: Sequence[Pool]) -> list[Drained]:
    """The waits in every line, by its index."""
    drained = [Drained(line) for line in lines]
    for pool in pools:
        for index in pool.lines:
            drained[index].capacity_per_s += pool.free_per_s
    unfinished = [index for index, one in enumerate(drained) if one.open]
    now_s = 0.0
    while unfinished:
        rates = _rates(drained, pools)
        step_s = min(drained[i].work / rates[i] for i in unfinished if rates[i] > 0.0)
        now_s += step_s
        for i in unfinished:
            drained[i].pass_by(step_s, rates[i])
            if drained[i].work <= _DONE:
                drained[i].take(now_s)
        unfinished = [i for i in unfinished if drained[i].open]
    return drained


def _rates(drained: Sequence[Drained], pools: Sequence[Pool]) -> list[float]:
    """How often an agent comes to each line: a pool works for the oldest contact it can serve, and
    if there is none for each newcomer, as they aren't in each other's way."""
    rates = [0.0] * len(drained)
    heads = [one.head for one in drained]
    for pool in pools:
        oldest = min(pool.lines, key=heads.__getitem__)
        if heads[oldest] < math.inf:
            rates[oldest] += pool.free_per_s
        else:
            for index in pool.lines:
                rates[index] += pool.free_per_s
    return rates
