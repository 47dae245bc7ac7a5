"""The load: native peers in one process, who call the server under test."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Any

from benchmarks.media.lines import Failed, Lines

SOUND, PICTURE = "audio", "video"
BOTH = (SOUND, PICTURE)
CONNECTED_WITHIN_MS = 30_000
# Each peer has an address of its own on the loopback.
FIRST_ADDRESS = IPv4Address("127.1.0.1")


class Load:
    """`mediacore-load` as it is told; peers are known by their numbers."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._numbers = itertools.count()
        self.pid = lines.pid

    async def offer(self, send: Sequence[str], receive: Sequence[str]) -> tuple[int, str]:
        """A new peer, and its offer."""
        peer = next(self._numbers)
        told = await self._lines.ask(
            "offer", peer=peer, ip=_address(peer), send=send, receive=receive
        )
        return peer, told["sdp"]

    async def answered(self, peer: int, sdp: str) -> None:
        """The answer to its offer has come."""
        await self._lines.ask("answer", peer=peer, sdp=sdp)

    async def accept(self, offer: str) -> tuple[int, str]:
        """A new peer, and its answer to an offer of what it will receive."""
        peer = next(self._numbers)
        told = await self._lines.ask("accept", peer=peer, ip=_address(peer), sdp=offer)
        return peer, told["sdp"]

    async def connected(self) -> None:
        """Return when all are. Raises Failed if some are not in time."""
        told = await self._lines.ask("connected", within_ms=CONNECTED_WITHIN_MS)
        if told["connected"] < told["peers"]:
            raise Failed(f"{told['connected']} of {told['peers']} peers are connected")

    async def start(self) -> None:
        """Everybody who sends begins."""
        await self._lines.ask("start")

    async def figures(self) -> dict[str, Any]:
        """What was sent and received since the last time."""
        return await self._lines.ask("figures")


def _address(peer: int) -> str:
    return str(FIRST_ADDRESS + peer)
