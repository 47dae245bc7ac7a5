"""What happens to a contact: it arrives, leaves, is connected and ends; consent and notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
from msgspec.structs import replace

from router import commands as c
from router.bookkeeping import consent_on_arrival
from router.centre.core import Core
from router.errors import (
    Draining,
    IdempotencyConflict,
    Invalid,
    UnknownContact,
    UnknownQueue,
    WrongState,
)
from router.model import (
    ATTRIBUTE_KEY_BOUND,
    ATTRIBUTE_VALUE_BOUND,
    ATTRIBUTES_BOUND,
    CHANNELS,
    CUSTOMER_NAME_BOUND,
    IDEMPOTENCY_KEY_BOUND,
    LANGUAGE_BOUND,
    NOTES_BOUND,
    PRIORITY_MAX,
    Channel,
    Contact,
    ContactState,
    Customer,
)
from router.relaxation import stages
from router.skills import REQUIRED_BOUND, check_levels
from router.text import check_text


class ContactCalls(Core):
    # The last number given to a contact; set on entering, from the store.
    _last_number: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keys_in_use: dict[str, anyio.Event] = {}
        self._last_arrival_us = 0

    async def enqueue(
        self,
        queue_id: str,
        *,
        channel: Channel = "video",
        priority: int = 0,
        requires: Mapping[str, int] | None = None,
        customer: Customer | None = None,
        language: str | None = None,
        idempotency_key: str | None = None,
    ) -> Contact:
        """A customer arrives, to meet an agent by `channel`. `priority` is 0 to 99, higher first;
        `language` a BCP 47 tag.
        `requires` is the least level, 1 to 10, that the agent must have in each of at most 16
        skills; what the queue requires comes on top where it doesn't name the skill.

        The same `idempotency_key` with the same request gives the same contact, also after a
        restart. Raises UnknownQueue, UnknownSkill, QueueFull, Draining, Invalid,
        IdempotencyConflict, Busy.
        """
        customer = customer or Customer()
        self._check_request(queue_id, channel, priority, customer, language, idempotency_key)
        needed = {**self._queues[queue_id].requires, **(requires or {})}
        check_levels(needed, "requires", known=self._skills, bound=REQUIRED_BOUND)
        draft = Contact(
            number=0,
            id="",
            queue=queue_id,
            channel=channel,
            priority=priority,
            requires=needed,
            relax=stages(queue_id, needed, self._queues[queue_id].relax),
            arrived_us=0,
            customer=customer,
            language=language,
            consent=consent_on_arrival(channel, self._queues[queue_id]),
            idempotency_key=idempotency_key,
        )
        if idempotency_key is None:
            return await self._arrive(draft)
        while (in_use := self._keys_in_use.get(idempotency_key)) is not None:
            await in_use.wait()
        released = self._keys_in_use[idempotency_key] = anyio.Event()
        try:
            # A caller who goes away must not release the key before the commit.
            with anyio.CancelScope(shield=True):
                contact = await self._known(draft) or await self._arrive(draft)
        finally:
            del self._keys_in_use[idempotency_key]
            released.set()
        return contact

    def _check_request(
        self,
        queue_id: str,
        channel: str,
        priority: int,
        customer: Customer,
        language: str | None,
        idempotency_key: str | None,
    ) -> None:
        if queue_id not in self._queues:
            raise UnknownQueue(f"there is no queue {queue_id!r}", field="queue")
        if channel not in CHANNELS:
            what = f"there is no channel {channel[:64]!r}; known are {', '.join(CHANNELS)}"
            raise Invalid(what, field="channel")
        if not 0 <= priority <= PRIORITY_MAX:
            raise Invalid(f"priority is 0 to {PRIORITY_MAX}, not {priority}", field="priority")
        check_text(language or "", "language", longest=LANGUAGE_BOUND)
        check_text(idempotency_key or "", "idempotency_key", longest=IDEMPOTENCY_KEY_BOUND)
        check_text(customer.name, "name", longest=CUSTOMER_NAME_BOUND)
        for key, value in customer.attributes.items():
            check_text(key, "attributes", shortest=1, longest=ATTRIBUTE_KEY_BOUND)
            check_text(value, "attributes", longest=ATTRIBUTE_VALUE_BOUND)
        if len(customer.attributes) > ATTRIBUTES_BOUND:
            raise Invalid(f"at most {ATTRIBUTES_BOUND} attributes are kept", field="attributes")

    async def _known(self, draft: Contact) -> Contact | None:
        """The contact that came with the draft's idempotency key before."""
        assert draft.idempotency_key is not None  # only called with one
        known = await self._store.contact_by_key(draft.idempotency_key)
        if known is None:
            return None
        before = replace(known, queue=known.entered or known.queue)
        for field in ("queue", "channel", "priority", "requires", "customer", "language"):
            if getattr(before, field) != getattr(draft, field):
                detail = f"this idempotency key came before with another {field}"
                raise IdempotencyConflict(detail, field=field)
        return await self.find_contact(known.id)

    async def _arrive(self, draft: Contact) -> Contact:
        if self._draining:
            raise Draining("the server is shutting down and takes no new contacts")
        # A clock that is set back doesn't let anybody overtake.
        arrived_us = self._last_arrival_us = max(self._clock(), self._last_arrival_us)
        self._last_number += 1
        contact = replace(
            draft, number=self._last_number, id=self._identify(), arrived_us=arrived_us
        )
        command = c.enqueue(self._ledger.arrival(contact))
        await self._dispatch.order(command, contact=contact)
        return self._floor.contact(contact.id)

    async def abandon(self, contact_id: str, *, by: str = "visitor") -> None:
        """The customer leaves before an agent accepted. Raises UnknownContact, WrongState."""
        number = self._ledger.live_contact(contact_id).number
        await self._dispatch.order(c.Abandon(contact=number), by=by)

    async def connected(self, contact_id: str) -> None:
        """Both sides of an accepted contact have media. Raises UnknownContact, WrongState."""
        number = self._ledger.live_contact(contact_id).number
        await self._dispatch.order(c.Connect(contact=number))

    async def hang_up(self, contact_id: str, *, by: str) -> None:
        """End an accepted or connected contact. Raises UnknownContact, WrongState."""
        number = self._ledger.live_contact(contact_id).number
        await self._dispatch.order(c.Complete(contact=number), by=by)

    async def leave(self, contact_id: str, *, by: str = "visitor") -> None:
        """The customer goes, whatever the state: `abandon` or `hang_up`. Raises UnknownContact,
        WrongState if it has ended."""
        try:
            await self.abandon(contact_id, by=by)
        except WrongState:
            await self.hang_up(contact_id, by=by)

    async def set_notes(self, contact_id: str, agent_id: str, text: str) -> Contact:
        """Replace the notes of the agent who talks or talked with the contact. Ended contacts
        too. Raises UnknownContact, WrongState (another agent's contact), Invalid, Busy."""
        check_text(text, "text", longest=NOTES_BOUND)
        contact = await self._contact_to_change(contact_id)
        if contact.agent != agent_id or contact.state == "offered":
            raise WrongState(f"contact {contact_id} is not with agent {agent_id}")
        self._writer.check_room()
        event = self._event("contact.notes_changed", contact=contact_id, agent=agent_id)
        return await self._change(replace(contact, notes=text), event)

    async def set_consent(self, contact_id: str, granted: bool) -> Contact:
        """The customer agrees to be recorded, or no longer does. Raises UnknownContact,
        WrongState if the contact has ended or nobody asked, Busy."""
        contact = self._ledger.live_contact(contact_id)
        if contact.consent == "not_needed":
            raise WrongState(f"queue {contact.queue} does not ask for consent")
        consent: Any = "granted" if granted else "refused"
        if contact.consent == consent:
            return self._floor.contact(contact_id)
        self._writer.check_room()
        event = self._event("consent.changed", contact=contact_id, consent=consent)
        return await self._change(replace(contact, consent=consent), event)

    async def _contact_to_change(self, contact_id: str) -> Contact:
        try:
            return self._ledger.contact(contact_id)
        except UnknownContact:
            # No longer at hand, so long ended and surely committed.
            stored = await self._store.contact(contact_id)
            if stored is None:
                raise
        try:
            return self._ledger.contact(contact_id)  # somebody else has fetched it meanwhile
        except UnknownContact:
            return stored

    def contact(self, contact_id: str) -> Contact:
        """A live contact, or one that ended lately; position and wait included.
        Raises UnknownContact."""
        return self._floor.contact(contact_id)

    def contacts(self) -> list[Contact]:
        """Every live contact, in order of arrival (after a restart: of their numbers)."""
        return list(self._floor.contacts())

    async def find_contact(self, contact_id: str) -> Contact:
        """Any contact there ever was, from the store if it ended long ago.
        Raises UnknownContact."""
        try:
            return self._floor.contact(contact_id)
        except UnknownContact:
            stored = await self._store.contact(contact_id)
            if stored is None:
                raise
            return stored

    async def list_contacts(
        self, *, state: ContactState | None = None, before: int | None = None, limit: int = 50
    ) -> list[Contact]:
        """Contacts from the store, newest first, at most 200. `before`: the last `number` seen."""
        return await self._store.contacts(state=state, before=before, limit=limit)
