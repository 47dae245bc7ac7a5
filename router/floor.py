"""The floor as people may see it: only what is committed. Reading never waits and never fails
because the store is slow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from router.decisions import QueueSnapshot
from router.errors import UnknownAgent, UnknownContact
from router.estimate import estimated_wait_s
from router.ledger import Ledger, let_go
from router.model import Agent, Contact
from router.roll import Roll
from router.store import Entry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contact stands: 1 is next."""

    position: int
    estimated_wait_s: int | None


class Floor:
    def __init__(self) -> None:
        self._live = Roll()
        self._ended: OrderedDict[str, Contact] = OrderedDict()
        self._agents: dict[str, Agent] = {}
        self._places: dict[str, Place] = {}

    def begin(self, ledger: Ledger) -> None:
        """Show what was loaded: all of it is committed."""
        self._live = ledger.live.copy()
        self._agents = {agent.id: agent for agent in ledger.agents.values()}

    def show(self, entry: Entry) -> None:
        """Take over what was just committed."""
        for agent in entry.agents:
            self._agents[agent.id] = agent
        for contact in entry.contacts:
            if contact.state != "waiting":
                self._places.pop(contact.id, None)
            if contact.live:
                self._live.put(contact)
                continue
            self._live.remove(contact)
            self._ended[contact.id] = contact
            let_go(self._ended, self._agents.get)

    def contact(self, contact_id: str) -> Contact:
        """A contact that is live or ended lately. Raises UnknownContact."""
        contact = self._live.find(contact_id) or self._ended.get(contact_id)
        if contact is None:
            raise UnknownContact(f"no contact {contact_id!r} is live")
        return self._placed(contact)

    def contacts(self) -> Iterator[Contact]:
        """Every live contact, oldest first."""
        return map(self._placed, self._live)

    def waiting(self, number: int) -> tuple[str, int] | None:
        """The id and the arrival of the waiting contact with this number, or None."""
        return self._live.waiting(number)

    def agent(self, agent_id: str) -> Agent:
        """Raises UnknownAgent."""
        agent = self._agents.get(agent_id)
        if agent is None:
            raise UnknownAgent(f"agent {agent_id!r} never signed in")
        return agent

    def agents(self) -> list[Agent]:
        """Every agent who ever signed in or was assigned."""
        return list(self._agents.values())

    def place(
        self, queue: QueueSnapshot, places: range, mean_handling_s: float
    ) -> Iterator[tuple[str, Place]]:
        """Work out these positions of a queue and their waits anew; return the contacts, by id, for
        whom it changed."""
        for position in places:
            found = self._live.waiting(queue.waiting[position - 1])
            if found is None:  # the decision that moved it is not committed yet
                continue
            contact_id, _ = found
            place = Place(position, estimated_wait_s(position, mean_handling_s, queue.staffed))
            if self._places.get(contact_id) != place:
                self._places[contact_id] = place
                yield contact_id, place

    def _placed(self, contact: Contact) -> Contact:
        place = self._places.get(contact.id)
        if place is None:
            return contact
        return replace(contact, position=place.position, estimated_wait_s=place.estimated_wait_s)
