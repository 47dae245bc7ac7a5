"""What a supervisor's board shows, as views."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from control_api.calls import Call
from control_api.moments import moment, moment_or_none
from control_api.views import AgentView, CallView, LocalName, PersonView, Views
from router.figures import AgentFigures, Board, Tally
from router.model import Agent, Channel, Contact

NEXT_IN_LINE: Final = 10
"""So many contacts of each queue are on the board while they wait."""


class FiguresView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a queue's contacts in a span of time; a contact counts when its wait ends.

    `service_level` is answered in time, of the offered less the short abandons; the other one of
    the answered. `asa_s` is the mean wait of the answered, `aht_s` the mean of talk and wrap-up.
    The formulas stand in the glossary. Null: nothing to tell yet.
    """

    offered: int
    answered: int
    abandoned: int
    service_level: float | None
    service_level_of_answered: float | None
    abandon_ratio: float | None
    asa_s: float | None
    aht_s: float | None


class QueueStatusView(msgspec.Struct, frozen=True, kw_only=True):
    """A queue on the board. `staffed`: agents who serve it and are not away. The estimates are
    those of one who would join now. `changes_at`: when it closes, or opens if it is not `open`.
    `recent`: the last 15 minutes; `today`: since midnight."""

    id: str
    name: LocalName
    waiting: int
    offered: int
    longest_wait_s: float
    ready: int
    staffed: int
    estimated_wait_s: int | None
    estimated_wait_p90_s: int | None
    open: bool
    changes_at: str | None
    recent: FiguresView
    today: FiguresView


class BoardAgentView(AgentView, frozen=True, kw_only=True):
    """An agent on the board. `occupancy`: of today's time ready, on offer, in calls and in wrap-up
    the share of the last two, 0 to 1; null: no such time yet. `contacts_today`: accepted ones."""

    occupancy: float | None
    contacts_today: int


class BoardContactView(msgspec.Struct, frozen=True, kw_only=True):
    """A contact on the board. `name` is its customer's."""

    id: str
    queue: str
    queue_name: LocalName
    channel: Channel
    kind: Literal["call", "callback"]
    state: Literal["waiting", "offered", "connected"]
    arrived_at: str
    name: str
    agent: PersonView | None


class BoardView(msgspec.Struct, frozen=True, kw_only=True):
    """The contact centre at one moment. `contacts` are those that an agent has or is offered, and
    of each queue the ten that are served next; without consultations."""

    queues: list[QueueStatusView]
    agents: list[BoardAgentView]
    contacts: list[BoardContactView]
    calls: list[CallView]


def board_view(
    views: Views, board: Board, contacts: Iterable[Contact], calls: Iterable[Call]
) -> BoardView:
    """`contacts`: as `ContactCentre.in_sight` gives them."""
    return BoardView(
        queues=[
            QueueStatusView(
                id=status.id,
                name=views.queue_name(status.id),
                waiting=status.waiting,
                offered=status.offered,
                longest_wait_s=round(status.longest_wait_s, 1),
                ready=status.ready,
                staffed=status.staffed,
                estimated_wait_s=status.estimated_wait_s,
                estimated_wait_p90_s=status.estimated_wait_p90_s,
                open=status.is_open,
                changes_at=moment_or_none(status.changes_us),
                recent=_figures_view(status.recent),
                today=_figures_view(status.day),
            )
            for status in board.queues
        ],
        agents=[
            _agent(views, agent, board.figures.get(agent.id), board.at_us) for agent in board.agents
        ],
        contacts=[_contact(views, one) for one in contacts if one.about is None],
        calls=[views.call(call) for call in calls],
    )


def _agent(views: Views, agent: Agent, day: AgentFigures | None, now_us: int) -> BoardAgentView:
    occupancy = None if day is None else day.occupancy(now_us)
    return BoardAgentView(
        **msgspec.structs.asdict(views.agent(agent)),
        occupancy=_rounded(occupancy, 3),
        contacts_today=0 if day is None else day.contacts,
    )


def _contact(views: Views, contact: Contact) -> BoardContactView:
    return BoardContactView(
        id=contact.id,
        queue=contact.queue,
        queue_name=views.queue_name(contact.queue),
        channel=contact.channel,
        kind="callback" if contact.kind == "callback" else "call",
        state=contact.state if contact.state in ("waiting", "offered") else "connected",
        arrived_at=moment(contact.arrived_us),
        name=contact.customer.name,
        agent=views.person(contact.agent),
    )


def _figures_view(tally: Tally) -> FiguresView:
    return FiguresView(
        offered=tally.offered,
        answered=tally.answered,
        abandoned=tally.abandoned,
        service_level=_rounded(tally.service_level, 3),
        service_level_of_answered=_rounded(tally.service_level_of_answered, 3),
        abandon_ratio=_rounded(tally.abandon_ratio, 3),
        asa_s=_rounded(tally.asa_s, 1),
        aht_s=_rounded(tally.aht_s, 1),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
