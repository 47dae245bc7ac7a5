"""An agent asks a colleague about a contact: the consultation is a contact of its own, by the same
channel, which goes through the matcher like any other, and ends before the other one does. Where
that channel has no room, agent and colleague write."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from router import commands as c
from router.affinity import held, kept_from
from router.centre.transfers import TransferCalls
from router.errors import Invalid, RouterError, UnknownContact, WrongState
from router.holding import held as put_on_hold
from router.model import Actor, Contact
from router.relaxation import stages, steps
from router.store import Entry


class ConsultCalls(TransferCalls):
    async def consult(
        self,
        contact_id: str,
        *,
        queue_id: str | None = None,
        agent_id: str | None = None,
        by: Actor,
    ) -> Contact:
        """The agent of a contact asks whoever else serves a queue, or one colleague (queue and
        errors as of `transfer`); the customer of a call is on hold until that is over. One
        colleague who declines or doesn't answer ends it. Returns the consultation, whose `about` is
        the contact."""
        contact = self._of_agent(contact_id, by)
        if contact.about is not None:
            raise WrongState("only a contact of a customer is consulted about")
        if contact.consult is not None:
            raise WrongState(f"contact {contact_id} is being consulted about already")
        if agent_id is not None:
            queue_id = self._queue_of(agent_id, contact, queue_id)
        elif queue_id is None:
            raise Invalid("a consultation names a queue or an agent", field="queue")
        queue = self._waits_in(queue_id)
        if agent_id is None:
            needed = kept_from(queue.requires, by.id)
        else:
            needed = held(queue.requires, agent_id)  # until the one who asks thinks better of it
        draft = Contact(
            number=0,
            id="",
            queue=queue.id,
            channel=contact.channel,
            priority=contact.priority,
            arrived_us=0,
            requires=needed,
            relax=stages(queue.id, needed, steps(queue)),
            customer=replace(contact.customer, key=None),
            language=contact.language,
            kind="consult",
            about=contact_id,
            meant_for=agent_id,
        )
        consult = await self._arrive(draft)
        contact = self._ledger.contact(contact_id)
        if not contact.live or contact.agent != by.id:
            await self.leave(consult.id, by="server")
            raise WrongState(f"contact {contact_id} is no longer with agent {by.id}")
        if self._ledger.contact(consult.id).live:
            self._writer.check_room()
            data = {"consult": consult.id, "queue": queue.id, "meant_for": agent_id}
            event = self._event("contact.consulted", contact=contact_id, agent=by.id, **data)
            events = [event]
            if contact.has_room and contact.held_since_us is None:
                # Not before the consultation arrived, by which its end knows the hold for its own.
                contact, on_hold = put_on_hold(contact, max(self._clock(), consult.arrived_us))
                events.append(on_hold)
            contact = self._ledger.put_contact(replace(contact, consult=consult.id))
            await self._dispatch.write(Entry(contacts=[contact], events=events))
        return self._floor.contact(consult.id)

    async def confer(self, contact_id: str, *, by: Actor) -> Contact:
        """The colleague comes into the call, beside the agent. Raises UnknownContact, WrongState
        (only a call in a room takes a third), Busy."""
        consult = self._answered(self._of_agent(contact_id, by))
        if not consult.has_room:
            raise WrongState("only voice and video have a conference; this is handed over")
        if consult.conference:
            return self._floor.contact(consult.id)
        self._writer.check_room()
        event = self._event("contact.conferred", contact=contact_id, agent=by.id, to=consult.agent)
        consult = self._ledger.put_contact(replace(consult, conference=True))
        return await self._change(consult, event)

    async def hand_over(self, contact_id: str, *, by: Actor) -> Contact:
        """The colleague goes on with the call, in the agent's place, who wraps up. Raises
        UnknownContact, WrongState, Busy."""
        contact = self._of_agent(contact_id, by)
        consult = self._answered(contact)
        command = c.HandOver(contact=contact.number, consult=consult.number)
        await self._dispatch.order(command, contact=consult, actor=by)
        return self._floor.contact(contact_id)

    def asker(self, contact: Contact) -> str | None:
        """The agent who asks, if the contact is a consultation."""
        with suppress(UnknownContact):
            return None if contact.about is None else self._floor.contact(contact.about).agent
        return None

    async def end_consult(self, contact_id: str, *, by: str) -> None:
        """The colleague is no longer asked; nothing happens if none is. Raises Busy."""
        with suppress(UnknownContact):
            consult_id = self._ledger.contact(contact_id).consult
            if consult_id is not None and self._ledger.contact(consult_id).live:
                await self.leave(consult_id, by=by)

    async def end_declined(self, consult_id: str, agent_id: str) -> None:
        """Who was asked in person didn't take it, and nobody else may: it is over. Raises Busy."""
        with suppress(UnknownContact):
            consult = self._ledger.contact(consult_id)
            if consult.live and consult.about is not None and consult.meant_for == agent_id:
                await self.leave(consult_id, by="server")

    async def end_orphans(self) -> None:
        """Consultations about calls that ended while nobody saw it: before a restart."""
        for contact in tuple(self._ledger.live.changed):
            if contact.about is not None and not self._is_talked_about(contact):
                with suppress(RouterError):
                    await self.leave(contact.id, by="server")

    def _is_talked_about(self, consult: Contact) -> bool:
        call = self._ledger.live.find(consult.about or "")
        return call is not None and call.consult == consult.id and call.agent is not None

    def _of_agent(self, contact_id: str, by: Actor) -> Contact:
        contact = self._ledger.live_contact(contact_id)
        if contact.agent != by.id or contact.state not in ("accepted", "connected"):
            raise WrongState(f"contact {contact_id} is not with agent {by.id}")
        return contact

    def _answered(self, contact: Contact) -> Contact:
        consult = None if contact.consult is None else self._ledger.live.find(contact.consult)
        if consult is None or consult.state not in ("accepted", "connected"):
            raise WrongState(f"no colleague has answered about contact {contact.id}")
        return consult
