"""What agents do: sign in and out, be ready or not, answer offers, wrap up."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from router import commands as c
from router.centre.core import Core
from router.errors import Invalid, UnknownQueue
from router.model import AGENT_NAME_BOUND, Agent, AgentId, NotReadyReason
from router.store import Entry
from router.text import check_text

# One call at a time for now: the matcher gives an agent one reservation.
VIDEO_SLOTS = 1


class AgentCalls(Core):
    async def sign_in(self, agent_id: str, name: str, queues: Iterable[str] | None = None) -> Agent:
        """The agent comes onto the floor, not ready yet, for these queues (all unless given).

        One who is there already (a reloaded page, a call that survived a restart) stays as they
        are; it counts as a heartbeat. Raises UnknownQueue, Invalid, Busy.
        """
        known = self._ledger.find_agent(agent_id)
        if known is not None and known.signed_in:
            await self.heartbeat(agent_id)
            return self._floor.agent(agent_id)
        chosen = self._choose_queues(agent_id, name, queues)
        self._writer.check_room()
        agent = self._ledger.introduce(agent_id, name, chosen)
        self._writer.put(Entry(agents=[agent]))
        await self._dispatch.order(
            c.AgentSignIn(
                agent=agent.number,
                queues=[self._ledger.queue_numbers[queue] for queue in chosen],
                video_slots=VIDEO_SLOTS,
            )
        )
        return self._floor.agent(agent_id)

    def _choose_queues(
        self, agent_id: str, name: str, queues: Iterable[str] | None
    ) -> tuple[str, ...]:
        try:
            msgspec.convert(agent_id, AgentId)
        except msgspec.ValidationError:
            what = "an agent's id has 1 to 64 of the characters A-Z a-z 0-9 . _ @ -"
            raise Invalid(what, field="agent") from None
        check_text(name, "name", longest=AGENT_NAME_BOUND)
        if queues is None:
            return tuple(self._ledger.queue_numbers)
        chosen = tuple(dict.fromkeys(queues))
        for queue in chosen:
            if queue not in self._queues:
                raise UnknownQueue(f"there is no queue {queue!r}", field="queues")
        return chosen

    async def sign_out(self, agent_id: str) -> None:
        """The agent leaves the floor; an offer that rings goes back. Raises UnknownAgent,
        WrongState during a call."""
        await self._dispatch.order(c.AgentSignOut(agent=self._ledger.agent(agent_id).number))

    async def ready(self, agent_id: str) -> None:
        """The agent takes contacts, from now or from the end of the wrap-up. Raises UnknownAgent,
        WrongState."""
        await self._dispatch.order(c.AgentReady(agent=self._ledger.agent(agent_id).number))

    async def not_ready(self, agent_id: str, reason: NotReadyReason = "break") -> None:
        """The agent takes none, from now or from the end of the wrap-up; an offer that rings goes
        back. `reason` is "break", "training" or "meeting". Raises UnknownAgent, WrongState."""
        number = self._ledger.agent(agent_id).number
        if reason not in ("break", "training", "meeting"):
            raise Invalid("a reason is break, training or meeting", field="reason")
        await self._dispatch.order(c.AgentNotReady(agent=number, reason=reason))

    async def heartbeat(self, agent_id: str) -> None:
        """The agent's page is alive. Raises UnknownAgent if the agent isn't signed in."""
        await self._dispatch.order(c.AgentHeartbeat(agent=self._ledger.agent(agent_id).number))

    async def accept(self, contact_id: str, agent_id: str, epoch: int) -> None:
        """The agent takes the offer. Raises StaleReservation, UnknownContact, UnknownAgent,
        WrongState."""
        contact, agent = self._ledger.live_contact(contact_id), self._ledger.agent(agent_id)
        await self._dispatch.order(
            c.Accept(contact=contact.number, agent=agent.number, epoch=epoch)
        )

    async def reject(self, contact_id: str, agent_id: str, epoch: int) -> None:
        """The agent declines the offer and is set not ready; the contact goes to the next.
        Raises StaleReservation, UnknownContact, UnknownAgent, WrongState."""
        contact, agent = self._ledger.live_contact(contact_id), self._ledger.agent(agent_id)
        await self._dispatch.order(
            c.Reject(contact=contact.number, agent=agent.number, epoch=epoch)
        )

    async def wrap_up_done(self, agent_id: str, contact_id: str) -> None:
        """The agent has finished with an ended contact. Raises UnknownAgent, UnknownContact,
        WrongState."""
        agent, contact = self._ledger.agent(agent_id), self._ledger.contact(contact_id)
        await self._dispatch.order(c.WrapUpDone(agent=agent.number, contact=contact.number))

    def agent(self, agent_id: str) -> Agent:
        """Raises UnknownAgent if the agent never signed in."""
        return self._floor.agent(agent_id)

    def agents(self) -> list[Agent]:
        """Everybody who ever signed in, offline ones too."""
        return self._floor.agents()
