"""What must hold in every log, whatever happened: checked by reading it as an outsider would."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from router.model import Event

Key = tuple[int, int, str]

# What the office gives every agent: one call beside this many chats.
CHATS_BOUND = 3


def check(log: list[Event]) -> Counter[str]:
    """Assert the invariants of a log that is complete; return how often each event occurs."""
    assert [event.seq for event in log] == list(range(1, len(log) + 1)), "the log has gaps"
    assert all(a.at_us <= b.at_us for a, b in pairwise(log)), "time runs back"
    reading = Reading()
    for event in log:
        reading.follow(event)
    assert not reading.with_agent, f"still with an agent: {reading.with_agent}"
    assert not any(reading.waiting.values()), f"still waiting: {reading.waiting}"
    return Counter(event.type for event in log)


class Reading:
    """Where everybody is, according to the log so far."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {}
        self.queues: dict[str, str] = {}
        self.waiting: dict[str, set[str]] = {}
        self.with_agent: dict[str, str] = {}
        self.chats: set[str] = set()
        self.ended: set[str] = set()

    def follow(self, event: Event) -> None:
        contact, agent = event.contact or "", event.agent or ""
        late = event.type.startswith("agent.") or event.type == "contact.notes_changed"
        assert not event.contact or contact not in self.ended or late
        match event.type:
            case "contact.enqueued":
                assert contact not in self.keys, "enqueued twice"
                self.queues[contact] = event.data["queue"]
                if event.data["channel"] == "chat":
                    self.chats.add(contact)
                self.keys[contact] = (-event.data["priority"], event.data["arrived_us"], contact)
                self._wait(contact)
            case "reservation.created":
                self._reserve(contact, agent)
            case "contact.requeued":
                self.with_agent.pop(contact)
                self._wait(contact)
            case "contact.transferred":
                self.waiting[self.queues[contact]].discard(contact)
                self.with_agent.pop(contact, None)
                self.queues[contact] = event.data["queue"]
                if "to" in event.data:
                    self.with_agent[contact] = event.data["to"]
                else:
                    self._wait(contact)
            case "reservation.accepted" | "contact.connected":
                assert self.with_agent[contact] == agent
            case "contact.abandoned" | "contact.completed":
                self.waiting[self.queues[contact]].discard(contact)
                self.with_agent.pop(contact, None)
                self.ended.add(contact)

    def _wait(self, contact: str) -> None:
        self.waiting.setdefault(self.queues[contact], set()).add(contact)

    def _reserve(self, contact: str, agent: str) -> None:
        assert contact not in self.with_agent, "a contact with two agents"
        held = [one for one, other in self.with_agent.items() if other == agent]
        alike = [one for one in held if (one in self.chats) == (contact in self.chats)]
        bound = CHATS_BOUND if contact in self.chats else 1
        assert len(alike) < bound, "an agent with more than the capacity"
        waiting = {
            one
            for one in self.waiting[self.queues[contact]]
            if (one in self.chats) == (contact in self.chats)
        }
        assert min(waiting, key=self.keys.__getitem__) == contact, "somebody was overtaken"
        self.waiting[self.queues[contact]].remove(contact)
        self.with_agent[contact] = agent
