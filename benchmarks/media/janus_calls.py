"""Calls on Janus, as the load makes them."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from benchmarks.media.janus import Janus
from benchmarks.media.lines import pinned
from benchmarks.media.load import BOTH, Load

# In one room; Janus wants to know.
PUBLISHERS_MAX = 1_000


class JanusCalls:
    """A server and who calls it. In its video rooms a connection sends or receives, so whoever does
    both has two."""

    def __init__(self, janus: Janus, load: Load) -> None:
        self._janus = janus
        self._load = load
        self.pid = janus.pid
        self._feeds: defaultdict[int, list[int]] = defaultdict(list)
        # By room who receives, with the own feed of whoever sends as well.
        self._receivers: list[tuple[int, int | None]] = []

    @classmethod
    @asynccontextmanager
    async def started(cls, load: Load, processor: int, event_loops: int) -> AsyncIterator[Self]:
        with tempfile.TemporaryDirectory() as folder:
            async with Janus(
                Path(folder), prefix=pinned(processor), event_loops=event_loops
            ) as janus:
                yield cls(janus, load)

    async def open_room(self, room: int) -> None:
        await self._janus.open_room(room, publishers=PUBLISHERS_MAX)

    async def join(self, room: int, *, sends: bool, receives: bool) -> None:
        """One more participant; who receives is connected by `complete`."""
        feed = None
        if sends:
            peer, offer = await self._load.offer(BOTH, ())
            feed, answer = await self._janus.publish(room, offer)
            await self._load.answered(peer, answer)
            self._feeds[room].append(feed)
        if receives:
            self._receivers.append((room, feed))

    async def complete(self) -> None:
        """Connect those who receive, now that all who send are there: Janus offers only what is."""
        await self._load.connected()
        for room, own in self._receivers:
            await self._janus.feeds(room, at_least=len(self._feeds[room]))
            others = [feed for feed in self._feeds[room] if feed != own]
            handle, offer = await self._janus.subscribe(room, others)
            _, answer = await self._load.accept(offer)
            await self._janus.start(handle, answer)
        self._receivers.clear()
