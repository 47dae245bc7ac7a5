"""Queues that everybody has signed out of: what becomes of who still waits."""

from __future__ import annotations

from itertools import islice

import anyio
from msgspec.structs import replace

from router import commands as c
from router.admission import offers, overflow
from router.centre.core import Core
from router.model import Contact, Offer, QueueSettings
from router.store import Entry

# So many contacts are told at once; what is committed in between doesn't wait for all.
TOLD_AT_ONCE = 500


class UnstaffedCalls(Core):
    def _staffed(self, queue_id: str) -> bool:
        """Whether somebody is signed in who serves the queue."""
        agents = self._ledger.agents.values()
        return any(agent.signed_in and queue_id in agent.queues for agent in agents)

    async def _keep_staffed(self) -> None:
        """Do with who waits what `when_unstaffed` says, a while after the last agent has gone."""
        since: dict[str, float] = {}
        treated: set[str] = set()
        while True:
            self._agents_changed = anyio.Event()
            now = anyio.current_time()
            watched = [one for one in self._queues.values() if one.when_unstaffed != "wait"]
            for queue in watched:
                if self._staffed(queue.id):
                    since.pop(queue.id, None)
                    treated.discard(queue.id)
                else:
                    since.setdefault(queue.id, now)
            open_ends = [queue for queue in watched if queue.id in since.keys() - treated]
            ends = {queue.id: since[queue.id] + queue.unstaffed_grace_s for queue in open_ends}
            for queue in open_ends:
                if ends[queue.id] <= now and queue.id in self._queues:
                    treated.add(queue.id)
                    await self._treat_unstaffed(queue)
            next_s = min((end for end in ends.values() if end > now), default=float("inf"))
            with anyio.move_on_at(next_s):
                await self._agents_changed.wait()

    async def _treat_unstaffed(self, queue: QueueSettings) -> None:
        offered = offers(queue, queue.when_unstaffed)
        if offered:
            return await self._offer_all(queue, offered)
        numbers = self._ledger.queue_numbers
        to = numbers.get(overflow(queue.when_unstaffed) or "")
        await self._order_patiently(c.QueueEmpty(queue=numbers[queue.id], to=to))

    async def _offer_all(self, queue: QueueSettings, offered: tuple[Offer, ...]) -> None:
        """Whoever holds the line may choose something else from now on."""
        waiting = iter([one for one in self._ledger.live if one.queue == queue.id])
        while some := list(islice(waiting, TOLD_AT_ONCE)):
            await self._room()
            entry = Entry()
            for known in some:
                contact = self._ledger.live.get(known.number)
                if contact is not None and _may_be_offered(contact, queue, offered):
                    both = tuple(dict.fromkeys((*contact.offers, *offered)))
                    entry.contacts.append(self._ledger.put_contact(replace(contact, offers=both)))
                    data = {"queue": queue.id, "offers": list(both)}
                    event = self._event("contact.unstaffed", contact=contact.id)
                    entry.events.append(replace(event, data=data))
            if entry.contacts:
                await self._dispatch.write(entry)


def _may_be_offered(contact: Contact, queue: QueueSettings, offered: tuple[Offer, ...]) -> bool:
    return (
        contact.state == "waiting"
        and contact.queue == queue.id
        and contact.kind == "call"
        and not set(offered) <= set(contact.offers)
    )
