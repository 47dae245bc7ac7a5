"""Commands to the matcher, as the JSON that native/acd reads. Numbers are the store's keys."""

from __future__ import annotations

from typing import Literal

import msgspec

from router.figures import Tally
from router.model import Capacity, Channel, NotReadyReason, Strategy, Value
from router.tags import snake_case


class Command(Value, frozen=True, tag_field="type", tag=snake_case):
    """Base of all commands; the class name in snake case is the tag."""


class SkillLevel(Value, frozen=True):
    """A skill with the level that somebody has, or that is needed at least."""

    skill: int
    level: int


class QueuePut(Command, frozen=True, omit_defaults=True):
    """Create a queue or change its settings. Without `priority_worth_us` priority always goes
    first."""

    queue: int
    offer_timeout_us: int
    wrap_up_us: int
    max_waiting: int
    strategy: Strategy = "longest_idle"
    seed: int = 0
    priority_worth_us: int | None = None
    slope: int = 1
    service_level_us: int = 20_000_000
    short_abandon_us: int = 5_000_000


class QueueEmpty(Command, frozen=True, omit_defaults=True):
    """Who waits in the queue, and is not called back, goes to another one, or is dismissed."""

    queue: int
    to: int | None = None


class QueueClose(QueueEmpty, frozen=True):
    """As `QueueEmpty`, for all of its contacts; then the queue is no more."""


class DayStarted(Command, frozen=True):
    """The strategy fewest_contacts counts from 0."""


class RecentSlice(Value, frozen=True):
    """What ended in one minute, counted from the Unix epoch."""

    number: int
    tally: Tally


class QueueDay(Value, frozen=True):
    """What ended in a queue since the day began, and in the last minutes."""

    queue: int
    day: Tally
    recent: tuple[RecentSlice, ...]


class AgentDay(Value, frozen=True, omit_defaults=True):
    """What an agent has done of the day: contacts accepted, microseconds available and occupied;
    and what `least_occupied` compares, unless they were never busy."""

    agent: int
    contacts: int
    available_us: int
    occupied_us: int
    stopped_us: int | None = None


class DayResumed(Command, frozen=True):
    """After a restart in the middle of a day."""

    queues: tuple[QueueDay, ...]
    agents: tuple[AgentDay, ...]


class Configure(Command, frozen=True):
    heartbeat_timeout_us: int


class AgentAssign(Command, frozen=True):
    """Change what an agent on the floor serves and can. The capacity names every channel."""

    agent: int
    queues: list[int]
    capacity: Capacity
    skills: tuple[SkillLevel, ...]
    weight: int
    rank: int


class AgentSignIn(AgentAssign, frozen=True):
    """Bring an agent onto the floor."""


class AgentSignOut(Command, frozen=True, omit_defaults=True):
    """Refused while the agent has a contact, unless forced."""

    agent: int
    force: bool = False


class AgentReady(Command, frozen=True):
    agent: int


class AgentNotReady(Command, frozen=True):
    agent: int
    reason: NotReadyReason


class AgentHeartbeat(Command, frozen=True):
    agent: int


class Relaxation(Value, frozen=True):
    """What a contact requires, and where, from `after_us` after its arrival on. Without `queue` it
    stays where it is."""

    after_us: int
    requires: tuple[SkillLevel, ...]
    queue: int | None


class MaxWait(Value, frozen=True):
    """Until the first acceptance; then the contact leaves, or an event tells that it is overdue."""

    after_us: int
    then: Literal["leave", "stay"]


class Arrival(Value, frozen=True, omit_defaults=True):
    """A contact as it comes."""

    contact: int
    queue: int
    priority: int
    arrived_us: int
    channel: Channel = "video"
    requires: tuple[SkillLevel, ...] = ()
    relax: tuple[Relaxation, ...] = ()
    max_wait: MaxWait | None = None
    not_before_us: int | None = None
    last_agent: int | None = None
    internal: bool = False
    answered: bool = False


class Defer(Command, frozen=True):
    """The customer is called back, not before that moment."""

    contact: int
    until_us: int


class Enqueue(Command, Arrival, frozen=True, omit_defaults=True):
    """A contact arrives."""


def enqueue(arrival: Arrival) -> Enqueue:
    """The command for a contact that comes, or comes back after a restart."""
    return Enqueue(**msgspec.structs.asdict(arrival))


class Abandon(Command, frozen=True):
    contact: int


class Accept(Command, frozen=True):
    contact: int
    agent: int
    epoch: int


class Reject(Command, frozen=True):
    contact: int
    agent: int
    epoch: int


class Connect(Command, frozen=True):
    contact: int


class Complete(Command, frozen=True):
    contact: int


class Transfer(Command, frozen=True):
    """The contact, wherever it is, goes on as if it arrived like this."""

    arrival: Arrival


class HandOver(Command, frozen=True):
    """The agent who was asked in the contact `consult` takes the place of the one who asked."""

    contact: int
    consult: int


class WrapUpDone(Command, frozen=True):
    agent: int
    contact: int


class RestoreConnected(Command, frozen=True, omit_defaults=True):
    """After a restart: the contact is in a call with this agent, who must be signed in.

    Without `connected_us` the call is taken to start now.
    """

    agent: int
    arrival: Arrival
    connected_us: int | None = None


class Returning(msgspec.Struct, frozen=True):
    """After a restart: contacts that wait again, by columns. `kinds` are their commands as far
    as many have them in common, `kind` places there; `relaxed` are the steps that they had taken as
    far as the log says."""

    kinds: list[Enqueue]
    kind: list[int]
    contact: list[int]
    priority: list[int]
    arrived_us: list[int]
    relaxed: list[int]
