"""What happens to a contact: it arrives, leaves, is connected and ends; consent and notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import anyio
from msgspec.structs import replace

from router import commands as c
from router.admission import Obstacle, offers, overflow, takes, treatment
from router.affinity import held, release
from router.bookkeeping import consent_on_arrival
from router.centre.affinity import AffinityCalls
from router.centre.callbacks import CallbackCalls, check_number
from router.centre.unstaffed import UnstaffedCalls
from router.errors import (
    Draining,
    IdempotencyConflict,
    Invalid,
    QueueClosed,
    QueueFull,
    QueueUnstaffed,
    RouterError,
    UnknownContact,
    UnknownQueue,
    WrongState,
)
from router.model import (
    ATTRIBUTE_KEY_BOUND,
    ATTRIBUTE_VALUE_BOUND,
    ATTRIBUTES_BOUND,
    CHANNELS,
    CUSTOMER_KEY_BOUND,
    CUSTOMER_NAME_BOUND,
    IDEMPOTENCY_KEY_BOUND,
    LANGUAGE_BOUND,
    MESSAGE_TEXT_BOUND,
    NOTES_BOUND,
    PRIORITY_MAX,
    Callback,
    Channel,
    Contact,
    ContactState,
    Customer,
    Offer,
    QueueSettings,
    Voicemail,
)
from router.relaxation import max_wait, stages, steps
from router.requirement import of_no_agent
from router.skills import REQUIRED_BOUND, check_levels
from router.text import check_text
from router.wanted import Wanted
from router.wanted import check as check_wanted
from router.wanted import others as wanted_others
from router.wanted import skills as wanted_skills
from router.wanted import steps as wanted_steps


class Draft(Protocol):
    """The contact as it comes to a queue, as a callback with when it is due."""

    def __call__(self, into: str, due_us: int | None = None) -> Contact: ...


class ContactCalls(AffinityCalls, CallbackCalls, UnstaffedCalls):
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
        priority: int | None = None,
        requires: Mapping[str, int] | None = None,
        customer: Customer | None = None,
        language: str | None = None,
        idempotency_key: str | None = None,
        callback: Callback | None = None,
        message: str = "",
        voicemail: Voicemail | None = None,
        wanted: Wanted | None = None,
    ) -> Contact:
        """A customer arrives, to meet an agent by `channel`. `priority` is 0 to 99, higher first
        (unless given that of its `vip` class, or 0); `language` a BCP 47 tag.
        `requires` is the least level, 1 to 10, that the agent must have in each of at most 16
        skills, or 0: they must not have it; what the queue requires comes on top where it doesn't
        name the skill. `wanted` is what else it wants of its agent.

        Where the queue is closed, full or served by nobody, the contact goes to the queue that its
        settings name, or is refused with what the customer may choose: to come again with
        `callback`, or with a `message`, in words or as a `voicemail`, which is kept and ends the
        contact at once. By the channel `callback` the agent phones the customer, and `callback`
        says where.

        The same `idempotency_key` with the same request gives the same contact, also after a
        restart. Raises UnknownQueue, UnknownSkill, UnknownAgent, UnknownGroup,
        UnknownRegion, UnknownVip, UnknownIssue, QueueClosed, QueueFull,
        QueueUnstaffed, Draining, WrongState (no callbacks, or no messages, here), Invalid,
        IdempotencyConflict, Busy.
        """
        customer, wanted = customer or Customer(), wanted or Wanted()
        self._check_request(queue_id, channel, customer, language, idempotency_key)
        check_number(channel, callback, "callback.to")
        check_text(message, "message", longest=MESSAGE_TEXT_BOUND)
        speaks = bool(message) or voicemail is not None
        self._check_choice(self._queues[queue_id], callback, speaks)
        self._check_affinity(wanted, customer)
        check_wanted(wanted, queue_id, self._directory)
        if priority is None:
            priority = 0 if wanted.vip is None else self._directory.vip[wanted.vip].priority
        if not 0 <= priority <= PRIORITY_MAX:
            raise Invalid(f"priority is 0 to {PRIORITY_MAX}, not {priority}", field="priority")
        asked = Contact(
            number=0,
            id="",
            queue=queue_id,
            channel=channel,
            priority=priority,
            requires=dict(requires or {}),
            arrived_us=0,
            customer=customer,
            language=language,
            idempotency_key=idempotency_key,
            kind="callback" if callback else "message" if speaks else "call",
            call_to=callback.to if callback else "",
            message=message,
            voicemail=voicemail,
            vip=wanted.vip,
            issue=wanted.issue,
            region=wanted.region,
            last_agent=await self._served_last(customer),
        )

        def draft(into: str, due_us: int | None = None) -> Contact:
            return self._draft(asked, into, wanted, due_us)

        draft(queue_id)  # refuses what can't be before anything else is asked
        if idempotency_key is None:
            return await self._admit(queue_id, draft, callback)
        while (in_use := self._keys_in_use.get(idempotency_key)) is not None:
            await in_use.wait()
        released = self._keys_in_use[idempotency_key] = anyio.Event()
        try:
            # A caller who goes away must not release the key before the commit.
            with anyio.CancelScope(shield=True):
                contact = await self._known(queue_id, idempotency_key, draft)
                if contact is None:
                    contact = await self._admit(queue_id, draft, callback)
        finally:
            del self._keys_in_use[idempotency_key]
            released.set()
        assert contact is not None  # the shielded scope is never cancelled
        return contact

    def _draft(self, asked: Contact, into: str, wanted: Wanted, due_us: int | None) -> Contact:
        """The contact as it comes to a queue, with what that asks of it. Raises UnknownSkill,
        Invalid."""
        queue = self._queues[into]
        directory = self._directory
        needed = {**queue.requires, **wanted_skills(wanted, directory), **asked.requires}
        check_levels(needed, "requires", known=self._skills, bound=REQUIRED_BOUND, lowest=0)
        needed |= wanted_others(wanted, directory)
        less = [*steps(queue), *wanted_steps(wanted, queue, directory)]
        meant_for = self._meant_for(asked, wanted)
        if meant_for is not None and self._serves(meant_for, into):
            needed = held(needed, meant_for)
            less.append(release(meant_for, self._hold_s(wanted, due_us)))
        return replace(
            asked,
            queue=into,
            asked=asked.queue if into != asked.queue else None,
            due_us=due_us,
            meant_for=meant_for,
            requires=needed,
            relax=stages(queue.id, needed, less),
            max_wait=max_wait(queue) if asked.kind == "call" else None,
            consent=consent_on_arrival(asked.channel, queue),
        )

    def _check_choice(self, queue: QueueSettings, callback: Callback | None, speaks: bool) -> None:
        if callback is not None and speaks:
            raise Invalid("a contact has a callback or a message, not both", field="message")
        if callback is not None:
            self._check_wish(queue, callback)
        choice: Offer | None = "callback" if callback else "message" if speaks else None
        if choice is not None and not takes(queue, choice):
            raise WrongState(f"queue {queue.id} takes no {choice}s", field=choice)

    async def _admit(self, asked: str, draft: Draft, callback: Callback | None) -> Contact:
        """Into the queue that was asked for, or along its overflows into one that takes it."""
        queue_id, tried = asked, {asked}
        while True:
            if queue_id not in self._queues:  # closed for good meanwhile
                raise UnknownQueue(f"there is no queue {queue_id!r}", field="queue")
            queue, contact = self._queues[queue_id], draft(queue_id)
            if contact.kind == "message":
                return await self._keep_message(contact)
            if callback is not None:
                # When the queue can't take it now is why it is called back.
                return await self._arrive(draft(queue_id, self._not_before_us(queue, callback)))
            obstacle = self._obstacle(queue)
            if obstacle is None or treatment(queue, obstacle) == "wait":
                try:
                    return await self._arrive(contact)
                except QueueFull:
                    obstacle = "full"
            chosen = treatment(queue, obstacle)
            target = overflow(chosen)
            if target is None or target not in self._queues or target in tried:
                raise self._refusal(queue, obstacle, chosen)
            tried.add(target)
            queue_id = target

    def _obstacle(self, queue: QueueSettings) -> Obstacle | None:
        """Why somebody who arrives now would not be served; whether it is full only the matcher
        knows."""
        if not self._opening(queue.id).is_open:
            return "closed"
        if queue.when_unstaffed != "wait" and not self._staffed(queue.id):
            return "unstaffed"
        return None

    def _refusal(self, queue: QueueSettings, obstacle: Obstacle, chosen: str) -> RouterError:
        offered = offers(queue, chosen)
        match obstacle:
            case "closed":
                opens_us = self._opening(queue.id).changes_us
                detail = f"queue {queue.id} is closed{self._until(queue, opens_us)}"
                return QueueClosed(detail, field="queue", offers=offered, opens_us=opens_us)
            case "full":
                detail = (
                    f"queue {queue.id} has {queue.max_waiting} contacts waiting, the most it takes"
                )
                return QueueFull(detail, field="queue", offers=offered)
            case "unstaffed":
                detail = f"nobody is signed in who serves queue {queue.id}"
                return QueueUnstaffed(detail, field="queue", offers=offered)

    async def _keep_message(self, draft: Contact) -> Contact:
        """A message is stored and over; no agent is looked for."""
        contact = self._number(draft)
        self._writer.check_room()
        contact = replace(contact, state="message", ended_us=contact.arrived_us, ended_by="visitor")
        event = self._event("contact.message_left", contact=contact.id, queue=contact.queue)
        return await self._change(contact, event)

    def _check_request(
        self,
        queue_id: str,
        channel: str,
        customer: Customer,
        language: str | None,
        idempotency_key: str | None,
    ) -> None:
        if queue_id not in self._queues:
            raise UnknownQueue(f"there is no queue {queue_id!r}", field="queue")
        if channel not in CHANNELS:
            what = f"there is no channel {channel[:64]!r}; known are {', '.join(CHANNELS)}"
            raise Invalid(what, field="channel")
        check_text(language or "", "language", longest=LANGUAGE_BOUND)
        check_text(idempotency_key or "", "idempotency_key", longest=IDEMPOTENCY_KEY_BOUND)
        check_text(customer.name, "name", longest=CUSTOMER_NAME_BOUND)
        if customer.key is not None:
            check_text(customer.key, "customer.key", shortest=1, longest=CUSTOMER_KEY_BOUND)
        for key, value in customer.attributes.items():
            check_text(key, "attributes", shortest=1, longest=ATTRIBUTE_KEY_BOUND)
            check_text(value, "attributes", longest=ATTRIBUTE_VALUE_BOUND)
        if len(customer.attributes) > ATTRIBUTES_BOUND:
            raise Invalid(f"at most {ATTRIBUTES_BOUND} attributes are kept", field="attributes")

    async def _known(self, asked: str, key: str, draft: Draft) -> Contact | None:
        """The contact that came with this idempotency key before."""
        known = await self._store.contact_by_key(key)
        if known is None:
            return None
        if (known.asked or known.entered or known.queue) != asked:
            detail = "this idempotency key came before with another queue"
            raise IdempotencyConflict(detail, field="queue")
        # What it requires was worked out for the queue that took it.
        entrance = known.entered or known.queue
        again = draft(entrance if known.asked and entrance in self._queues else asked)
        for field, before, now in (
            ("channel", known.channel, again.channel),
            ("priority", known.priority, again.priority),
            # Whether somebody is there to hold it for is another question each time.
            ("requires", of_no_agent(known.requires), of_no_agent(again.requires)),
            ("customer", known.customer, again.customer),
            ("language", known.language, again.language),
        ):
            if before != now:
                detail = f"this idempotency key came before with another {field}"
                raise IdempotencyConflict(detail, field=field)
        return await self.find_contact(known.id)

    def _number(self, draft: Contact) -> Contact:
        """The draft as a contact that has arrived just now."""
        if self._draining:
            raise Draining("the server is shutting down and takes no new contacts")
        # A clock that is set back doesn't let anybody overtake.
        arrived_us = self._last_arrival_us = max(self._clock(), self._last_arrival_us)
        self._last_number += 1
        return replace(draft, number=self._last_number, id=self._identify(), arrived_us=arrived_us)

    async def _arrive(self, draft: Contact) -> Contact:
        contact = self._number(draft)
        command = c.enqueue(self._ledger.arrival(contact))
        # When it is due is told by the matcher.
        await self._dispatch.order(command, contact=replace(contact, due_us=None))
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
        agent = self._ledger.find_agent(agent_id)
        wraps_up = agent is not None and agent.wraps_up(contact_id)
        if not wraps_up and (contact.agent != agent_id or contact.state == "offered"):
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
        """Every live contact, in order of arrival. With very many a matter of seconds."""
        return list(self._floor.contacts())

    def returned(self) -> tuple[list[Contact], list[str]]:
        """After a restart, quick also with a million: the live contacts, but only the ids of those
        who wait and have done nothing else since."""
        return self._floor.changed(), list(self._floor.untouched())

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
