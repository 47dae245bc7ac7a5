"""The floor as people may see it: only what is committed. Reading never waits and never fails
because the store is slow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from router.decisions import Snapshot
from router.errors import UnknownAgent, UnknownContact
from router.estimate import estimated_wait_s
from router.ledger import Ledger, let_go
from router.model import Agent, Contact
from router.store import Entry


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contact stands: 1 is next."""

    position: int
    estimated_wait_s: int | None


class Floor:
    def __init__(self) -> None:
        self._live: dict[str, Contact] = {}
        self._ended: OrderedDict[str, Contact] = OrderedDict()
        self._ids: dict[int, str] = {}
        self._agents: dict[str, Agent] = {}
        self._places: dict[str, Place] = {}

    def show(self, entry: Entry) -> None:
        """Take over what was just committed."""
        for contact in entry.contacts:
            if contact.state != "waiting":
                self._places.pop(contact.id, None)
            if contact.live:
                self._live[contact.id] = contact
                self._ids[contact.number] = contact.id
                continue
            self._live.pop(contact.id, None)
            self._ids.pop(contact.number, None)
            self._ended[contact.id] = contact
            let_go(self._ended, self._agents.get)
        # After the contacts: one that has just left an agent's hands stays for its wrap-up.
        for agent in entry.agents:
            self._agents[agent.id] = agent

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

    def place(self, snapshot: Snapshot, ledger: Ledger) -> list[Contact]:
        """Work out everybody's position and wait anew; return the contacts for whom it changed."""
        changed = []
        for queue in snapshot.queues:
            mean_s = ledger.handling[ledger.queues[queue.queue].id].mean_s
            for position, number in enumerate(queue.waiting, start=1):
                contact = self.waiting(number)
                if contact is None:  # the decision that moved it is not committed yet
                    continue
                place = Place(position, estimated_wait_s(position, mean_s, queue.staffed))
                if self._places.get(contact.id) != place:
                    self._places[contact.id] = place
                    changed.append(self._placed(contact))
        return changed

    def _placed(self, contact: Contact) -> Contact:
        place = self._places.get(contact.id)
        if place is None:
            return contact
        return replace(contact, position=place.position, estimated_wait_s=place.estimated_wait_s)
