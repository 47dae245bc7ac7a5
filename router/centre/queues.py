"""Queues: their hours, and how one is closed for good."""

from __future__ import annotations

import anyio
from msgspec.structs import replace

from router import commands as c
from router.admission import heir_at_closing
from router.centre.core import Core
from router.errors import Invalid, UnknownQueue, WrongState
from router.hours import is_open
from router.model import Actor
from router.store import Entry

# A clock that somebody sets is noticed this late.
CLOCK_PERIOD_S = 600.0


class QueueCalls(Core):
    async def close_queue(self, queue_id: str, *, to: str | None = None, by: Actor) -> None:
        """Take a queue away. Its contacts go to the queue `to` and keep their places; without it
        who waits or is on offer is dismissed. Its agents don't serve it any more.

        A queue that is still configured is open again after a restart. Raises UnknownQueue, Invalid
        (`to` is the same), WrongState (the last queue; a call and no `to`), Busy.
        """
        for field, id in (("queue", queue_id), ("to", to)):
            if id is not None and id not in self._queues:
                raise UnknownQueue(f"there is no queue {id!r}", field=field)
        if to == queue_id:
            raise Invalid("a queue can't be closed into itself, name another one", field="to")
        if len(self._queues) == 1:
            raise WrongState(f"queue {queue_id} is the last one, and one has to be open")
        number = self._ledger.queue_numbers[queue_id]
        heir = None if to is None else self._ledger.queue_numbers[to]
        await self._dispatch.order(c.QueueClose(queue=number, to=heir))
        del self._queues[queue_id], self._ledger.queue_numbers[queue_id]
        agents = [
            self._ledger.put_agent(
                replace(agent, queues=tuple(id for id in agent.queues if id != queue_id))
            )
            for agent in tuple(self._ledger.agents.values())
            if queue_id in agent.queues
        ]
        who = {"role": by.role, "id": by.id}
        event = self._event("queue.removed", queue=queue_id, to=to, by=who)
        await self._room()
        await self._dispatch.write(Entry(agents=agents, events=[event]))

    async def _keep_hours(self) -> None:
        """Open and close the queues that have hours, at the moment at which they do."""
        known = {queue_id: self._opening(queue_id).is_open for queue_id in self._queues}
        for queue_id, was_open in known.items():
            # Who still waits came before a closing that nobody was there for.
            queue = self._queues.get(queue_id)
            if not was_open and queue is not None and queue.when_closed != "wait":
                await self._empty(queue_id)
        while True:
            changes = [self._opening(queue_id).changes_us for queue_id in self._queues]
            next_us = min((us for us in changes if us is not None), default=None)
            wait_s = CLOCK_PERIOD_S
            if next_us is not None:
                wait_s = min(wait_s, max(0.0, (next_us - self._clock()) / 1e6))
            await anyio.sleep(wait_s)
            for queue_id in tuple(self._queues):
                if queue_id not in self._queues:
                    continue  # closed for good meanwhile
                now_open = self._opening(queue_id).is_open
                if now_open != known.get(queue_id, now_open):
                    type = "queue.opened" if now_open else "queue.closed"
                    event = self._event(type, queue=queue_id)
                    await self._room()
                    await self._dispatch.write(Entry(events=[event]))
                    if not now_open and queue_id in self._queues:
                        await self._empty(queue_id)
                known[queue_id] = now_open

    async def _empty(self, queue_id: str) -> None:
        """It is closing time: do with who waits what the queue says."""
        settings = self._queues[queue_id]
        if settings.at_closing == "serve":
            return

        def open_now(other: str) -> bool:
            calendar = self._queues[other].calendar
            return calendar is None or is_open(calendar, self._clock())

        heir = heir_at_closing(settings, self._queues, open_now)
        numbers = self._ledger.queue_numbers
        to = None if heir is None else numbers[heir]
        await self._order_patiently(c.QueueEmpty(queue=numbers[queue_id], to=to))
