"""What is written together: one step of the contact centre."""

from __future__ import annotations

import anyio
import msgspec

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


class Entry(msgspec.Struct, kw_only=True, gc=False):
    """Events for the log, with the rows as they are after them; all are committed or none.

    `outcomes` are added to the tallies of their queues' minutes. `answer` is settled after the
    commit, with `error` if the step was refused.
    """

    events: list[Event] = []
    contacts: list[Contact] = []
    agents: list[Agent] = []
    messages: list[ChatMessage] = []
    outcomes: list[Outcome] = []
    answer: Answer | None = None
    error: RouterError | None = None

    @property
    def writes(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.events or self.contacts or self.agents or self.messages or self.outcomes)
