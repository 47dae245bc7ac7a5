"""Requests to Janus and their answers, any number at once, over one WebSocket."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Self

import anyio
import httpx
import httpx_ws

from benchmarks.media.janus.errors import JanusError

Json = dict[str, Any]

# A connection to many publishers has a long description.
MESSAGE_BYTES_MAX = 1 << 20
ANSWER_S = 30.0


class Session:
    """What Janus calls a session: the handles made in it live as long as it does."""

    def __init__(self, socket: httpx_ws.AsyncWebSocketSession) -> None:
        self._socket = socket
        self._names = map(str, itertools.count(1))
        self._waiting: dict[str, _Answer] = {}
        self._closed = False
        self._ids: Json = {}

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncGenerator[Self]:
        socket: httpx_ws.AsyncWebSocketSession
        try:
            async with (
                httpx.AsyncClient(timeout=ANSWER_S) as http,
                httpx_ws.aconnect_ws(
                    f"ws://127.0.0.1:{port}",
                    http,
                    max_message_size_bytes=MESSAGE_BYTES_MAX,
                    # Where every core is busy a late answer to a ping would end the session.
                    keepalive_ping_interval_seconds=None,
                    subprotocols=["janus-protocol"],
                ) as socket,
                anyio.create_task_group() as tasks,
            ):
                session = cls(socket)
                tasks.start_soon(session._read)
                session._ids = {"session_id": await session._create({"janus": "create"})}
                yield session
                tasks.cancel_scope.cancel()
        except (httpx.TransportError, httpx_ws.HTTPXWSException) as error:
            # Those of the task group's inside would come in a group.
            raise JanusError(f"janus takes no connection: {error!r}") from error

    async def attach(self) -> int:
        """A new handle on the video rooms."""
        return await self._create({"janus": "attach", "plugin": "janus.plugin.videoroom"})

    async def message(
        self, handle: int, body: Json, *, offer: str | None = None, answer: str | None = None
    ) -> tuple[Json, str]:
        """Ask the plugin; what it says, and its own description of the connection if there is one.

        Descriptions have all candidates in them, in both directions.
        """
        request: Json = {"janus": "message", "handle_id": handle, "body": body}
        for kind, sdp in (("offer", offer), ("answer", answer)):
            if sdp is not None:
                request["jsep"] = {"type": kind, "sdp": sdp, "trickle": False}
        reply = await self._request(request)
        return reply["plugindata"]["data"], reply.get("jsep", {}).get("sdp", "")

    async def _create(self, request: Json) -> int:
        return int((await self._request(request))["data"]["id"])

    async def _request(self, request: Json) -> Json:
        what = request.get("body", {}).get("request", request["janus"])
        name = next(self._names)
        answer = self._waiting[name] = _Answer()
        try:
            with anyio.fail_after(ANSWER_S):
                if not self._closed:
                    text = json.dumps(request | self._ids | {"transaction": name})
                    await self._socket.send_text(text)
                    await answer.came.wait()
        except httpx_ws.HTTPXWSException:
            pass  # told below
        except TimeoutError:
            raise JanusError(f"janus does not answer {what} within {ANSWER_S:.0f} s") from None
        finally:
            del self._waiting[name]
        if answer.message is None:
            raise JanusError(f"janus has closed the connection without an answer to {what}")
        if refusal := refusal_of(answer.message):
            raise JanusError(f"janus refuses {what}: {refusal}")
        return answer.message

    async def _read(self) -> None:
        try:
            while True:
                message = json.loads(await self._socket.receive_text())
                answer = self._waiting.get(message.get("transaction", ""))
                # What a plugin has to say comes as an event of its own, after an ack.
                if answer is not None and message["janus"] != "ack":
                    answer.message = message
                    answer.came.set()
        except httpx_ws.HTTPXWSException:
            pass  # told to whoever asks next
        finally:
            self._closed = True
            for answer in self._waiting.values():
                answer.came.set()


class _Answer:
    """What a request waits for; no message means that the connection ended first."""

    def __init__(self) -> None:
        self.came = anyio.Event()
        self.message: Json | None = None


def refusal_of(reply: Json) -> str | None:
    """The reason, if an answer is one: the server and its plugin have each their own way."""
    if reply["janus"] == "error":
        return str(reply["error"]["reason"])
    reason = reply.get("plugindata", {}).get("data", {}).get("error")
    return None if reason is None else str(reason)
