"""A contact centre with its real threads, on a store that is there for one test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio

from router import ContactCentre, QueueSettings, Skill, ThreadedMatcher, open_store

QUEUES = (
    QueueSettings(id="sales", offer_timeout_s=20, wrap_up_s=0),
    QueueSettings(id="support", offer_timeout_s=20, wrap_up_s=30, consent_required=True),
)
SKILLS = (Skill(id="german"), Skill(id="french"))


@asynccontextmanager
async def running(
    url: str,
    queues: Sequence[QueueSettings] = QUEUES,
    *,
    skills: Sequence[Skill] = SKILLS,
    heartbeat_timeout_s: float = 20.0,
) -> AsyncIterator[ContactCentre]:
    """A contact centre on the store at `url`."""
    async with (
        open_store(url) as store,
        ContactCentre(
            store,
            ThreadedMatcher(),
            queues=queues,
            skills=skills,
            heartbeat_timeout_s=heartbeat_timeout_s,
        ) as centre,
    ):
        yield centre


async def until(centre: ContactCentre, condition: Callable[[], bool]) -> None:
    """Return when the condition holds, asked anew after each event; give up after ten seconds."""
    with anyio.fail_after(10), centre.subscribe() as events:
        while not condition():
            await anext(events)
