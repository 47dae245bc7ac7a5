"""A contact is given to another queue, or to one agent."""

from __future__ import annotations

import msgspec
from litestar import Router, post
from litestar.params import FromPath, JSONBody

from control_api.http.contacts import find
from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.views import ContactView
from router.model import Actor, AgentId


class Transfer(msgspec.Struct, forbid_unknown_fields=True):
    """Where the contact goes on: in `queue`, or with `agent`, who must be signed in to it; without
    a queue in the contact's own if they serve it, else in their first."""

    queue: str | None = None
    agent: AgentId | None = None


@post(
    "/contacts/{contact_id:str}/transfer",
    summary="Give the contact to another queue or agent",
    status_code=200,
)
async def transfer(
    contact_id: FromPath[str],
    data: JSONBody[Transfer],
    principal: PrincipalOf,
    services: ServicesOf,
) -> ContactView:
    """From its place in line, from an offer, or out of a call or chat, whose agent wraps up. There
    it waits at the place of its first arrival; no queue is too full for it. A queue that lets
    nobody wait while it is closed or unstaffed refuses. For one agent it is held a minute, then
    anybody's who fits. For supervisors and integrators, and for
    the agent who has accepted it."""
    principal.require("agent", "supervisor", "integrator")
    contact = await find(contact_id, principal, services)
    by = Actor(principal.role, principal.subject)
    contact = await services.centre.transfer(
        contact.id, queue_id=data.queue, agent_id=data.agent, by=by
    )
    return services.views.contact(contact, staff=True)


router = Router("/", route_handlers=[transfer], tags=["Contacts"])
