"""Who waits, in the order in which they are served: by queue, and within it by what they need.

The same order as the matcher's (native/acd, `Place`): it never changes while a contact waits, so
each stands where it belongs from its arrival on, and nothing has to be asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from sortedcontainers import SortedList

from router.model import Contact, QueueSettings
from router.requirement import of_no_agent

# A point of priority is worth so much where priority always goes first: a year, as in the matcher.
ALWAYS_FIRST_US = 366 * 24 * 3600 * 1_000_000
# Lines are kept apart for so many different needs; more are taken for what their queue requires.
LINES_BOUND = 256
# Since when it is urgent, in microseconds since the Unix epoch, and its number: sorts as contacts
# are served within a queue. No class of its own, as a million of them sort several times as fast.
Place = tuple[int, int]
# Different things that contacts need, read once.
NEEDS_CACHED = 10_000


class Needs(NamedTuple):
    """What makes a line: agents who can serve one of its contacts can serve all."""

    queue: str
    levels: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, queue: str, levels: Mapping[str, int]) -> Needs:
        return cls(queue, _levels(tuple(levels.items())))


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """Contacts who need the same, the next one first."""

    needs: Needs
    places: SortedList[Place] = field(default_factory=SortedList)


class Spot(NamedTuple):
    line: Line
    place: Place

    @property
    def number(self) -> int:
        """Of the contact."""
        return self.place[1]


class Waiting:
    """The contacts that wait; however many do, each takes and leaves its place in microseconds."""

    def __init__(self, queues: Mapping[str, QueueSettings]) -> None:
        self._settings = queues
        self._queues: dict[str, SortedList[Place]] = {queue: SortedList() for queue in queues}
        # By queue the line of those who name no skill themselves.
        self._usual = {id: Line(Needs.of(id, one.requires)) for id, one in queues.items()}
        self._lines = {line.needs: line for line in self._usual.values()}
        # Lines but the usual ones in which nobody waits any more.
        self._idle: set[Line] = set()
        # By number. Apart, as a million pairs keep the search for garbage busy.
        self._places: dict[int, Place] = {}
        self._line_of: dict[int, Line] = {}
        # Another one whenever there is a new line, or an old one went.
        self.version = 0

    def __len__(self) -> int:
        return len(self._places)

    def enter(self, contact: Contact) -> Spot:
        """The contact waits from now on, or waits somewhere else."""
        self.leave(contact.number)
        line = self._line_for(Needs.of(contact.queue, contact.needs))
        worth_us = self.worth_us(contact.entered or contact.queue)
        place = (contact.arrived_us - contact.priority * worth_us, contact.number)
        self._places[contact.number], self._line_of[contact.number] = place, line
        self._queues[contact.queue].add(place)
        line.places.add(place)
        return Spot(line, place)

    def enter_in_order(self, queue: str, contacts: Iterable[tuple[Place, Needs]]) -> None:
        """These contacts of the queue, who did not wait, do from now on. Twice as fast as one by
        one if they are in order."""
        by_line: defaultdict[Line, list[Place]] = defaultdict(list)
        for place, needs in contacts:
            by_line[self._line_for(needs)].append(place)
        for line, places in by_line.items():
            for place in places:
                self._places[place[1]], self._line_of[place[1]] = place, line
            line.places.update(places)
            self._queues[queue].update(places)

    def leave(self, number: int) -> None:
        """The contact no longer waits, if it did."""
        place = self._places.pop(number, None)
        if place is None:
            return
        line = self._line_of.pop(number)
        self._queues[line.needs.queue].remove(place)
        line.places.remove(place)
        if not line.places and line is not self._usual[line.needs.queue]:
            self._idle.add(line)

    def spot(self, number: int) -> Spot | None:
        """Where the contact waits; None if it doesn't."""
        place = self._places.get(number)
        return None if place is None else Spot(self._line_of[number], place)

    def ahead_in_queue(self, spot: Spot) -> int:
        return self._queues[spot.line.needs.queue].bisect_left(spot.place)

    def ahead_in_line(self, spot: Spot) -> int:
        return spot.line.places.bisect_left(spot.place)

    def queue(self, queue: str) -> Sequence[Place]:
        """Who waits in it, the next one first."""
        return self._queues[queue]

    def lines(self) -> Collection[Line]:
        """All there are; some may be empty."""
        return self._lines.values()

    def in_use(self) -> list[Line]:
        """The usual lines, and all others in which somebody waits."""
        return [line for line in self._lines.values() if line not in self._idle]

    def usual(self, queue: str) -> Line:
        """Of the contacts of the queue that name no skill themselves."""
        return self._usual[queue]

    def worth_us(self, queue: str) -> int:
        """How much earlier than it came a contact of the queue counts, for a point of priority."""
        settings = self._settings.get(queue)
        worth_s = None if settings is None else settings.priority_worth_s
        return ALWAYS_FIRST_US if worth_s is None else round(worth_s * 1e6)

    def _line_for(self, needs: Needs) -> Line:
        line = self._lines.get(needs)
        if line is not None:
            self._idle.discard(line)
            return line
        if len(self._lines) >= LINES_BOUND:
            if not self._idle:
                return self._usual[needs.queue]
            for idle in self._idle:
                del self._lines[idle.needs]
            self._idle.clear()
        line = self._lines[needs] = Line(needs)
        self.version += 1
        return line


@lru_cache(maxsize=NEEDS_CACHED)
def _levels(items: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    # For whom it is held is left out: it is anybody's before long.
    return tuple(sorted(of_no_agent(dict(items)).items()))
