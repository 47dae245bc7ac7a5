"""Mediacore's media engine as a process of its own, told by lines of JSON what a call is.

What is measured is the whole of it: the shard's threads and the Python that they answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.to_thread

from mediacore.config import MediaSettings
from mediacore.engine import MediaEngine
from router import settle

SESSIONS_MAX = 10_000


class Server:
    def __init__(self, engine: MediaEngine) -> None:
        self._engine = engine
        self._participants = 0
        self.doing: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
            "room": self.room,
            "join": self.join,
        }

    async def room(self, room: int) -> dict[str, Any]:
        await self._engine.open_room(room)
        return {}

    async def join(self, room: int, publish: bool, subscribe: bool, sdp: str) -> dict[str, Any]:
        self._participants += 1
        session = await self._engine.join(
            room, self._participants, "load", publish=publish, subscribe=subscribe
        )
        return {"sdp": await session.offer(sdp, auto=True)}


async def main() -> None:
    async with MediaEngine(MediaSettings(max_sessions=SESSIONS_MAX)) as engine:
        server = Server(engine)
        settle()
        while line := await anyio.to_thread.run_sync(sys.stdin.readline):
            question = json.loads(line)
            id, do = question.pop("id"), question.pop("do")
            print(json.dumps({"id": id} | await server.doing[do](**question)), flush=True)


if __name__ == "__main__":
    anyio.run(main, backend_options={"use_uvloop": True})
