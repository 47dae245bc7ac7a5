"""Where everybody stands who waits, and how long it will take: kept up as contacts and agents come
and go, so that a look at one contact costs no more than a binary search.

What was foretold is compared with what came of it, and corrects what is foretold next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Generator, Iterable, Mapping, Sequence
from math import ceil
from typing import NamedTuple

from router.model import Agent, Contact, QueueSettings
from router.prediction import Forecast, Prediction, Predictor, Queued
from router.returned import Returned
from router.staff import Staff
from router.waiting import Line, Needs, Place, Spot, Waiting

# Contacts looked at in one go for whether they have to be told something new, and told it, which
# costs more: a message to a page. With more waiting it takes several goes until all have been told,
# in turns; who asks is told the latest in any case.
LOOKED_AT_BOUND = 500
TOLD_BOUND = 200
# Of those who waited before a restart, so many are given their places in one go.
PLACED_AT_ONCE = 2_000
# A wait that is off by less than this isn't news.
SAME_S = 1
SAME_SHARE = 0.05


class Standing(NamedTuple):
    """What one who waits is told: 1 is next; whole seconds, None if nobody is there to answer."""

    position: int
    wait_s: int | None
    wait_p90_s: int | None


class Places:
    def __init__(self, queues: Mapping[str, QueueSettings], predictor: Predictor) -> None:
        self._settings = queues
        self._predictor = predictor
        self._waiting = Waiting(queues)
        self._staff = Staff()
        self._index: dict[Line, int] = {}
        self._forecast = Forecast([], [], set())
        # Who came since the last forecast.
        self._new: list[Spot] = []
        self._told: dict[int, Standing] = {}
        self._queues = list(queues)
        # Whom to look at next, and at how many until everybody has been told.
        self._queue_at, self._place_at = 0, 0
        self._due = 0
        self._fresh = False

    def __contains__(self, number: int) -> bool:
        """Whether the contact has a place in line."""
        return self._waiting.spot(number) is not None

    def in_line(self, queue: str, most: int) -> list[int]:
        """The numbers of the `most` contacts of the queue that are served next."""
        return [number for _, number in self._waiting.queue(queue)[:most]]

    # -- what happens ----------------------------------------------------------------------------

    def follow_agent(self, agent: Agent, queue: str | None) -> None:
        """The agent is like this from now on, with a contact of this queue or with nobody."""
        self._staff.follow(agent, queue)

    def follow_contact(self, before: Contact | None, after: Contact) -> None:
        """The contact, if it was known like that before, is like this from now on."""
        if after.state == "waiting":
            if before is None or after.number not in self or _place(before) != _place(after):
                self._new.append(self._waiting.enter(after))
        else:
            self._waiting.leave(after.number)
            self._told.pop(after.number, None)
        if before is not None:
            self._learn(before, after)

    def follow_returned(self, pages: Iterable[Returned], still: Container[int]) -> Generator[None]:
        """Those of `pages` waited before a restart, and do again, if by their numbers they are
        `still` as they were. In steps of milliseconds, but for one in which a queue is sorted, 50
        ms for 100,000. Nothing is foretold for them to learn from: nobody is there."""
        # What they need by an index: tuples of numbers alone keep no search for garbage busy.
        found: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
        known: dict[Needs, int] = {}
        gathered = 0
        for page in pages:
            for demand, relaxed, arrived in page.alike():
                worth_us = self._waiting.worth_us(demand.entered or demand.queue)
                needs = Needs.of(demand.queue, demand.needs(relaxed))
                index = known.setdefault(needs, len(known))
                found[demand.queue] += [
                    (arrived_us - priority * worth_us, number, index)
                    for number, priority, arrived_us in arrived
                ]
                gathered += len(arrived)
                if gathered >= PLACED_AT_ONCE:
                    gathered = 0
                    yield
        needed = list(known)
        for queue, contacts in found.items():
            contacts.sort()
            yield
            for first in range(0, len(contacts), PLACED_AT_ONCE):
                some = contacts[first : first + PLACED_AT_ONCE]
                waiting = (
                    ((urgent_since_us, number), needed[index])
                    for urgent_since_us, number, index in some
                    if number in still
                )
                self._waiting.enter_in_order(queue, waiting)
                yield

    def _learn(self, before: Contact, after: Contact) -> None:
        experience = self._predictor.experience[after.queue]
        if after.accepted_us is not None and before.accepted_us is None:
            self._predictor.answered(
                after.number, after.queue, waited_s(after), after.accepted_us / 1e6
            )
        if after.state == "abandoned" and before.live:
            self._predictor.left(after.number, after.queue, waited_s(after))
        for n, leg in enumerate(after.legs):
            known = before.legs[n] if n < len(before.legs) else None
            if known is None:
                self._predictor.experience[leg.queue].talked(leg.talk_us / 1e6)
            elif leg.wrap_up_us is not None and known.wrap_up_us is None:
                self._predictor.experience[leg.queue].wrapped_up(leg.wrap_up_us / 1e6)
        if after.talk_us is not None and before.talk_us is None:
            experience.talked(after.talk_us / 1e6)
        if after.wrap_up_us is not None and before.wrap_up_us is None:
            experience.wrapped_up(after.wrap_up_us / 1e6)

    # -- what is foretold ------------------------------------------------------------------------

    def refresh(self, now_us: int) -> None:
        """Foretell all waits anew, as of this moment."""
        lines = self._waiting.in_use()
        self._index = {line: n for n, line in enumerate(lines)}
        queued = [
            Queued(
                line.needs.queue,
                _Order(line.places, self._settings[line.needs.queue].urgency, now_us),
            )
            for line in lines
        ]
        groups = self._staff.groups(self._waiting, self._index)
        self._forecast = self._predictor.forecast(queued, groups)
        for spot in self._new:
            if self._waiting.spot(spot.number) == spot:
                wait = self._forecast.model(*self._ahead(spot))
                self._predictor.foretold(spot.number, wait, now_us / 1e6)
        self._new.clear()
        self._due = len(self._waiting)
        self._fresh = True

    def standing(self, number: int) -> Standing | None:
        """Of a contact that waits, else None."""
        spot = self._waiting.spot(number)
        if spot is None:
            return None
        before = self._waiting.ahead_in_queue(spot)
        if spot.line not in self._index:  # nothing has been foretold since the line began
            return Standing(before + 1, None, None)
        return _standing(before + 1, self._forecast.wait(*self._ahead(spot)))

    def newcomer(self, queue: str) -> Standing:
        """Of one who would join the queue now and need nothing of their own."""
        line = self._waiting.usual(queue)
        before = len(self._waiting.queue(queue))
        if line not in self._index:
            return Standing(before + 1, None, None)
        return _standing(before + 1, self._forecast.wait(self._index[line], len(line.places)))

    def _ahead(self, spot: Spot) -> tuple[int, int]:
        return self._index[spot.line], self._waiting.ahead_in_line(spot)

    # -- who is to be told -----------------------------------------------------------------------

    def news(self) -> list[int]:
        """The contacts who have to be told something new, TOLD_BOUND at most: of those in front,
        and of the others in turn."""
        changed: list[int] = []
        if self._fresh:
            self._fresh = False
            front = TOLD_BOUND // 2 // max(1, len(self._queues))
            for queue in self._queues:
                self._look(self._waiting.queue(queue)[:front], changed)
        visits = min(self._due, len(self._waiting), LOOKED_AT_BOUND)
        while visits and len(changed) < TOLD_BOUND:
            queue_now = self._waiting.queue(self._queues[self._queue_at])
            looked = self._look(queue_now[self._place_at : self._place_at + visits], changed)
            visits -= looked
            self._due -= looked
            self._place_at += looked
            if self._place_at >= len(queue_now):
                self._queue_at = (self._queue_at + 1) % len(self._queues)
                self._place_at = 0
        return changed

    def _look(self, places: Sequence[Place], changed: list[int]) -> int:
        """At how many there was room to look."""
        for looked, (_, number) in enumerate(places):
            if len(changed) >= TOLD_BOUND:
                return looked
            standing = self.standing(number)
            if standing is not None and _is_news(self._told.get(number), standing):
                self._told[number] = standing
                changed.append(number)
        return len(places)

    @property
    def more_news(self) -> bool:
        """Whether somebody has not been looked at since the last forecast."""
        return self._due > 0 and len(self._waiting) > 0


def waited_s(contact: Contact) -> float:
    """From its arrival, or the end of its last talk, until it was answered or left."""
    until_us = contact.accepted_us or contact.ended_us or contact.arrived_us
    return max(0.0, (until_us - contact.wait_began_us) / 1e6)


def _place(contact: Contact) -> tuple[str, str, int]:
    """What its place in line depends on that may change."""
    return contact.state, contact.queue, contact.relaxed


def _is_news(told: Standing | None, now: Standing) -> bool:
    return (
        told is None
        or told.position != now.position
        or _differs(told.wait_s, now.wait_s)
        or _differs(told.wait_p90_s, now.wait_p90_s)
    )


def _differs(told_s: int | None, now_s: int | None) -> bool:
    if told_s is None or now_s is None:
        return told_s is not now_s
    return abs(now_s - told_s) > max(SAME_S, SAME_SHARE * told_s)


def _standing(position: int, told: Prediction | None) -> Standing:
    if told is None:
        return Standing(position, None, None)
    return Standing(position, ceil(told.p50_s), ceil(told.p90_s))


class _Order:
    """How urgent the contacts of a line are beside others, the most urgent one the smallest."""

    def __init__(self, places: Sequence[Place], urgency: int, now_us: int) -> None:
        self._places = places
        self._urgency = urgency
        self._now_us = now_us

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> float:
        return self._urgency * (self._places[index][0] - self._now_us)
