"""The contact centre as a whole: topics, skills, the board, the event log."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Router, delete, get
from litestar.params import FromPath, FromQuery, QueryParameter

from control_api.board import BoardView
from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.limits import LIST_MAX
from control_api.moments import moment
from control_api.views import QueueView, SkillView
from router.model import Actor


class EventView(msgspec.Struct):
    """One fact of the log. `seq` has no gaps; `data` depends on the type."""

    seq: int
    at: str
    type: str
    contact: str | None
    agent: str | None
    data: dict[str, Any]


@get("/queues", summary="The topics a visitor can choose")
async def queues(principal: PrincipalOf, services: ServicesOf) -> list[QueueView]:
    """For everybody with a token."""
    return services.views.queues(services.centre.queues())


@delete("/queues/{queue_id:str}", summary="Close a queue for good")
async def close_queue(
    queue_id: FromPath[str],
    principal: PrincipalOf,
    services: ServicesOf,
    to: FromQuery[str | None] = None,
) -> None:
    """204. Its contacts go to the queue `to` and keep their places by arrival and priority; offers
    ring on and calls go on. Without `to` who waits or is on offer is dismissed, and the request is
    refused while there is a call. A queue that stays in the configuration is open again after the
    next start. For supervisors and integrators."""
    principal.require("supervisor", "integrator")
    by = Actor(principal.role, principal.subject)
    await services.centre.close_queue(queue_id, to=to, by=by)


@get("/skills", summary="The skills agents may have and contacts may need")
async def skills(principal: PrincipalOf, services: ServicesOf) -> list[SkillView]:
    """For agents, supervisors and integrators."""
    principal.require("agent", "supervisor", "integrator")
    return services.views.skills()


@get("/board", summary="Queues, agents, contacts and calls now")
async def board(principal: PrincipalOf, services: ServicesOf) -> BoardView:
    """What supervisors see. For supervisors and integrators."""
    principal.require("supervisor", "integrator")
    return services.feed.board()


@get("/events", summary="The event log")
async def events(
    principal: PrincipalOf,
    services: ServicesOf,
    after: Annotated[int, QueryParameter(ge=0)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=LIST_MAX)] = 100,
) -> list[EventView]:
    """What comes after the event number `after`, in order. For integrators."""
    principal.require("integrator")
    return [
        EventView(
            event.seq, moment(event.at_us), event.type, event.contact, event.agent, event.data
        )
        for event in await services.centre.events(after, limit)
    ]


router = Router(
    "/", route_handlers=[queues, close_queue, skills, board, events], tags=["Contact centre"]
)
