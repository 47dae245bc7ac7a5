"""Visitors, agents and supervisors on their pages, up to the running call."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

import httpx
from playwright.sync_api import Playwright

from media.pattern import Owner
from stack.participant import Participant
from stack.server import Server

# A call starts with two browsers, two encoders and the test itself on as little as two cores.
CALL_STARTS_S = 30.0
# Of the log, beside a test that has failed.
EVENTS_SHOWN = 60


class Cast:
    """Everybody who takes part in one test; leaving it closes their browsers."""

    def __init__(self, playwright: Playwright, server: Server) -> None:
        self.server = server
        self._playwright = playwright
        self._stack = ExitStack()
        self._agents: list[str] = []
        self._people: list[Participant] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        # Else they are offered the next test's contacts until they are missed.
        with suppress(httpx.TransportError), self.server.api() as api:
            for agent in self._agents:
                api.delete(f"/agents/{agent}/session", params={"force": True})

    def testify(self) -> str:
        """What everybody sees and what the server did last: for a test that has failed."""
        seen = [f"{person.page.url}: {person.text()}" for person in self._people]
        with suppress(httpx.TransportError):
            events = self.server.events()[-EVENTS_SHOWN:]
            seen += [json.dumps(event, ensure_ascii=False) for event in events]
        return "\n".join(seen)

    def _seat(self, owner: Owner, link: str, **browser: Any) -> Participant:
        participant = self._stack.enter_context(Participant(self._playwright, owner, **browser))
        self._people.append(participant)
        participant.page.goto(link)
        return participant

    def visitor(self, queue: str | None = None, name: str = "Ada", **browser: Any) -> Participant:
        """A visitor on the page, who has joined the queue if one is named."""
        visitor = self._seat(Owner.VISITOR, self.server.link("entry", "website", ""), **browser)
        if queue is not None:
            self.join(visitor, queue, name)
        return visitor

    def join(self, visitor: Participant, queue: str, name: str) -> None:
        """Send a visitor from the form into the queue."""
        choose_topic(visitor, queue, name)
        visitor.click("join")

    def agent(self, name: str | None = None, *, ready: bool = True, **browser: Any) -> Participant:
        """An agent of their own for this test, signed in and by default ready."""
        name = name or f"Bo {len(self._agents) + 1}"
        subject = f"{name.lower().replace(' ', '-')}-{id(self)}"
        self._agents.append(subject)
        agent = self._seat(Owner.AGENT, self.server.link("agent", subject, name), **browser)
        agent.click("sign-in")
        agent.sees("desk")
        if ready:
            agent.click("go-ready")
            agent.page.locator('[data-testid="agent-state"][data-state="ready"]').wait_for()
        return agent

    def supervisor(self, **browser: Any) -> Participant:
        """A supervisor in front of the board."""
        link = self.server.link("supervisor", "eve", "Eve")
        supervisor = self._seat(Owner.AGENT, link, devices="missing", **browser)
        supervisor.sees("board")
        return supervisor

    def call(self, queue: str = "general", **browser: Any) -> tuple[Participant, Participant]:
        """A visitor and an agent in a call, each seeing the other."""
        agent = self.agent(**browser)
        visitor = self.visitor(queue, **browser)
        agent.sees("offer")
        agent.click("accept")
        visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
        agent.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
        return visitor, agent

    def end(self, visitor: Participant, agent: Participant) -> str:
        """Hang up as the agent and finish the wrap-up; the contact's id."""
        contact = str(agent.page.evaluate("window.mediacore.call.contact"))
        agent.click("hang-up")
        visitor.sees("ended")
        agent.sees("wrap-up")
        agent.click("wrap-up-done")
        agent.sees("desk")
        return contact


def choose_topic(visitor: Participant, queue: str, name: str) -> None:
    """Fill in the visitor's form."""
    visitor.sees("name")
    visitor.find(f"topic-{queue}").check(force=True)
    visitor.find("name").fill(name)
