"""The matcher as the router needs it: real threads in production, virtual time in simulations."""

from __future__ import annotations

from typing import Protocol

from router.commands import Command, Returning
from router.decisions import Decision
from router.figures import AgentFigures, QueueFigures


class Matcher(Protocol):
    """Takes commands, answers with one ordered stream of decisions. Implementations: `_bridge`."""

    def submit(self, number: int, command: Command) -> None:
        """Hand over a command, without waiting. `number` > 0 comes back in its decisions.

        Raises Busy if the matcher's ring is full; nothing was done then.
        """

    def put_back(self, number: int, contacts: Returning) -> None:
        """Hand over contacts that waited before a restart, as `submit` does a command. Told are
        only those that have relaxed further by now, as ContactEnqueued, and one Done or Refused.
        """

    async def receive(self) -> list[Decision]:
        """Wait for decisions; return those that are there, in order. Only one task may wait."""

    def queue_figures(self) -> list[QueueFigures]:
        """What boards show of the queues, at most 100 ms old; never waits."""

    def agent_figures(self) -> list[AgentFigures]:
        """What boards show of every agent who ever signed in; never waits."""

    def close(self) -> None:
        """Stop; nobody may be in `receive`."""
