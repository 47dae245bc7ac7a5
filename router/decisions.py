"""What the matcher answers, as native/acd writes it: "decisions"; *events* are what the log keeps.

Each stands in the matcher's one order (`seq`) and names the command that caused it (0: a timer).
Exactly one `Done` or `Refused` closes a command, after its other decisions.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from router.model import AgentState, NotReadyReason, Strategy, Value
from router.tags import snake_case


class Base(Value, frozen=True, tag_field="type", tag=snake_case, forbid_unknown_fields=True):
    seq: int
    at_us: int
    command: int


class ContactEnqueued(Base, frozen=True):
    contact: int
    queue: int
    priority: int
    arrived_us: int


class Why(Value, frozen=True, forbid_unknown_fields=True):
    """Why this agent got this contact."""

    strategy: Strategy
    candidates: int
    compared: int
    idle_since_us: int
    waited_us: int


class ReservationCreated(Base, frozen=True):
    contact: int
    agent: int
    epoch: int
    expires_us: int
    decision: Why


class ReservationAccepted(Base, frozen=True):
    contact: int
    agent: int
    epoch: int


class ReservationRejected(Base, frozen=True):
    contact: int
    agent: int
    epoch: int


class ReservationTimedOut(Base, frozen=True):
    contact: int
    agent: int
    epoch: int


class ReservationRescinded(Base, frozen=True):
    contact: int
    agent: int
    epoch: int
    reason: Literal[
        "abandoned",
        "agent_lost",
        "agent_signed_out",
        "agent_not_ready",
        "queue_closed",
        "transferred",
    ]


class ContactRequeued(Base, frozen=True):
    contact: int
    queue: int
    reason: Literal["rejected", "timed_out", "agent_lost", "agent_signed_out", "agent_not_ready"]


class ContactRelaxed(Base, frozen=True):
    contact: int
    queue: int
    step: int


class ContactMoved(Base, frozen=True):
    contact: int
    queue: int


class ContactTransferred(Base, frozen=True):
    """Out of the hands of the agent `from`, who talked with it, if somebody did; into those of the
    agent `to`, or else into the queue."""

    contact: int
    queue: int
    talk_us: int
    from_: int | None = msgspec.field(name="from", default=None)
    to: int | None = None


class ContactDeferred(Base, frozen=True):
    contact: int
    queue: int
    until_us: int


class ContactDue(Base, frozen=True):
    contact: int
    queue: int


class ContactOverdue(Base, frozen=True):
    contact: int
    queue: int


class ContactDismissed(Base, frozen=True):
    contact: int
    queue: int
    reason: Literal["max_wait", "queue_emptied", "queue_closed"]


class ContactAbandoned(Base, frozen=True):
    contact: int
    queue: int
    phase: Literal["waiting", "offered", "deferred"]


class ContactConnected(Base, frozen=True):
    contact: int
    agent: int


class ContactCompleted(Base, frozen=True):
    contact: int
    agent: int
    talk_us: int


class WrapUpStarted(Base, frozen=True):
    agent: int
    contact: int
    ends_us: int


class WrapUpEnded(Base, frozen=True):
    agent: int
    contact: int


class AgentStateChanged(Base, frozen=True):
    agent: int
    state: AgentState
    reason: NotReadyReason | None
    since_us: int


class Done(Base, frozen=True):
    pass


class Refused(Base, frozen=True):
    code: str
    detail: str


Decision = (
    ContactEnqueued
    | ReservationCreated
    | ReservationAccepted
    | ReservationRejected
    | ReservationTimedOut
    | ReservationRescinded
    | ContactRequeued
    | ContactRelaxed
    | ContactMoved
    | ContactTransferred
    | ContactDeferred
    | ContactDue
    | ContactOverdue
    | ContactDismissed
    | ContactAbandoned
    | ContactConnected
    | ContactCompleted
    | WrapUpStarted
    | WrapUpEnded
    | AgentStateChanged
    | Done
    | Refused
)


class QueueSnapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One queue at one moment: `waiting` holds contact numbers in the order they will be served.

    `staffed` counts agents signed in to it who are ready, reserved, busy or wrapping up.
    """

    queue: int
    waiting: list[int]
    offered: int
    ready: int
    staffed: int


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at_us: int
    queues: list[QueueSnapshot]
