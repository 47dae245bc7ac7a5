"""A contact is given to another queue, or to one agent."""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from control_api.compose import Services
from control_api.http.contacts import find
from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.views import ContactView
from router.model import Actor, Agent, AgentId, Contact


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


class ColleagueView(msgspec.Struct, frozen=True):
    """Somebody to whom a contact may be given, and what they are doing. `busy`: they are rung,
    talk, write or wrap up; `away`: on a break and the like."""

    id: str
    name: str
    state: Literal["ready", "busy", "away"]


@get("/contacts/{contact_id:str}/colleagues", summary="Who else could take the contact")
async def colleagues(
    contact_id: FromPath[str], principal: PrincipalOf, services: ServicesOf
) -> list[ColleagueView]:
    """Everybody who is signed in, serves a queue and takes contacts of this one's channel, its own
    agent left out: the ready first, then the busy, by name. For supervisors and integrators, and
    for the agent who has it."""
    principal.require("agent", "supervisor", "integrator")
    contact = await find(contact_id, principal, services)
    found = [
        ColleagueView(agent.id, agent.name, _doing(agent))
        for agent in services.centre.agents()
        if agent.id != contact.agent and _takes(agent, contact, services)
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.state), one.name.casefold(), one.id))


_ORDER: tuple[Literal["ready", "busy", "away"], ...] = ("ready", "busy", "away")


def _doing(agent: Agent) -> Literal["ready", "busy", "away"]:
    match agent.state:
        case "ready":
            return "ready"
        case "reserved" | "busy" | "wrap_up":
            return "busy"
    return "away"


def _takes(agent: Agent, contact: Contact, services: Services) -> bool:
    slots = services.centre.slots(agent, contact.channel)
    return agent.signed_in and bool(agent.queues) and slots > 0


router = Router("/", route_handlers=[transfer, colleagues], tags=["Contacts"])
