"""Calls on Mediacore, as the load makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from benchmarks.media.lines import Lines, started
from benchmarks.media.load import BOTH, Load


class Mediacore:
    """A server and who calls it. One connection carries both ways."""

    def __init__(self, server: Lines, load: Load) -> None:
        self._server = server
        self._load = load
        self.pid = server.pid

    @classmethod
    @asynccontextmanager
    async def started(cls, load: Load, python: str, processor: int) -> AsyncIterator[Self]:
        command = [python, "-m", "benchmarks.media.server"]
        async with started(command, processor) as server:
            yield cls(server, load)

    async def open_room(self, room: int) -> None:
        await self._server.ask("room", room=room)

    async def join(self, room: int, *, sends: bool, receives: bool) -> None:
        """One more peer with sound and picture each way that it has."""
        send, receive = (BOTH if way else () for way in (sends, receives))
        peer, offer = await self._load.offer(send, receive)
        answer = await self._server.ask(
            "join", room=room, publish=sends, subscribe=receives, sdp=offer
        )
        await self._load.answered(peer, answer["sdp"])

    async def complete(self) -> None:
        """Everybody gets what the others send by itself."""
