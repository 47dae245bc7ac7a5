"""What agents are given, an assignment, and do: sign in and out, be ready or not, answer offers,
wrap up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from router import assignment
from router import commands as c
from router.capacity import check_capacity
from router.centre.core import Core
from router.directory import GROUPS_HAD_BOUND
from router.errors import Invalid, UnknownAgent, UnknownQueue
from router.model import (
    AGENT_NAME_BOUND,
    RANK_MAX,
    WEIGHT_MAX,
    Actor,
    Agent,
    AgentId,
    Assignment,
    Capacity,
    NotReadyReason,
    RejectReason,
)
from router.region import HAD_BOUND as REGIONS_HAD_BOUND
from router.skills import HAD_BOUND, check_levels
from router.store import Entry
from router.text import check_text


class AgentCalls(Core):
    async def sign_in(self, agent_id: str, name: str, queues: Iterable[str] | None = None) -> Agent:
        """The agent comes onto the floor, not ready yet, for those of the assigned queues that are
        in `queues` (all unless given); without an assignment for `queues`, or every queue.

        One who is there already (a reloaded page, a call that survived a restart) stays as they
        are; it counts as a heartbeat. Raises UnknownQueue, Invalid, Busy.
        """
        known = self._ledger.find_agent(agent_id)
        if known is not None and known.signed_in:
            await self.heartbeat(agent_id)
            return self._floor.agent(agent_id)
        _check_id(agent_id)
        check_text(name, "name", longest=AGENT_NAME_BOUND)
        restricted_to = None if queues is None else self._check_queues(queues)
        self._writer.check_room()
        agent = self._ledger.introduce(agent_id)
        agent = self._serving(replace(agent, name=name, restricted_to=restricted_to))
        self._ledger.put_agent(agent)
        self._writer.put(Entry(agents=[agent]))
        await self._dispatch.order(assignment.sign_in(self._ledger, agent))
        return self._floor.agent(agent_id)

    async def assign(self, agent_id: str, given: Assignment, *, by: Actor) -> Agent:
        """Give an agent an assignment, in place of any before: at once if the agent is on the floor
        (an offer that rings and a call go on), and at each sign-in from now on.

        Someone nobody knows yet becomes known. Raises UnknownQueue, UnknownSkill, UnknownGroup,
        UnknownRegion, Invalid, Busy.
        """
        _check_id(agent_id)
        queues = None if given.queues is None else self._check_queues(given.queues)
        check_levels(given.skills, "skills", known=self._skills, bound=HAD_BOUND)
        self._directory.check_groups(given.groups, "groups", bound=GROUPS_HAD_BOUND)
        self._directory.check_regions(given.regions, "regions", bound=REGIONS_HAD_BOUND)
        check_capacity(given.capacity or Capacity(), "capacity")
        for field, value, low, high in (
            ("weight", given.weight, 1, WEIGHT_MAX),
            ("rank", given.rank, 0, RANK_MAX),
        ):
            if not low <= value <= high:
                raise Invalid(f"{field} is {low} to {high}, not {value}", field=field)
        self._writer.check_room()
        agent = self._ledger.introduce(agent_id)
        agent = self._serving(replace(agent, assignment=replace(given, queues=queues)))
        # Whoever signs in at this moment is on the matcher's floor before the ledger's, so the
        # matcher is told in any case; refused there, nothing has changed here.
        told = self._dispatch.send(assignment.assign(self._ledger, agent))
        self._ledger.put_agent(agent)
        data = {**msgspec.to_builtins(agent.assignment), "by": {"role": by.role, "id": by.id}}
        event = self._event("agent.assigned", agent=agent_id, **data)
        await self._dispatch.write(Entry(agents=[agent], events=[event]))
        with contextlib.suppress(UnknownAgent):  # not on the floor
            await told.wait()
        return self._floor.agent(agent_id)

    def _serving(self, agent: Agent) -> Agent:
        return replace(agent, queues=assignment.served(self._ledger, agent))

    def _check_queues(self, queues: Iterable[str]) -> tuple[str, ...]:
        chosen = tuple(dict.fromkeys(queues))
        for queue in chosen:
            if queue not in self._queues:
                raise UnknownQueue(f"there is no queue {queue!r}", field="queues")
        return chosen

    async def sign_out(
        self, agent_id: str, *, force: bool = False, by: Actor | None = None
    ) -> None:
        """The agent leaves the floor; an offer that rings goes back. With `force` also out of a
        contact, which goes back to its place. `by`: somebody else's order. Raises UnknownAgent,
        WrongState with a contact."""
        number = self._ledger.agent(agent_id).number
        await self._dispatch.order(c.AgentSignOut(agent=number, force=force), actor=by)

    async def direct(
        self, agent_id: str, *, ready: bool, reason: NotReadyReason = "break", by: Actor
    ) -> Agent:
        """Somebody else changes an agent's state, as `ready` and `not_ready` do; the log says who,
        with the first contact that the agent talks or writes to by then, if any.
        Raises UnknownAgent, Invalid, Busy."""
        if ready:
            await self.ready(agent_id)
        else:
            await self.not_ready(agent_id, reason, by=by)
        self._writer.check_room()
        whom = {"role": by.role, "id": by.id}
        work = self._ledger.agent(agent_id).work
        live = [self._ledger.live.find(one.contact) for one in work if one.wrap_up_ends_us is None]
        engaged = (one.id for one in live if one and one.state in ("accepted", "connected"))
        contact = next(engaged, None)
        event = self._event("agent.directed", contact=contact, agent=agent_id, ready=ready, by=whom)
        await self._dispatch.write(Entry(events=[event]))
        return self._floor.agent(agent_id)

    async def ready(self, agent_id: str) -> None:
        """The agent takes contacts, from now or from the end of the wrap-up. Raises UnknownAgent,
        WrongState."""
        await self._dispatch.order(c.AgentReady(agent=self._ledger.agent(agent_id).number))

    async def not_ready(
        self, agent_id: str, reason: NotReadyReason = "break", *, by: Actor | None = None
    ) -> None:
        """The agent takes none, from now or from the end of the wrap-up; an offer that rings goes
        back. `reason` is "break", "training" or "meeting"; `by`: somebody else's order. Raises
        UnknownAgent, WrongState."""
        number = self._ledger.agent(agent_id).number
        if reason not in ("break", "training", "meeting"):
            raise Invalid("a reason is break, training or meeting", field="reason")
        await self._dispatch.order(c.AgentNotReady(agent=number, reason=reason), actor=by)

    async def heartbeat(self, agent_id: str) -> None:
        """The agent's page is alive. Raises UnknownAgent if the agent isn't signed in."""
        agent = self._ledger.agent(agent_id)
        await self._dispatch.order(c.AgentHeartbeat(agent=agent.number))
        if agent_id in self._returning:
            self._returning.discard(agent_id)
            await self._dispatch.order(assignment.assign(self._ledger, agent))

    async def accept(self, contact_id: str, agent_id: str, epoch: int) -> None:
        """The agent takes the offer. Raises StaleReservation, UnknownContact, UnknownAgent,
        WrongState."""
        contact, agent = self._ledger.live_contact(contact_id), self._ledger.agent(agent_id)
        await self._dispatch.order(
            c.Accept(contact=contact.number, agent=agent.number, epoch=epoch)
        )

    async def reject(
        self, contact_id: str, agent_id: str, epoch: int, reason: RejectReason | None = None
    ) -> None:
        """The agent declines the offer and is set not ready; the contact goes to the next. Why is
        kept in its log. Raises StaleReservation, UnknownContact, UnknownAgent, WrongState."""
        contact, agent = self._ledger.live_contact(contact_id), self._ledger.agent(agent_id)
        await self._dispatch.order(
            c.Reject(contact=contact.number, agent=agent.number, epoch=epoch), reason=reason
        )

    async def wrap_up_done(self, agent_id: str, contact_id: str) -> None:
        """The agent has finished with an ended contact. Raises UnknownAgent, UnknownContact,
        WrongState."""
        agent, contact = self._ledger.agent(agent_id), self._ledger.contact(contact_id)
        await self._dispatch.order(c.WrapUpDone(agent=agent.number, contact=contact.number))

    def agent(self, agent_id: str) -> Agent:
        """Raises UnknownAgent if the agent never signed in and was never assigned."""
        return self._floor.agent(agent_id)

    def agents(self) -> list[Agent]:
        """Everybody who ever signed in or was assigned, offline ones too."""
        return self._floor.agents()


def _check_id(agent_id: str) -> None:
    try:
        msgspec.convert(agent_id, AgentId)
    except msgspec.ValidationError:
        what = "an agent's id has 1 to 64 of the characters A-Z a-z 0-9 . _ @ -"
        raise Invalid(what, field="agent") from None
