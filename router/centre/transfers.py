"""A contact goes on to another queue, from wherever it is."""

from __future__ import annotations

from msgspec.structs import replace

from router import commands as c
from router.admission import treatment
from router.centre.contacts import ContactCalls
from router.errors import UnknownQueue, WrongState
from router.model import LEGS_BOUND, Actor, Contact, QueueSettings
from router.relaxation import max_wait, stages, steps


class TransferCalls(ContactCalls):
    async def transfer(self, contact_id: str, queue_id: str, *, by: Actor) -> Contact:
        """The contact goes on to another queue, at the place of its first arrival: from its place,
        from an offer, or out of a call or chat, whose agent wraps up. An agent transfers what they
        have accepted, others any live contact.

        No queue is too full for it. Raises UnknownContact, UnknownQueue, QueueClosed,
        QueueUnstaffed (where the queue lets nobody wait then), WrongState, Busy.
        """
        contact = self._ledger.live_contact(contact_id)
        if queue_id not in self._queues:
            raise UnknownQueue(f"there is no queue {queue_id!r}", field="queue")
        self._check_transferable(contact, queue_id, by)
        queue = self._queues[queue_id]
        obstacle = self._obstacle(queue)
        if obstacle is not None and treatment(queue, obstacle) != "wait":
            raise self._refusal(queue, obstacle, "refuse")
        before = self._ledger.settings(contact.queue)
        redirected = redirect(contact, before, queue)
        command = c.Transfer(arrival=self._ledger.arrival(redirected))
        await self._dispatch.order(command, contact=redirected, actor=by)
        return self._floor.contact(contact_id)

    def _check_transferable(self, contact: Contact, queue_id: str, by: Actor) -> None:
        engaged = contact.state in ("accepted", "connected")
        if by.role == "agent" and not (engaged and contact.agent == by.id):
            raise WrongState(f"contact {contact.id} is not with agent {by.id}")
        if contact.queue == queue_id and not engaged:
            raise WrongState(f"contact {contact.id} is in queue {queue_id} already", field="queue")
        if len(contact.legs) >= LEGS_BOUND:
            raise WrongState(f"contact {contact.id} was with {LEGS_BOUND} agents, the most it may")


def redirect(contact: Contact, before: QueueSettings, after: QueueSettings) -> Contact:
    """The contact as it comes to another queue. What the queue before asked of it falls away; what
    it needs by itself stays."""
    own = {
        name: level
        for name, level in contact.requires.items()
        if before.requires.get(name) != level
    }
    needed = {**after.requires, **own}
    had_agent = contact.accepted_us is not None or bool(contact.legs)
    return replace(
        contact,
        queue=after.id,
        requires=needed,
        relax=stages(after.id, needed, steps(after)),
        relaxed=0,
        entered=None,
        asked=contact.asked or contact.entered or contact.queue,
        # Whom an agent has had is not sent away for waiting.
        max_wait=None if had_agent or contact.kind != "call" else max_wait(after),
        offers=(),
    )
