"""What the calls of the contact centre share: its parts, and the few steps between them."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Any

import anyio

from router.capacity import by_slots, complete
from router.chat import Chat
from router.dispatch import Dispatch
from router.floor import Floor
from router.ledger import Ledger
from router.matcher import Matcher
from router.model import Capacity, Contact, Event, QueueSettings, Skill
from router.store import Entry, Store, Writer
from router.subscription import Publisher


def wall_clock_us() -> int:
    """Microseconds since the Unix epoch."""
    return time.time_ns() // 1_000


def random_contact_id() -> str:
    """`c_` and 20 characters of base32: 100 random bits, which nobody guesses."""
    return "c_" + base64.b32encode(secrets.token_bytes(13)).decode()[:20].lower()


class Core:
    """The parts of a contact centre; those without a value here exist once it is entered."""

    _ledger: Ledger
    _chat: Chat
    _dispatch: Dispatch

    def __init__(
        self,
        store: Store,
        matcher: Matcher,
        *,
        queues: Sequence[QueueSettings],
        skills: Sequence[Skill] = (),
        heartbeat_timeout_s: float = 20.0,
        zone: tzinfo = UTC,
        capacity: Capacity | None = None,
        clock: Callable[[], int] = wall_clock_us,
        identify: Callable[[], str] = random_contact_id,
    ) -> None:
        self._store = store
        self._matcher = matcher
        self._queues = {queue.id: queue for queue in queues}
        self._skills = {skill.id: skill for skill in skills}
        self._heartbeat_timeout_us = round(heartbeat_timeout_s * 1e6)
        self._zone = zone
        self._capacity = complete(capacity, by_slots({})) if capacity else by_slots({})
        self._clock = clock
        self._identify = identify
        self._floor = Floor()
        self._publisher = Publisher()
        self._writer = Writer(store, self._committed)
        self._draining = False
        self._moved = anyio.Event()

    def _committed(self, entry: Entry, events: list[Event]) -> None:
        """Show and tell what was just committed; the writer calls it in the log's order."""
        self._floor.show(entry)
        for contact in entry.contacts:
            if not contact.live:
                self._chat.forget(contact.id)
        for event in events:
            self._publisher.publish(event)
        if entry.contacts or entry.agents:
            self._moved.set()

    def _event(
        self, type: str, *, contact: str | None = None, agent: str | None = None, **data: Any
    ) -> Event:
        return Event(at_us=self._clock(), type=type, contact=contact, agent=agent, data=data)

    async def _change(self, contact: Contact, event: Event) -> Contact:
        """Keep a new version of a contact, with the event that says so.

        The writer has to have room (`check_room`), with no await in between.
        """
        self._ledger.put_contact(contact)
        await self._dispatch.write(Entry(contacts=[contact], events=[event]))
        return self._floor.contact(contact.id)
