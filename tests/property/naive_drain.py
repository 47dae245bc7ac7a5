"""The drain of native/forecast, one step after the other in plain Python: the oracle."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

from router.prediction.drain import NO_WAIT, Line, Pool, Wait

# Up to here each contact is a step of its own.
FINE = 64
# Work below this is done: what is left is rounding.
_DONE = 1e-9


class NaivelyDrained:
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


def naive_drain(lines: Sequence[Line], pools: Sequence[Pool]) -> list[NaivelyDrained]:
    """The waits in every line, by its index."""
    found = [NaivelyDrained(line) for line in lines]
    for together, serving in _apart(len(lines), pools):
        index = {line: n for n, line in enumerate(together)}
        own = [Pool(tuple(index[n] for n in pool.lines), pool.free_per_s) for pool in serving]
        drained = _drain([lines[n] for n in together], own)
        for n, one in zip(together, drained, strict=True):
            found[n] = one
    return found


def _drain(lines: Sequence[Line], pools: Sequence[Pool]) -> list[NaivelyDrained]:
    """Of lines that share agents."""
    drained = [NaivelyDrained(line) for line in lines]
    for pool in pools:
        for index in pool.lines:
            drained[index].capacity_per_s += pool.free_per_s
    attention = _Attention(drained, pools)
    rates = attention.rates
    unfinished = [index for index, one in enumerate(drained) if one.open]
    now_s = 0.0
    while unfinished:
        step_s = min(drained[i].work / rates[i] for i in unfinished if rates[i] > 0.0)
        now_s += step_s
        done = []
        for i in unfinished:
            drained[i].pass_by(step_s, rates[i])
            if drained[i].work <= _DONE:
                drained[i].take(now_s)
                done.append(i)
        attention.turn(done)
        unfinished = [i for i in unfinished if drained[i].open]
    return drained


class _Attention:
    """How often an agent comes to each line: a pool works for the oldest contact it can serve, and
    if there is none for each newcomer, as they aren't in each other's way."""

    def __init__(self, drained: Sequence[NaivelyDrained], pools: Sequence[Pool]) -> None:
        self.rates = [0.0] * len(drained)
        self._drained = drained
        self._pools = pools
        self._heads = [one.head for one in drained]
        self._pools_of: list[list[int]] = [[] for _ in drained]
        # The lines that each pool works for.
        self._served: list[tuple[int, ...]] = [()] * len(pools)
        for index, pool in enumerate(pools):
            for line in pool.lines:
                self._pools_of[line].append(index)
            self._choose(index)

    def turn(self, lines: Sequence[int]) -> None:
        """These lines have another head."""
        for line in lines:
            self._heads[line] = self._drained[line].head
        for index in {index for line in lines for index in self._pools_of[line]}:
            self._choose(index)

    def _choose(self, index: int) -> None:
        lines = self._pools[index].lines
        oldest = min(lines, key=self._heads.__getitem__)
        served = (oldest,) if self._heads[oldest] < math.inf else lines
        before, self._served[index] = self._served[index], served
        if served != before:
            for line in {*before, *served}:
                # Added up anew, so that a line nobody works for is at 0 and not at a rounding.
                self.rates[line] = math.fsum(
                    self._pools[one].free_per_s
                    for one in self._pools_of[line]
                    if line in self._served[one]
                )


def _apart(lines: int, pools: Sequence[Pool]) -> list[tuple[list[int], list[Pool]]]:
    """Lines that share agents, directly or through others, with their pools. Lines that nobody
    serves are left out."""
    root = list(range(lines))

    def find(line: int) -> int:
        while root[line] != line:
            root[line] = line = root[root[line]]
        return line

    for pool in pools:
        for line in pool.lines[1:]:
            root[find(line)] = find(pool.lines[0])
    together: dict[int, tuple[list[int], list[Pool]]] = {}
    for pool in pools:
        together.setdefault(find(pool.lines[0]), ([], []))[1].append(pool)
    for line in range(lines):
        if (part := together.get(find(line))) is not None:
            part[0].append(line)
    return list(together.values())
