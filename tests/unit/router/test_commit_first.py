"""Nobody is told anything before it is committed, and nobody who only looks waits for the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.lowlevel

from router import ContactCentre, VirtualMatcher, open_store
from unit.router.running import QUEUES

T = TypeVar("T")


class Gate:
    """Runs the store's calls in place, but only while it is open."""

    def __init__(self) -> None:
        self.opened = anyio.Event()
        self.opened.set()

    async def __call__(self, call: Callable[[], T], /) -> T:
        await self.opened.wait()
        await anyio.lowlevel.checkpoint()
        return call()


async def test_committed_then_told() -> None:
    gate = Gate()
    matcher = VirtualMatcher()
    async with (
        open_store("sqlite://", run_sync=gate) as store,
        ContactCentre(store, matcher, queues=QUEUES) as centre,
        anyio.create_task_group() as tasks,
    ):
        answered: list[str] = []

        async def arrive() -> None:
            contact = await centre.enqueue("sales")
            assert centre.contact(contact.id) == contact
            answered.append(contact.id)

        with centre.subscribe() as events:
            gate.opened = anyio.Event()
            tasks.start_soon(arrive)
            await anyio.wait_all_tasks_blocked()
            # Decided, but not on the disk: nobody knows.
            assert matcher.snapshot().queues[0].waiting == [1]
            assert centre.contacts() == []
            assert centre.queue("sales").waiting == 0
            assert centre.board().queues[0].contacts["waiting"] == 0
            assert answered == []

            gate.opened.set()
            event = await anext(events)
            assert event.type == "contact.enqueued"
            assert centre.contact(event.contact or "").state == "waiting"
            assert [stored.type for stored in await centre.events()] == ["contact.enqueued"]
        await anyio.wait_all_tasks_blocked()
        assert len(answered) == 1


async def test_what_comes_during_a_commit_shares_the_next() -> None:
    commits = 0

    async def counting(call: Callable[[], T], /) -> T:
        nonlocal commits
        commits += 1
        await anyio.lowlevel.checkpoint()
        return call()

    async with (
        open_store("sqlite://", run_sync=counting) as store,
        ContactCentre(store, VirtualMatcher(), queues=QUEUES) as centre,
    ):
        before = commits
        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(centre.enqueue, "sales")
        assert commits - before <= 3
        assert len(centre.contacts()) == 100
