"""Everything known of the queues, and the waits that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from router.prediction.correction import Correction, Prediction
from router.prediction.drain import NO_WAIT, Drained, Line, Order, Pool, Wait, drain
from router.prediction.experience import Experience


@dataclass(frozen=True, slots=True)
class Queued:
    """A line of contacts of one queue: `order` as of `drain.Line`."""

    queue: str
    order: Order


@dataclass(frozen=True, slots=True)
class Group:
    """Agents who serve the same lines, by index.

    working: how many of them are with a contact of each queue; one who is with nobody counts for a
        queue that the agent serves.
    ready: how many could take a contact now.
    """

    lines: tuple[int, ...]
    working: Mapping[str, float]
    ready: int = 0


class Told(NamedTuple):
    """What the model foretold for a contact, and when."""

    wait: Wait
    at_s: float


class Predictor:
    """What is known of the queues, by their ids. Contacts are known by any key."""

    def __init__(self) -> None:
        self.experience: defaultdict[str, Experience] = defaultdict(Experience)
        self.corrections: defaultdict[str, Correction] = defaultdict(Correction)
        self._told: dict[Hashable, Told] = {}

    def forecast(self, lines: Sequence[Queued], groups: Sequence[Group]) -> Forecast:
        """The waits from this moment on."""
        pools = [Pool(group.lines, self._free_per_s(group)) for group in groups if group.lines]
        at_once = {index for group in groups if group.ready for index in group.lines}
        drained = drain(
            [Line(line.order, self.experience[line.queue].leave_per_s) for line in lines], pools
        )
        corrections = [self.corrections[line.queue] for line in lines]
        return Forecast(drained, corrections, at_once)

    def _free_per_s(self, group: Group) -> float:
        return sum(
            count / self.experience[queue].handling_s for queue, count in group.working.items()
        )

    def foretold(self, contact: Hashable, wait: Wait | None, now_s: float) -> None:
        """Remember the first forecast for a contact that waits, to learn from what becomes of it;
        as many are kept as contacts wait (`answered` and `left` forget them)."""
        if wait is not None and wait.mean_s > 0.0:
            self._told.setdefault(contact, Told(wait, now_s))

    def told(self, contact: Hashable) -> Told | None:
        """What was foretold first for a contact that still waits."""
        return self._told.get(contact)

    def answered(self, contact: Hashable, queue: str, waited_s: float, now_s: float) -> None:
        """An agent has taken the contact, which waited so long in all."""
        self.experience[queue].waited(waited_s, left=False)
        if (told := self._told.pop(contact, None)) is not None:
            self.corrections[queue].learn(told.wait, now_s - told.at_s, now_s)

    def left(self, contact: Hashable, queue: str, waited_s: float) -> None:
        """The contact has lost patience after so long."""
        self.experience[queue].waited(waited_s, left=True)
        self._told.pop(contact, None)


class Forecast:
    """The waits in each line, by its index, as they were to be expected at one moment."""

    def __init__(
        self,
        drained: Sequence[Drained],
        corrections: Sequence[Correction],
        at_once: set[int],
    ) -> None:
        self._drained = drained
        self._corrections = corrections
        self._at_once = at_once

    def model(self, line: int, ahead: int) -> Wait | None:
        """What the model alone says; arguments and None as of `wait`."""
        drained = self._drained[line]
        if drained.empty and ahead == 0 and line in self._at_once:
            return NO_WAIT
        return drained.wait(ahead)

    def wait(self, line: int, ahead: int) -> Prediction | None:
        """Of the contact with so many before it in the line; from the line's length on, of one who
        would join it now. None if no agent serves the line."""
        wait = self.model(line, ahead)
        return None if wait is None else self._corrections[line].apply(wait)
