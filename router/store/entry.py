"""What is written together: one step of the contact centre."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio

from router.errors import RouterError
from router.figures import Outcome
from router.model import Agent, ChatMessage, Contact, Event


class Answer:
    """Given to somebody who waits for an outcome; settled once, after the commit."""

    def __init__(self) -> None:
        self._settled = anyio.Event()
        self._error: RouterError | None = None

    def settle(self, error: RouterError | None = None) -> None:
        if not self._settled.is_set():
            self._error = error
            self._settled.set()

    async def wait(self) -> None:
        """Return when the step is committed; raise the RouterError it ended with."""
        await self._settled.wait()
        if self._error is not None:
            raise self._error


@dataclass(slots=True, kw_only=True)
class Entry:
    """Events for the log, with the rows as they are after them; all are committed or none.

    `outcomes` are added to the tallies of their queues' minutes. `answer` is settled after the
    commit, with `error` if the step was refused.
    """

    events: list[Event] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    messages: list[ChatMessage] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    answer: Answer | None = None
    error: RouterError | None = None

    @property
    def writes(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.events or self.contacts or self.agents or self.messages or self.outcomes)
