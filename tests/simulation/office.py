"""A contact centre in virtual time: the real router, matcher and store, without threads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, tzinfo
from itertools import count
from typing import Any

import anyio
import anyio.abc

from router import (
    Actor,
    Assignment,
    ContactCentre,
    Event,
    QueueSettings,
    Skill,
    Store,
    VirtualMatcher,
    open_store,
)
from router.directory import Directory
from router.errors import UnknownAgent
from router.model import Callback, Channel
from router.store import in_place

QUEUES = (
    QueueSettings(id="sales", offer_timeout_s=20, wrap_up_s=30),
    QueueSettings(id="support", offer_timeout_s=20, wrap_up_s=30),
)
SKILLS = (Skill(id="german"), Skill(id="french"))
CHIEF = Actor("supervisor", "sam")
BEGINS_US = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
HEARTBEAT_S = 5.0
HEARTBEAT_TIMEOUT_S = 20.0


class Office:
    """A contact centre, and the pages of the agents who work in it."""

    def __init__(
        self,
        centre: ContactCentre,
        store: Store,
        tasks: anyio.abc.TaskGroup,
        matcher: VirtualMatcher,
    ) -> None:
        self.centre = centre
        self.store = store
        self.matcher = matcher
        self._tasks = tasks
        self._pages: dict[str, anyio.CancelScope] = {}

    async def staff(self, *agents: str, queues: Sequence[str] | None = None) -> None:
        """These agents sign in and are ready, in this order, a second apart."""
        for agent in agents:
            await self.sign_in(agent, queues)
            await self.centre.ready(agent)
            await anyio.sleep(1)

    async def sign_in(self, agent: str, queues: Sequence[str] | None = None) -> None:
        """The agent opens the page, which sends heartbeats until it is closed."""
        await self.centre.sign_in(agent, agent.title(), queues)
        if agent not in self._pages:
            scope = self._pages[agent] = anyio.CancelScope()
            self._tasks.start_soon(self._page, agent, scope)

    async def _page(self, agent: str, scope: anyio.CancelScope) -> None:
        with scope:
            while True:
                await anyio.sleep(HEARTBEAT_S)
                try:
                    await self.centre.heartbeat(agent)
                except UnknownAgent:  # signed out meanwhile
                    return

    def close_page(self, agent: str) -> None:
        """No more heartbeats."""
        self._pages.pop(agent).cancel()

    async def assign(self, agent: str, **given: Any) -> None:
        """The agent serves and can from now on what an `Assignment` of these fields says."""
        await self.centre.assign(agent, Assignment(**given), by=CHIEF)

    async def arrive(
        self,
        queue: str = "sales",
        priority: int = 0,
        *,
        channel: Channel = "video",
        callback: Callback | None = None,
        **requires: int,
    ) -> str:
        """A contact arrives; a second passes."""
        contact = await self.centre.enqueue(
            queue, channel=channel, priority=priority, requires=requires, callback=callback
        )
        await anyio.sleep(1)
        return contact.id

    async def answer(self, contact_id: str) -> str:
        """Whoever is offered the contact accepts, and the call is connected. Returns the agent."""
        contact = self.centre.contact(contact_id)
        assert contact.agent is not None, contact
        assert contact.epoch is not None, contact
        await self.centre.accept(contact_id, contact.agent, contact.epoch)
        await self.centre.connected(contact_id)
        return contact.agent

    def state(self, contact_id: str) -> tuple[str, str | None]:
        """A contact's state, and the agent it is with."""
        contact = self.centre.contact(contact_id)
        return contact.state, contact.agent

    def agent_state(self, agent: str) -> tuple[str, str | None]:
        """An agent's state and its reason."""
        view = self.centre.agent(agent)
        return view.state, view.reason

    async def log(self) -> list[Event]:
        """Every event of the log."""
        events: list[Event] = []
        while page := await self.centre.events(after=len(events), limit=1_000):
            events += page
        return events

    async def story(self, contact_id: str) -> list[str]:
        """What happened to a contact, as event names."""
        return [event.type for event in await self.log() if event.contact == contact_id]


@asynccontextmanager
async def opened(
    url: str = "sqlite://",
    queues: Sequence[QueueSettings] = QUEUES,
    zone: tzinfo = UTC,
    begins_us: int = BEGINS_US,
    matcher: VirtualMatcher | None = None,
    directory: Directory | None = None,
) -> AsyncIterator[Office]:
    """An office on a new store in memory, or on the one at `url`."""
    async with open_store(url, run_sync=in_place) as store:
        numbers = count(await store.last_contact_number() + 1)
        matcher = matcher or VirtualMatcher(epoch_us=begins_us)
        async with (
            ContactCentre(
                store,
                matcher,
                queues=queues,
                skills=SKILLS,
                directory=directory,
                heartbeat_timeout_s=HEARTBEAT_TIMEOUT_S,
                zone=zone,
                clock=matcher.now_us,
                identify=lambda: f"c_{next(numbers):020}",
            ) as centre,
            anyio.create_task_group() as tasks,
        ):
            yield Office(centre, store, tasks, matcher)
            tasks.cancel_scope.cancel()
