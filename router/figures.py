"""What boards show, as native/acd counts it, and the field's figures worked out of it.

The formulas stand in docs/glossary.md. A figure whose denominator is 0 is None: there is nothing
to tell yet.
"""

from __future__ import annotations

from operator import add

import msgspec

from router.model import Agent, AgentState, ContactState, Value

# What `recent` counts: the running minute and the fourteen before it.
RECENT_S = 900
# Minutes are the slices in which native/acd counts.
MINUTE_US = 60_000_000


class Tally(Value, frozen=True, forbid_unknown_fields=True):
    """What ended in a span of time. A contact counts once, when its wait ends, in the queue in
    which it ends; talk and wrap-up count when they end."""

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    answer_wait_us: int = 0
    handled: int = 0
    talk_us: int = 0
    wrap_up_us: int = 0

    @property
    def offered(self) -> int:
        """Contacts whose wait ended, one way or the other."""
        return self.answered + self.abandoned

    @property
    def service_level(self) -> float | None:
        """Answered in time, of those offered who didn't leave at once: 0 to 1."""
        return _ratio(self.answered_in_time, self.offered - self.abandoned_short)

    @property
    def service_level_of_answered(self) -> float | None:
        """Answered in time, of the answered: 0 to 1."""
        return _ratio(self.answered_in_time, self.answered)

    @property
    def asa_s(self) -> float | None:
        """Average speed of answer, in seconds."""
        return _ratio(self.answer_wait_us / 1e6, self.answered)

    @property
    def abandon_ratio(self) -> float | None:
        """Abandoned, of those offered: 0 to 1."""
        return _ratio(self.abandoned, self.offered)

    @property
    def aht_s(self) -> float | None:
        """Average handling time, talk and wrap-up, in seconds."""
        return _ratio((self.talk_us + self.wrap_up_us) / 1e6, self.handled)

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        mine, others = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Tally(*map(add, mine, others))


class Outcome(Value, frozen=True):
    """What ended at one moment in a queue, microseconds since the Unix epoch."""

    queue: str
    at_us: int
    tally: Tally


class Slice(Value, frozen=True):
    """What ended in a queue within one minute, counted from the Unix epoch."""

    minute: int
    queue: str
    tally: Tally


class QueueFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One queue at one moment. `staffed` counts agents signed in to it who are ready, reserved,
    busy or wrapping up; `oldest_us` is the first arrival among those who wait, rounded down to a
    tenth of a second."""

    queue: int
    at_us: int = 0
    waiting: int = 0
    oldest_us: int | None = None
    offered: int = 0
    ready: int = 0
    staffed: int = 0
    recent: Tally = Tally()
    day: Tally = Tally()

    def longest_wait_s(self, now_us: int) -> float:
        """How long the one waits who came first, in seconds; 0 if nobody does."""
        return 0.0 if self.oldest_us is None else max(0, now_us - self.oldest_us) / 1e6


class AgentFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One agent's day. The sums are counted up to `counted_us`; the state has been the same
    since."""

    agent: int
    state: AgentState
    since_us: int
    counted_us: int
    available_us: int
    occupied_us: int
    contacts: int

    def occupancy(self, now_us: int) -> float | None:
        """Of today's time ready, on offer, in calls and in wrap-up the share of the last two."""
        since_us = max(0, now_us - self.counted_us)
        occupied_us = self.occupied_us + since_us * (self.state in ("busy", "wrap_up"))
        available_us = self.available_us + since_us * (self.state in ("ready", "reserved"))
        return _ratio(occupied_us, occupied_us + available_us)


class QueueStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One queue now. The estimates are what somebody who arrived now would be told; `changes_us` is
    when it opens or closes next, `contacts` counts the live ones by state."""

    id: str
    name: dict[str, str]
    consent_required: bool
    contacts: dict[ContactState, int]
    waiting: int
    offered: int
    longest_wait_s: float
    ready: int
    staffed: int
    estimated_wait_s: int | None
    estimated_wait_p90_s: int | None
    is_open: bool = True
    changes_us: int | None = None
    recent: Tally = Tally()
    day: Tally = Tally()


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The whole floor at one moment: every queue, every known agent; and the figures, by id, of the
    agents who were here today, or since the server started."""

    at_us: int
    queues: list[QueueStatus]
    agents: list[Agent]
    figures: dict[str, AgentFigures]


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole > 0 else None
