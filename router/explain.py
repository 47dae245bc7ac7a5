"""A contact's story in sentences, as a supervisor would tell it: to whom it was offered and why,
why it came back, how it ended. A function of the contact and its events and of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import msgspec

from router.model import Contact, Event
from router.requirement import agent_of, agent_shut_out, kind, of_no_agent, told
from router.sentences import SENTENCES, Language

# What the strategies compare of an agent who has done nothing yet, or not served the customer
# (native/acd).
_NEVER: Final = {"round_robin": 0, "least_occupied": -(2**63), "sticky": 1}
# The strategy weighted counts in millionths of a contact.
_SHARE: Final = 1_000_000


class Sentence(msgspec.Struct, frozen=True):
    """What one event of the log comes to."""

    seq: int
    at_us: int
    text: str


@dataclass(frozen=True)
class Reader:
    """For whom it is told: the language, the clock on the wall, what things are called there."""

    language: Language
    zone: tzinfo
    agent: Callable[[str], str]
    queue: Callable[[str], str]
    skill: Callable[[str], str]

    def say(self, key: str, **values: object) -> str:
        return SENTENCES[key][self.language].format_map(values)

    def duration(self, span_us: int) -> str:
        whole_s = max(0, span_us) // 1_000_000
        minutes, s = divmod(whole_s, 60)
        h, m = divmod(minutes, 60)
        key = "hours" if h else "minutes" if m else "seconds"
        return self.say(key, h=h, m=m, s=s)


def explain(contact: Contact, events: Iterable[Event], reader: Reader) -> list[Sentence]:
    """One sentence for each decision among the contact's events, which come in the log's order."""
    story = _Story(contact, reader)
    told = ((event, story.tell(event)) for event in events)
    return [Sentence(event.seq, event.at_us, text) for event, text in told if text is not None]


class _Story:
    """What has been told so far: an event that ends an offer needn't name its agent."""

    def __init__(self, contact: Contact, reader: Reader) -> None:
        self._contact = contact
        self._reader = reader
        self._queue = contact.entered or contact.queue
        self._requires = contact.requires
        self._agent = ""
        self._why: str | None = None
        # When the wait began, or an agent let it go.
        self._began_us = contact.arrived_us

    def tell(self, event: Event) -> str | None:
        """The event's sentence; None if it decides nothing."""
        if event.agent is not None:
            self._agent = self._reader.agent(event.agent)
        data = event.data
        match event.type:
            case "contact.enqueued":
                return self._arrived(event)
            case "reservation.created":
                return self._offered(event, data["decision"])
            case "reservation.accepted":
                return self._say("accepted", event)
            case "reservation.rejected":
                self._why = data.get("reason")
            case "contact.requeued":
                return self._back(event)
            case "contact.transferred":
                return self._transferred(event)
            case "contact.consulted":
                return self._consulted(event)
            case "contact.conferred":
                return self._say("conferred", event, to=self._reader.agent(data["to"]))
            case "agent.directed":
                key = "directed.ready" if data["ready"] else "directed.not_ready"
                return self._say(key, event, who=self._who(data.get("by")))
            case "contact.relaxed":
                return self._relaxed(event)
            case "contact.moved":
                self._queue = data["queue"]
                return self._say("taken", event)
            case "callback.requested":
                return self._say("callback", event)
            case "contact.deferred":
                return self._say("deferred", event, until=self._time(data["until_us"]))
            case "contact.due":
                return self._say("due", event)
            case "contact.overdue":
                waited = self._reader.duration(event.at_us - self._contact.arrived_us)
                return self._say("overdue", event, waited=waited)
            case "contact.unstaffed":
                return self._say("unstaffed", event)
            case "contact.dismissed":
                waited = self._reader.duration(event.at_us - self._contact.arrived_us)
                return self._say(f"dismissed.{data['reason']}", event, waited=waited)
            case "contact.message_left":
                self._queue = data["queue"]
                return self._say("message", event)
            case "contact.connected":
                key = "connected.phoned" if self._contact.phoned else "connected"
                return self._say(key, event)
            case "contact.completed":
                talk = self._reader.duration(data["talk_us"])
                return self._say("completed", event, by=self._by(data["by"]), talk=talk)
            case "contact.abandoned":
                waited = self._reader.duration(event.at_us - self._contact.arrived_us)
                by = self._by(data["by"])
                return self._say(f"abandoned.{data['phase']}", event, by=by, waited=waited)
        return None

    def _arrived(self, event: Event) -> str:
        self._queue = event.data.get("queue", self._queue)
        self._requires = event.data.get("requires", self._requires)
        priority = ".priority" if self._contact.priority else ""
        key = f"arrived{priority}{self._skilled()}"
        text = self._say(key, event, priority=self._contact.priority)
        if self._contact.phoned:
            text += self._reader.say("phoned")
        for what in ("vip", "issue"):
            if (id := event.data.get(what)) is not None:
                text += self._reader.say(what, name=self._reader.skill(f"{what}:{id}"))
        if (asked := event.data.get("asked")) is not None:
            text += self._reader.say("asked", queue=self._reader.queue(asked))
        if (meant_for := event.data.get("meant_for")) is not None:
            held = agent_of(self._requires) is not None
            name = self._reader.agent(meant_for)
            text += self._reader.say(
                "meant_for.held" if held else "meant_for.absent", meant_for=name
            )
        return text + self._kept_from("kept_from.asks")

    def _back(self, event: Event) -> str:
        reason, by = event.data["reason"], event.data.get("by")
        if reason == "rejected" and self._why is not None:
            return self._say(
                "back.rejected.because", event, why=self._reader.say(f"why.{self._why}")
            )
        if by is not None and f"back.{reason}.ordered" in SENTENCES:
            return self._say(f"back.{reason}.ordered", event, who=self._who(by))
        return self._say(f"back.{reason}", event)

    def _transferred(self, event: Event) -> str:
        data, who = event.data, self._who(event.data.get("by"))
        if (to := data.get("to")) is not None:
            talk = self._reader.duration(data["talk_us"])
            text = self._say("handed_over", event, to=self._reader.agent(to), talk=talk)
            self._agent = self._reader.agent(to)
            return text
        self._queue, self._requires = data["queue"], data["requires"]
        if event.agent is None:
            text = self._say("transferred.line", event, who=who)
        else:
            self._began_us = event.at_us
            talk = self._reader.duration(data["talk_us"])
            own = data.get("by") == {"role": "agent", "id": event.agent}
            key = "transferred" if own else "transferred.taken"
            text = self._say(key, event, who=who, talk=talk)
        if (meant_for := data.get("meant_for")) is not None:
            return text + self._reader.say(
                "meant_for.held", meant_for=self._reader.agent(meant_for)
            )
        return text + self._kept_from("kept_from")

    def _kept_from(self, key: str) -> str:
        giver = agent_shut_out(self._requires)
        return "" if giver is None else self._reader.say(key, giver=self._reader.agent(giver))

    def _consulted(self, event: Event) -> str:
        queue, meant_for = event.data["queue"], event.data.get("meant_for")
        if meant_for is not None:
            return self._say("consulted.agent", event, to=self._reader.agent(meant_for))
        return self._say("consulted", event, other=self._reader.queue(queue))

    def _relaxed(self, event: Event) -> str:
        before, self._requires = self._requires, event.data["requires"]
        moved = event.data["queue"] != self._queue
        self._queue = event.data["queue"]
        waited = self._reader.duration(event.at_us - self._contact.arrived_us)
        told = []
        if (agent := agent_of(before)) is not None and agent_of(self._requires) is None:
            name = self._reader.agent(agent)
            told.append(self._say("released", event, waited=waited, meant_for=name))
        if (giver := agent_shut_out(before)) is not None and not agent_shut_out(self._requires):
            name = self._reader.agent(giver)
            told.append(self._say("returns", event, waited=waited, giver=name))
        if not told or moved or of_no_agent(before) != of_no_agent(self._requires):
            key = ("moved" if moved else "relaxed") + self._skilled()
            told.append(self._say(key, event, waited=waited))
        return self._reader.say("then").join(told)

    def _offered(self, event: Event, decision: dict[str, Any]) -> str:
        waited_us = min(decision["waited_us"], event.at_us - self._began_us)
        waited = self._reader.duration(waited_us)
        if agent_of(self._requires) is not None:
            why = self._say("meant_for", event)
        elif decision["candidates"] == 1:
            why = self._say("only" + self._skilled(), event)
        else:
            best, n = self._best(decision), decision["candidates"]
            why = self._say("among" + self._skilled(), event, best=best, n=n)
        return self._say("offered", event, waited=waited, why=why)

    def _best(self, decision: dict[str, Any]) -> str:
        """What the agent had before all others, by the strategy."""
        strategy = decision["strategy"]
        # Older logs, which know one strategy only, don't hold what it compared.
        compared = decision.get("compared", decision["idle_since_us"])
        since = self._time(decision["idle_since_us"])
        if compared == _NEVER.get(strategy):
            return self._reader.say(f"{strategy}.never")
        if strategy == "weighted":
            compared = f"{compared / _SHARE:.2f}"
        return self._reader.say(strategy, compared=compared, since=since)

    def _say(self, key: str, event: Event, **values: object) -> str:
        return self._reader.say(
            key,
            at=self._time(event.at_us),
            agent=self._agent,
            queue=self._reader.queue(self._queue),
            skills=self._skills(),
            **values,
        )

    def _skilled(self) -> str:
        return ".skilled" if of_no_agent(self._requires) else ""

    def _skills(self) -> str:
        needed = (self._need(name, level) for name, level in told(self._requires).items())
        return self._reader.say("and").join(needed)

    def _need(self, name: str, level: int) -> str:
        what = kind(name)
        key = what if level else f"{what}.none"
        return self._reader.say(key, skill=self._reader.skill(name), level=level)

    def _by(self, who: str | None) -> str:
        known = f"by.{who}" in SENTENCES
        return self._reader.say(f"by.{who}" if known else "by.other")

    def _who(self, by: dict[str, Any] | None) -> str:
        """Whose order it was."""
        role = None if by is None else by["role"]
        known = role in ("supervisor", "integrator")
        return self._reader.say(f"who.{role}" if known else "who.other")

    def _time(self, at_us: int) -> str:
        """The time of day, with the date where it isn't the day on which the contact arrived."""
        at, arrived = (
            datetime.fromtimestamp(us / 1e6, UTC).astimezone(self._reader.zone)
            for us in (at_us, self._contact.arrived_us)
        )
        return at.strftime("%H:%M:%S" if at.date() == arrived.date() else "%Y-%m-%d %H:%M:%S")
