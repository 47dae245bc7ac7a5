"""A contact goes on to another queue, or to one agent, from wherever it is."""

from __future__ import annotations

from router import commands as c
from router.admission import treatment
from router.centre.contacts import ContactCalls
from router.errors import Invalid, UnknownQueue, WrongState
from router.model import LEGS_BOUND, Actor, Contact, QueueSettings
from router.redirection import Giver, redirect
from router.relaxation import steps
from router.wanted import Wanted
from router.wanted import steps as wanted_steps


class TransferCalls(ContactCalls):
    async def transfer(
        self,
        contact_id: str,
        *,
        queue_id: str | None = None,
        agent_id: str | None = None,
        by: Actor,
    ) -> Contact:
        """The contact goes on to another queue, or to one agent (in that queue, or else in its own
        if the agent serves it, or in the agent's first), at the place of its first arrival: from
        its place, from an offer, or out of a call or chat, whose agent wraps up. An agent transfers
        what they have accepted, others any live contact. For an agent it is held as long as an
        affinity holds by default; then it is anybody's who fits. Whoever had it is not offered it
        again for `giver_return_s`, unless nobody else is signed in there to take it.

        No queue is too full for it. Raises UnknownContact, UnknownQueue, UnknownAgent, QueueClosed,
        QueueUnstaffed (where the queue lets nobody wait then), WrongState, Invalid, Busy.
        """
        contact = self._ledger.live_contact(contact_id)
        self._check_transferable(contact, by)
        if agent_id is not None:
            queue_id = self._queue_of(agent_id, contact, queue_id)
        elif queue_id is None:
            raise Invalid("a transfer names a queue or an agent", field="queue")
        queue = self._waits_in(queue_id)
        engaged = contact.state in ("accepted", "connected")
        if contact.queue == queue_id and agent_id is None and not engaged:
            raise WrongState(f"contact {contact.id} is in queue {queue_id} already", field="queue")
        came_with = Wanted(region=contact.region, vip=contact.vip)
        redirected = redirect(
            contact,
            self._ledger.settings(contact.queue),
            queue,
            [*steps(queue), *wanted_steps(came_with, queue, self._directory)],
            agent_id=agent_id,
            giver=self._giver(contact, queue_id) if engaged else None,
            now_us=self._clock(),
        )
        command = c.Transfer(arrival=self._ledger.arrival(redirected))
        await self._dispatch.order(command, contact=redirected, actor=by)
        return self._floor.contact(contact_id)

    def _check_transferable(self, contact: Contact, by: Actor) -> None:
        engaged = contact.state in ("accepted", "connected")
        if by.role == "agent" and not (engaged and contact.agent == by.id):
            raise WrongState(f"contact {contact.id} is not with agent {by.id}")
        if contact.about is not None:
            raise WrongState("a consultation is not transferred")
        if len(contact.legs) >= LEGS_BOUND:
            raise WrongState(f"contact {contact.id} was with {LEGS_BOUND} agents, the most it may")

    def _giver(self, contact: Contact, queue_id: str) -> Giver | None:
        """Whose hands the contact leaves, if somebody else is there to have it."""
        agent_id, for_s = contact.agent, self._giver_return_s
        others = (
            agent
            for agent in self._ledger.agents.values()
            if agent.id != agent_id and agent.signed_in and queue_id in agent.queues
        )
        if agent_id is None or for_s <= 0:
            return None
        if not any(self.slots(agent, contact.channel) for agent in others):
            return None
        return Giver(agent_id, for_s)

    def _waits_in(self, queue_id: str) -> QueueSettings:
        """The queue, which lets somebody wait now. Raises UnknownQueue, QueueClosed,
        QueueUnstaffed."""
        if queue_id not in self._queues:
            raise UnknownQueue(f"there is no queue {queue_id!r}", field="queue")
        queue = self._queues[queue_id]
        obstacle = self._obstacle(queue)
        if obstacle is not None and treatment(queue, obstacle) != "wait":
            raise self._refusal(queue, obstacle, "refuse")
        return queue

    def _queue_of(self, agent_id: str, contact: Contact, queue_id: str | None) -> str:
        """Where the agent is to get the contact."""
        agent = self._ledger.agent(agent_id)
        if agent_id == contact.agent:
            raise WrongState(f"contact {contact.id} is with agent {agent_id}", field="agent")
        served = agent.queues if agent.signed_in else ()
        found = queue_id or (contact.queue if contact.queue in served else next(iter(served), None))
        if found is None or found not in served:
            where = "anywhere" if found is None else f"to queue {found}"
            raise WrongState(f"agent {agent_id} is not signed in {where}", field="agent")
        return found
