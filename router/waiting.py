"""Who waits, in the order in which they are served: by queue, and within it by what they need.

The same order as the matcher's (native/acd, `Place`): it never changes while a contact waits, so
each stands where it belongs from its arrival on, and nothing has to be asked.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from router.model import Contact, QueueSettings
from router.requirement import of_no_agent

# A point of priority is worth so much where priority always goes first: a year, as in the matcher.
ALWAYS_FIRST_US = 366 * 24 * 3600 * 1_000_000
# Lines are kept apart for so many different needs; more are taken for what their queue requires.
LINES_BOUND = 256


class Needs(NamedTuple):
    """What makes a line: agents who can serve one of its contacts can serve all."""

    queue: str
    levels: tuple[tuple[str, int], ...]


class Place(NamedTuple):
    """Sorts as contacts are served within a queue."""

    urgent_since_us: int
    number: int


class Spot(NamedTuple):
    needs: Needs
    place: Place


class Waiting:
    """The contacts that wait; each takes and leaves its place in the time of a binary search."""

    def __init__(self, queues: Mapping[str, QueueSettings]) -> None:
        self._settings = queues
        self._queues: dict[str, list[Place]] = {queue: [] for queue in queues}
        self._lines: dict[Needs, list[Place]] = {}
        for queue in queues:
            self._lines[self.usual(queue)] = []
        self.usual_lines = frozenset(self._lines)
        self._spots: dict[int, Spot] = {}
        # Another one whenever there is a new line, or an old one went.
        self.version = 0

    def usual(self, queue: str) -> Needs:
        """What a contact of the queue needs that names no skill itself."""
        return Needs(queue, tuple(sorted(self._settings[queue].requires.items())))

    def __len__(self) -> int:
        return len(self._spots)

    def enter(self, contact: Contact) -> None:
        """The contact waits from now on, or waits somewhere else."""
        self.leave(contact.number)
        spot = Spot(self._line_for(contact), self._place(contact))
        self._spots[contact.number] = spot
        insort(self._queues[contact.queue], spot.place)
        insort(self._lines[spot.needs], spot.place)

    def leave(self, number: int) -> None:
        """The contact no longer waits, if it did."""
        spot = self._spots.pop(number, None)
        if spot is not None:
            for waiting in (self._queues[spot.needs.queue], self._lines[spot.needs]):
                del waiting[bisect_left(waiting, spot.place)]

    def spot(self, number: int) -> Spot | None:
        """Where the contact waits; None if it doesn't."""
        return self._spots.get(number)

    def ahead_in_queue(self, spot: Spot) -> int:
        return bisect_left(self._queues[spot.needs.queue], spot.place)

    def ahead_in_line(self, spot: Spot) -> int:
        return bisect_left(self._lines[spot.needs], spot.place)

    def queue(self, queue: str) -> Sequence[Place]:
        """Who waits in it, the next one first."""
        return self._queues[queue]

    def lines(self) -> Mapping[Needs, Sequence[Place]]:
        """By what they need; some may be empty."""
        return self._lines

    def _place(self, contact: Contact) -> Place:
        settings = self._settings.get(contact.entered or contact.queue)
        worth_s = None if settings is None else settings.priority_worth_s
        worth_us = ALWAYS_FIRST_US if worth_s is None else round(worth_s * 1e6)
        return Place(contact.arrived_us - contact.priority * worth_us, contact.number)

    def _line_for(self, contact: Contact) -> Needs:
        # For whom it is held is left out: it is anybody's before long.
        needs = Needs(contact.queue, tuple(sorted(of_no_agent(contact.needs).items())))
        if needs in self._lines:
            return needs
        if len(self._lines) >= LINES_BOUND:
            self._lines = {
                line: waiting
                for line, waiting in self._lines.items()
                if waiting or line in self.usual_lines
            }
            self.version += 1
            if len(self._lines) >= LINES_BOUND:
                return self.usual(contact.queue)
        self._lines[needs] = []
        self.version += 1
        return needs
