"""The floor as people may see it: only what is committed. Reading never waits and never fails
because the store is slow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from msgspec.structs import replace

from router.errors import UnknownAgent, UnknownContact
from router.ledger import let_go
from router.model import Agent, Contact
from router.places import Places
from router.store import Entry


class Floor:
    def __init__(self, places: Places) -> None:
        self.places = places
        self._live: dict[str, Contact] = {}
        self._ended: OrderedDict[str, Contact] = OrderedDict()
        self._ids: dict[int, str] = {}
        self._agents: dict[str, Agent] = {}

    def show(self, entry: Entry) -> None:
        """Take over what was just committed."""
        for agent in entry.agents:
            self._agents[agent.id] = agent
        for contact in entry.contacts:
            before = self._live.get(contact.id) or self._ended.get(contact.id)
            self.places.follow_contact(before, contact)
            if contact.live:
                self._live[contact.id] = contact
                self._ids[contact.number] = contact.id
                continue
            self._live.pop(contact.id, None)
            self._ids.pop(contact.number, None)
            self._ended[contact.id] = contact
            let_go(self._ended, self._agents.get)
        for agent in entry.agents:
            with_contact = self._with(agent)
            queue = None if with_contact is None else with_contact.queue
            self.places.follow_agent(agent, queue)

    def _with(self, agent: Agent) -> Contact | None:
        if agent.contact is None:
            return None
        return self._live.get(agent.contact) or self._ended.get(agent.contact)

    def contact(self, contact_id: str) -> Contact:
        """A contact that is live or ended lately. Raises UnknownContact."""
        contact = self._live.get(contact_id) or self._ended.get(contact_id)
        if contact is None:
            raise UnknownContact(f"no contact {contact_id!r} is live")
        return self._placed(contact)

    def contacts(self) -> Iterator[Contact]:
        """Every live contact, oldest first."""
        return map(self._placed, tuple(self._live.values()))

    def waiting(self, number: int) -> Contact | None:
        """The waiting contact with this number, or None."""
        contact = self._live.get(self._ids.get(number, ""))
        return contact if contact is not None and contact.state == "waiting" else None

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
        changed = map(self.waiting, self.places.news())
        return [self._placed(contact) for contact in changed if contact is not None]

    def _placed(self, contact: Contact) -> Contact:
        standing = self.places.standing(contact.number)
        if standing is None:
            return contact
        return replace(
            contact,
            position=standing.position,
            estimated_wait_s=standing.wait_s,
            estimated_wait_p90_s=standing.wait_p90_s,
        )
