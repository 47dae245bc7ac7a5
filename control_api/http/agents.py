"""Agents: who there is, and what each serves and can."""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar import Router, delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody

from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.problems import Problem
from control_api.views import AgentView
from router.model import Actor, Assignment


@get("/agents", summary="Every agent who ever signed in or was assigned")
async def index(principal: PrincipalOf, services: ServicesOf) -> list[AgentView]:
    """For supervisors and integrators."""
    principal.require("supervisor", "integrator")
    return [services.views.agent(agent) for agent in services.centre.agents()]


@get("/agents/{agent_id:str}", summary="One agent")
async def read(agent_id: FromPath[str], principal: PrincipalOf, services: ServicesOf) -> AgentView:
    """For supervisors and integrators, and for the agent."""
    principal.require("agent", "supervisor", "integrator")
    if principal.role == "agent" and principal.subject != agent_id:
        raise Problem("not_permitted", "the token does not open this agent")
    return services.views.agent(services.centre.agent(agent_id))


@put("/agents/{agent_id:str}/assignment", summary="Say what an agent serves and can")
async def assign(
    agent_id: FromPath[str],
    data: JSONBody[Assignment],
    principal: PrincipalOf,
    services: ServicesOf,
) -> AgentView:
    """For supervisors and integrators. Replaces the whole assignment: what is left out has its
    default. In force at once for an agent who is signed in, whose offer or call goes on, and at
    each sign-in from then on. The agent need not have signed in before."""
    principal.require("supervisor", "integrator")
    by = Actor(principal.role, principal.subject)
    return services.views.agent(await services.centre.assign(agent_id, data, by=by))


class NewState(msgspec.Struct, forbid_unknown_fields=True):
    """`state` is `ready`, or why the agent takes no more: `break`, `training` or `meeting`."""

    state: Literal["ready", "break", "training", "meeting"]


@put("/agents/{agent_id:str}/state", summary="Make an agent ready or not ready")
async def direct(
    agent_id: FromPath[str],
    data: JSONBody[NewState],
    principal: PrincipalOf,
    services: ServicesOf,
) -> AgentView:
    """For supervisors and integrators, of an agent who is signed in. What they have in hand goes
    on; an offer that rings goes back if they are made not ready."""
    principal.require("supervisor", "integrator")
    by = Actor(principal.role, principal.subject)
    if data.state == "ready":
        agent = await services.centre.direct(agent_id, ready=True, by=by)
    else:
        agent = await services.centre.direct(agent_id, ready=False, reason=data.state, by=by)
    return services.views.agent(agent)


@delete("/agents/{agent_id:str}/session", summary="Sign an agent out")
async def sign_out(
    agent_id: FromPath[str],
    principal: PrincipalOf,
    services: ServicesOf,
    force: FromQuery[bool] = False,
) -> None:
    """204. Refused while the agent has a contact, unless `force`: then the contact goes back to its
    place in line. For supervisors and integrators."""
    principal.require("supervisor", "integrator")
    by = Actor(principal.role, principal.subject)
    await services.centre.sign_out(agent_id, force=force, by=by)


router = Router("/", route_handlers=[index, read, assign, direct, sign_out], tags=["Agents"])
