"""What the calls of the contact centre share: its parts, and the few steps between them."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from typing import Any

import anyio

from router.capacity import by_slots, complete
from router.chat import Chat
from router.commands import Command
from router.directory import Directory
from router.dispatch import Dispatch
from router.errors import Busy
from router.floor import Floor
from router.hours import Opening, opening, wall_time
from router.ledger import Ledger
from router.matcher import Matcher
from router.model import (
    Agent,
    Allowance,
    Capacity,
    Channel,
    Contact,
    Event,
    QueueSettings,
    Skill,
)
from router.store import Entry, Store, Writer
from router.subscription import Publisher

# How soon a full buffer is tried again.
RETRY_S = 0.1
IDS_AT_ONCE = 64
# Contacts whose ids begin alike came within 16 ms.
MOMENT_BITS = 14

ALWAYS = Opening(is_open=True, changes_us=None)


def wall_clock_us() -> int:
    """Microseconds since the Unix epoch."""
    return time.time_ns() // 1_000


def random_contact_ids(clock: Callable[[], int] = wall_clock_us) -> Iterator[str]:
    """`c_` and 20 characters of base32 each: four of the time, which come again every five hours,
    and 80 random bits, which nobody guesses.

    By the time, contacts that are here at once stand side by side in the store's indexes: else each
    of a contact's events changes a page of its own there. The system is asked for many random bits
    at once, as each time it is another thread may take the interpreter.
    """
    while True:
        characters = _base32(secrets.token_bytes(IDS_AT_ONCE * 80 // 8))
        for start in range(0, len(characters), 16):
            moment = (clock() >> MOMENT_BITS) % 2**20
            yield f"c_{_base32((moment << 4).to_bytes(3))[:4]}{characters[start : start + 16]}"


def _base32(some: bytes) -> str:
    return base64.b32encode(some).decode().lower()


class Core:
    """The parts of a contact centre; those without a value here exist once it is entered."""

    _ledger: Ledger
    _chat: Chat
    _dispatch: Dispatch
    _floor: Floor

    def __init__(
        self,
        store: Store,
        matcher: Matcher,
        *,
        queues: Sequence[QueueSettings],
        skills: Sequence[Skill] = (),
        directory: Directory | None = None,
        heartbeat_timeout_s: float = 20.0,
        giver_return_s: float = 300.0,
        zone: tzinfo = UTC,
        capacity: Capacity | None = None,
        clock: Callable[[], int] = wall_clock_us,
        identify: Callable[[], str] | None = None,
    ) -> None:
        self._store = store
        self._matcher = matcher
        self._queues = {queue.id: queue for queue in queues}
        self._skills = {skill.id: skill for skill in skills}
        self._directory = directory or Directory()
        self._heartbeat_timeout_us = round(heartbeat_timeout_s * 1e6)
        self._giver_return_s = giver_return_s
        self._zone = zone
        self._openings: dict[str, Opening] = {}
        self._capacity = complete(capacity, by_slots({})) if capacity else by_slots({})
        self._clock = clock
        self._identify = identify or random_contact_ids().__next__
        self._publisher = Publisher()
        self._writer = Writer(store, self._committed)
        self._draining = False
        # Who was put back with contacts in hand and has not been heard of since.
        self._returning: set[str] = set()
        self._moved = anyio.Event()
        self._agents_changed = anyio.Event()

    def slots(self, agent: Agent, channel: Channel) -> int:
        """How many contacts of the channel the agent may have at once."""
        given = agent.assignment and agent.assignment.capacity
        capacity = self._capacity if not given else complete(given, self._capacity)
        allowance: Allowance | None = getattr(capacity, channel)
        return 0 if allowance is None else allowance.slots

    def _opening(self, queue_id: str) -> Opening:
        """Whether a queue is open now, and until when; worked out anew only when that is over."""
        calendar = self._ledger.settings(queue_id).calendar
        if calendar is None:
            return ALWAYS
        now_us = self._clock()
        known = self._openings.get(queue_id)
        if known is None or (known.changes_us is not None and known.changes_us <= now_us):
            known = self._openings[queue_id] = opening(calendar, now_us)
        return known

    def _until(self, queue: QueueSettings, moment_us: int | None) -> str:
        """` until ...`, by the queue's own clock; nothing where that is not known."""
        if moment_us is None or queue.calendar is None:
            return ""
        return f" until {wall_time(queue.calendar, moment_us)}"

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
        if entry.agents:
            self._agents_changed.set()

    async def _room(self) -> None:
        """Wait until something can be written; for what the centre does by itself."""
        while True:
            try:
                return self._writer.check_room()
            except Busy:
                await anyio.sleep(RETRY_S)

    async def _order_patiently(self, command: Command) -> None:
        """Have the matcher do something as soon as there is room for it."""
        while True:
            try:
                return await self._dispatch.order(command)
            except Busy:
                await anyio.sleep(RETRY_S)

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
