"""For whom a contact is meant, and who served its customer before."""

from __future__ import annotations

from router import affinity
from router.centre.callbacks import AHEAD_MAX_US
from router.centre.core import Core
from router.errors import UnknownAgent
from router.model import Contact, Customer
from router.suggestion import suggestion
from router.wanted import Wanted


class AffinityCalls(Core):
    def _check_affinity(self, wanted: Wanted, customer: Customer) -> None:
        """Raise Invalid, UnknownAgent."""
        if (meant := wanted.affinity) is None:
            return
        affinity.check(meant, customer.key)
        known = self._ledger.agent_ids
        if meant.agent is not None and meant.agent not in known:
            detail = f"there is no agent {meant.agent[:64]!r}; {suggestion(meant.agent, known)}"
            raise UnknownAgent(detail, field="affinity.agent")

    async def _served_last(self, customer: Customer) -> str | None:
        return None if customer.key is None else await self._store.last_agent(customer.key)

    def _meant_for(self, contact: Contact, wanted: Wanted) -> str | None:
        if wanted.affinity is None:
            return None
        return wanted.affinity.agent or contact.last_agent

    def _serves(self, agent_id: str, queue: str) -> bool:
        """Whether the agent is signed in to the queue; ready or not."""
        agent = self._ledger.find_agent(agent_id)
        return agent is not None and agent.signed_in and queue in agent.queues

    def _hold_s(self, wanted: Wanted, due_us: int | None) -> float:
        """Until how long after its arrival the contact is held; a callback from when it is due."""
        hold_s = affinity.HOLD_S if wanted.affinity is None else wanted.affinity.hold_s
        if due_us is None:
            return hold_s
        return min(hold_s + max(0.0, (due_us - self._clock()) / 1e6), AHEAD_MAX_US / 1e6)
