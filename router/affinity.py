"""A contact that is meant for one agent, or for anybody but one: for a while, then it is anybody's
who fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from router.errors import Invalid
from router.model import AgentId, RelaxStep
from router.requirement import of_agent

HOLD_S = 60.0
HOLD_MIN_S, HOLD_MAX_S = 1.0, 86_400.0


class Affinity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom a contact is meant: `agent`, or with `last_agent` whoever served its customer (by
    `customer.key`) the last time, if anybody did. It goes to nobody else for `hold_s` (1 to 86,400)
    from its arrival on, or from when a callback is due; then to anybody who fits. Where the agent
    is not signed in to the queue when it arrives, it is not held at all."""

    agent: AgentId | None = None
    last_agent: bool = False
    hold_s: Annotated[float, Meta(ge=HOLD_MIN_S, le=HOLD_MAX_S)] = HOLD_S


def check(affinity: Affinity, customer_key: str | None) -> None:
    """Raise Invalid for what can't be meant, but for an agent whom nobody knows."""
    if (affinity.agent is not None) == affinity.last_agent:
        raise Invalid("affinity names an agent, or last_agent is true", field="affinity")
    if affinity.last_agent and customer_key is None:
        what = "the last agent is found by customer.key, which is not given"
        raise Invalid(what, field="affinity.last_agent")
    if not HOLD_MIN_S <= affinity.hold_s <= HOLD_MAX_S:
        what = f"hold_s is {HOLD_MIN_S:.0f} to {HOLD_MAX_S:.0f}, not {affinity.hold_s:g}"
        raise Invalid(what, field="affinity.hold_s")


def held(needs: Mapping[str, int], agent_id: str) -> dict[str, int]:
    """The same needs, of this agent alone."""
    return {**needs, of_agent(agent_id): 1}


def kept_from(needs: Mapping[str, int], agent_id: str) -> dict[str, int]:
    """The same needs, of anybody but this agent."""
    return {**needs, of_agent(agent_id): 0}


def release(agent_id: str, after_s: float) -> RelaxStep:
    """The step with which the contact is no longer held for the agent, or kept from them, `after_s`
    after its arrival."""
    return RelaxStep(after_s=after_s, drop=(of_agent(agent_id),))
