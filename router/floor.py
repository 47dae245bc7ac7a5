"""The floor as people may see it: only what is committed. Reading never waits and never fails
because the store is slow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Generator, Iterator

from msgspec.structs import replace

from router.errors import UnknownAgent, UnknownContact
from router.ledger import Ledger, let_go
from router.model import Agent, Contact, ContactState
from router.places import Places
from router.returned import Returned
from router.roll import Roll
from router.store import Entry


class Floor:
    def __init__(self, places: Places) -> None:
        self.places = places
        self._live = Roll()
        self._unplaced: Collection[Returned] = ()
        self._ended: OrderedDict[str, Contact] = OrderedDict()
        self._agents: dict[str, Agent] = {}

    def begin(self, ledger: Ledger, returned: Collection[Returned] = ()) -> None:
        """Show what was loaded, all of it committed; `returned` are those of it who wait again."""
        self._live = ledger.live.copy()
        self._agents = {agent.id: agent for agent in ledger.agents.values()}
        for contact in self._live.changed:
            self.places.follow_contact(None, contact)
        for agent in self._agents.values():
            self._follow_agent(agent)
        self._unplaced = returned

    def place_returned(self) -> Generator[None]:
        """Give those who waited before a restart their places, in steps (`Places.follow_returned`).
        Until all have one nobody is told theirs: it would be too far in front."""
        yield from self.places.follow_returned(self._unplaced, self._live.documents)
        self._unplaced = ()

    def show(self, entry: Entry) -> None:
        """Take over what was just committed."""
        for contact in entry.contacts:
            before = self._live.get(contact.number) or self._ended.get(contact.id)
            self.places.follow_contact(before, contact)
            if contact.live:
                self._live.put(contact)
                continue
            self._live.remove(contact)
            self._ended[contact.id] = contact
            let_go(self._ended, self._agents.get)
        # After the contacts: one that has just left an agent's hands stays for its wrap-up.
        for agent in entry.agents:
            self._agents[agent.id] = agent
            self._follow_agent(agent)

    def _follow_agent(self, agent: Agent) -> None:
        with_contact = self._with(agent)
        self.places.follow_agent(agent, None if with_contact is None else with_contact.queue)

    def _with(self, agent: Agent) -> Contact | None:
        if not agent.work:
            return None
        contact_id = agent.work[0].contact
        return self._live.find(contact_id) or self._ended.get(contact_id)

    def contact(self, contact_id: str) -> Contact:
        """A contact that is live or ended lately. Raises UnknownContact."""
        contact = self._live.find(contact_id) or self._ended.get(contact_id)
        if contact is None:
            raise UnknownContact(f"no contact {contact_id!r} is live")
        return self._placed(contact)

    def contacts(self) -> Iterator[Contact]:
        """Every live contact, oldest first."""
        return map(self._placed, self._live)

    def with_agents(self) -> Iterator[Contact]:
        """Live contacts that an agent has or is offered."""
        for agent in self._agents.values():
            for work in agent.work:
                contact = self._live.find(work.contact)
                if (
                    contact is not None
                    and contact.agent == agent.id
                    and work.wrap_up_ends_us is None
                ):
                    yield contact

    def in_line(self, queue_id: str, most: int) -> Iterator[Contact]:
        """The `most` who are served next of those who wait in a queue."""
        numbers = self.places.in_line(queue_id, most)
        return (one for one in map(self._live.get, numbers) if one is not None)

    def changed(self) -> list[Contact]:
        """Live contacts but those of `untouched`."""
        return list(self._live.changed)

    def untouched(self) -> Iterator[str]:
        """The ids of those who waited before a restart and have done nothing else since."""
        return self._live.untouched()

    def count(self, queue_id: str, state: ContactState) -> int:
        """How many live contacts of a queue are in a state."""
        return self._live.count(queue_id, state)

    def agent(self, agent_id: str) -> Agent:
        """Raises UnknownAgent."""
        agent = self._agents.get(agent_id)
        if agent is None:
            raise UnknownAgent(f"agent {agent_id!r} never signed in")
        return agent

    def agents(self) -> list[Agent]:
        """Every agent who ever signed in or was assigned."""
        return list(self._agents.values())

    def news(self) -> list[Contact]:
        """Those who wait elsewhere, or for another time, than they were told; a part of them if
        they are many (`Places.news`)."""
        changed = map(self._live.get, self.places.news())
        return [self._placed(contact) for contact in changed if contact is not None]

    def _placed(self, contact: Contact) -> Contact:
        standing = None if self._unplaced else self.places.standing(contact.number)
        if standing is None:
            return contact
        return replace(
            contact,
            position=standing.position,
            estimated_wait_s=standing.wait_s,
            estimated_wait_p90_s=standing.wait_p90_s,
        )
