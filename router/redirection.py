"""A contact as it comes to another queue. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from router.affinity import HOLD_S, held, kept_from, release
from router.model import Contact, QueueSettings, RelaxStep
from router.relaxation import max_wait, stages
from router.requirement import of_no_agent


class Giver(NamedTuple):
    """Who gives the contact away, and for how long it doesn't come back to them."""

    agent: str
    for_s: float


def redirect(
    contact: Contact,
    before: QueueSettings,
    after: QueueSettings,
    less: Iterable[RelaxStep],
    *,
    agent_id: str | None,
    giver: Giver | None,
    now_us: int,
) -> Contact:
    """The contact as it comes from one queue to another, or, with `agent_id`, to that agent: held
    for them for a while, then anybody's who fits. What the queue before asked of it falls away, and
    so does for whom it was meant; what it needs by itself stays. `less` are the steps of its wait.
    The `giver` is not offered it for a while.
    """
    own = {
        name: level
        for name, level in of_no_agent(contact.requires).items()
        if before.requires.get(name) != level
    }
    needed, steps = {**after.requires, **own}, list(less)
    waited_s = max(0.0, (now_us - contact.arrived_us) / 1e6)
    if giver is not None:
        needed = kept_from(needed, giver.agent)
        steps.append(release(giver.agent, waited_s + giver.for_s))
    if agent_id is not None:
        needed = held(needed, agent_id)
        steps.append(release(agent_id, waited_s + HOLD_S))
    had_agent = contact.accepted_us is not None or bool(contact.legs)
    return replace(
        contact,
        queue=after.id,
        meant_for=agent_id,
        requires=needed,
        relax=stages(after.id, needed, steps),
        relaxed=0,
        entered=None,
        asked=contact.asked or contact.entered or contact.queue,
        # Whom an agent has had is not sent away for waiting.
        max_wait=None if had_agent or contact.kind != "call" else max_wait(after),
        offers=(),
    )
