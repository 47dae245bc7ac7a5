"""Mediacore's HTTP and WebSocket protocol from the other side (docs/reference/protocol.md).

For the load test, for tests and for integrators in Python. Runs under asyncio and trio; needs
the extra: pip install 'mediacore[loadtest]'. Objects of the protocol are plain dicts.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import anyio
import httpx
import httpx_ws
import msgspec
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

Json = dict[str, Any]

REQUEST_TIMEOUT_S = 15.0
MESSAGE_BYTES_MAX = 1 << 20
"""Largest message taken from the server: a board of a large centre."""

EVENTS_BOUND = 1024
"""Events that may wait to be read; a reader that falls further behind loses the connection."""


class RequestRefused(Exception):
    """The server said no. `code` is one of the protocol's error codes, `status` HTTP's or 0."""

    def __init__(self, code: str, detail: str, status: int = 0) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.status = status


class ConnectionEnded(Exception):
    """The WebSocket is closed; connect again to go on."""


class MediacoreClient:
    """The HTTP API at `base_url` with one bearer token or API key: `async with` it.

    Every method raises RequestRefused for a problem+json answer, httpx.HTTPError for the network.
    """

    def __init__(
        self,
        base_url: str,
        bearer: str,
        *,
        verify: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._bearer = bearer
        self._http = httpx.AsyncClient(
            base_url=self._base_url,
            headers={"Authorization": f"Bearer {bearer}"},
            timeout=REQUEST_TIMEOUT_S,
            verify=verify,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def create_token(
        self, role: str, subject: str, name: str, *, ttl_s: int = 3600, contact: str | None = None
    ) -> Json:
        """{token, expires_at, url}. Needs the API key. Roles: visitor, agent, supervisor, entry."""
        body = {"role": role, "subject": subject, "name": name, "ttl_s": ttl_s, "contact": contact}
        given = {key: value for key, value in body.items() if value is not None}
        return await self._json("POST", "/v1/tokens", given)

    async def queues(self) -> list[Json]:
        """[{id, name: {en, zh}, recording, waiting, estimated_wait_s, estimated_wait_p90_s}]."""
        return await self._list("/v1/queues")

    async def skills(self) -> list[Json]:
        """What agents may have and contacts may need."""
        return await self._list("/v1/skills")

    async def create_contact(
        self,
        queue: str,
        customer: Json,
        *,
        channel: str | None = None,
        priority: int | None = None,
        requires: dict[str, int] | None = None,
        affinity: Json | None = None,
        groups: Json | None = None,
        region: str | None = None,
        vip: str | None = None,
        issue: str | None = None,
        language: str | None = None,
        callback: Json | None = None,
        idempotency_key: str | None = None,
    ) -> Json:
        """{contact, token}; the token is the visitor's. `channel` is "video" (unless given),
        "voice", "chat" or "callback", `callback` {to, at} of who doesn't hold the line, `issue` one
        of the queue's. The channel callback, `priority`, `requires` ({skill: least level}),
        `affinity` ({agent or last_agent, hold_s}), `groups` ({require, exclude}), `region`, `vip`
        and the customer's `key` need the API key."""
        body = {
            "queue": queue,
            "customer": customer,
            "channel": channel,
            "priority": priority,
            "requires": requires,
            "affinity": affinity,
            "groups": groups,
            "region": region,
            "vip": vip,
            "issue": issue,
            "language": language,
            "callback": callback,
        }
        given = {key: value for key, value in body.items() if value is not None}
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return await self._json("POST", "/v1/contacts", given, headers)

    async def contact(self, contact: str) -> Json:
        """The contact's view."""
        return await self._json("GET", f"/v1/contacts/{contact}")

    async def contacts(self, state: str | None = None) -> list[Json]:
        """Contacts, those in `state` only when it is given."""
        return await self._list("/v1/contacts", {"state": state} if state else {})

    async def end_contact(self, contact: str) -> None:
        """Leave the queue or end the call."""
        await self._request("DELETE", f"/v1/contacts/{contact}")

    async def messages(self, contact: str) -> list[Json]:
        """The contact's chat, in order."""
        return await self._list(f"/v1/contacts/{contact}/messages")

    async def explain(self, contact: str, lang: str = "en") -> list[Json]:
        """[{seq, at, text}]: why the contact went to whom, in "en" or "zh"."""
        return await self._list(f"/v1/contacts/{contact}/explain", {"lang": lang})

    async def recording(self, contact: str) -> Json:
        """What is known of the contact's recording."""
        return await self._json("GET", f"/v1/contacts/{contact}/recording")

    async def recording_media(self, contact: str) -> bytes:
        """The recording's file, whole."""
        return (await self._request("GET", f"/v1/contacts/{contact}/recording/media")).content

    async def agents(self) -> list[Json]:
        return await self._list("/v1/agents")

    async def agent(self, agent: str) -> Json:
        """One of them."""
        return await self._json("GET", f"/v1/agents/{agent}")

    async def assign(
        self,
        agent: str,
        *,
        queues: list[str] | None = None,
        skills: dict[str, int] | None = None,
        groups: list[str] | None = None,
        regions: list[str] | None = None,
        weight: int = 1,
        rank: int = 0,
        capacity: Json | None = None,
    ) -> Json:
        """Replace what the agent serves (every queue unless given) and can ({skill: level}), the
        groups and regions that they are in, and how many contacts at once, as {"chat": {"slots":
        2}}: the rest as the configuration has it."""
        assignment = {
            "queues": queues,
            "skills": skills or {},
            "groups": groups or [],
            "regions": regions or [],
            "weight": weight,
            "rank": rank,
            "capacity": capacity,
        }
        return await self._json("PUT", f"/v1/agents/{agent}/assignment", assignment)

    async def board(self) -> Json:
        """{queues, agents, calls} as supervisors see them."""
        return await self._json("GET", "/v1/board")

    async def events(self, after: int = 0, limit: int = 100) -> list[Json]:
        """Up to `limit` events of the log with a sequence number above `after`."""
        return await self._list("/v1/events", {"after": after, "limit": limit})

    async def whip(self, contact: str, offer: str) -> tuple[str, str]:
        """Publish into the contact's call (RFC 9725). The SDP answer and the session's address."""
        return await self._negotiate(f"/v1/whip/{contact}", offer)

    async def whep(self, contact: str, offer: str) -> tuple[str, str]:
        """Receive the contact's call. The SDP answer and the session's address."""
        return await self._negotiate(f"/v1/whep/{contact}", offer)

    async def end_media_session(self, location: str) -> None:
        """End what `whip` or `whep` began; `location` is the address they gave."""
        await self._request("DELETE", location)

    @asynccontextmanager
    async def connect(self, tab: str, *, take_over: bool = False) -> AsyncIterator[Connection]:
        """A page's WebSocket, after hello and welcome.

        `tab` names the page: the same again is a reload, another one needs `take_over` to
        replace it. Raises RequestRefused when the server doesn't welcome.
        """
        parts = urlsplit(self._base_url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        url = urlunsplit((scheme, parts.netloc, f"{parts.path}/v1/ws", "", ""))
        hello = {"type": "hello", "token": self._bearer, "tab": tab, "take_over": take_over}
        socket: httpx_ws.AsyncWebSocketSession
        try:
            async with httpx_ws.aconnect_ws(
                url, self._http, max_message_size_bytes=MESSAGE_BYTES_MAX
            ) as socket:
                await socket.send_text(_encoded(hello))
                with anyio.fail_after(REQUEST_TIMEOUT_S):
                    welcome = msgspec.json.decode(await socket.receive_text(), type=Json)
                if welcome["type"] != "welcome":
                    raise _refusal(welcome)
                connection = Connection(socket, welcome)
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(connection.run)
                    try:
                        yield connection
                    finally:
                        tasks.cancel_scope.cancel()
                        connection.close()
        except httpx_ws.WebSocketUpgradeError as error:
            raise _problem(error.response) from None
        except BaseExceptionGroup as group:
            raise _only(group) from None

    async def _negotiate(self, path: str, offer: str) -> tuple[str, str]:
        headers = {"Content-Type": "application/sdp"}
        answer = await self._request("POST", path, content=offer.encode(), headers=headers)
        return answer.text, answer.headers["Location"]

    async def _json(
        self, method: str, path: str, body: Json | None = None, headers: Json | None = None
    ) -> Json:
        answer = await self._request(method, path, json=body, headers=headers)
        return msgspec.json.decode(answer.content, type=Json)

    async def _list(self, path: str, query: Json | None = None) -> list[Json]:
        answer = await self._request("GET", path, params=query)
        return msgspec.json.decode(answer.content, type=list[Json])

    async def _request(self, method: str, path: str, **details: Any) -> httpx.Response:
        answer = await self._http.request(method, path, **details)
        if answer.is_error:
            raise _problem(answer)
        return answer


class Connection:
    """One page's WebSocket: requests with answers, and the server's events in order."""

    def __init__(self, socket: httpx_ws.AsyncWebSocketSession, welcome: Json) -> None:
        self.welcome = welcome
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[str, _Answer] = {}
        self._closed = False
        ends: tuple[MemoryObjectSendStream[Json], MemoryObjectReceiveStream[Json]] = (
            anyio.create_memory_object_stream(EVENTS_BOUND)
        )
        self._events_in, self._events = ends

    async def request(self, kind: str, **fields: Any) -> Json:
        """Send a message and wait for its ok, whose fields are returned.

        Raises RequestRefused, ConnectionEnded, and TimeoutError after REQUEST_TIMEOUT_S.
        """
        number = str(next(self._ids))
        answer = self._waiting[number] = _Answer()
        try:
            await self.send(kind, id=number, **fields)
            with anyio.fail_after(REQUEST_TIMEOUT_S):
                await answer.came.wait()
        finally:
            del self._waiting[number]
        if answer.message is None:
            raise ConnectionEnded("the server closed the connection")
        if answer.message["type"] == "error":
            raise _refusal(answer.message)
        return answer.message

    async def send(self, kind: str, **fields: Any) -> None:
        """Send a message that isn't answered."""
        if self._closed:
            raise ConnectionEnded("the server closed the connection")
        try:
            await self._socket.send_text(_encoded({"type": kind, **fields}))
        except httpx_ws.HTTPXWSException as error:
            raise ConnectionEnded(str(error)) from error

    async def next_event(self) -> Json:
        """The next message that answers no request. Raises ConnectionEnded after the last."""
        try:
            return await self._events.receive()
        except anyio.EndOfStream:
            raise ConnectionEnded("the server closed the connection") from None

    async def wait_for(self, kind: str, **fields: Any) -> Json:
        """The next event of that type with those top-level fields; those before are dropped."""
        while True:
            event = await self.next_event()
            if event["type"] == kind and all(event.get(k) == v for k, v in fields.items()):
                return event

    def close(self) -> None:
        """Nothing is read any more; called by `MediacoreClient.connect`."""
        self._events.close()

    async def run(self) -> None:
        """Read until the connection ends; run by `MediacoreClient.connect`."""
        try:
            while True:
                message = msgspec.json.decode(await self._socket.receive_text(), type=Json)
                answer = self._waiting.get(message.get("id", ""))
                if answer is not None:
                    answer.message = message
                    answer.came.set()
                else:
                    self._events_in.send_nowait(message)
        except (httpx_ws.HTTPXWSException, anyio.WouldBlock, anyio.BrokenResourceError):
            pass  # told to whoever asks next, as ConnectionEnded
        finally:
            self._closed = True
            self._events_in.close()
            for answer in self._waiting.values():
                answer.came.set()


class _Answer:
    """What a request waits for; no message means that the connection ended first."""

    def __init__(self) -> None:
        self.came = anyio.Event()
        self.message: Json | None = None


def _encoded(message: Json) -> str:
    return msgspec.json.encode(message).decode()


def _refusal(message: Json) -> RequestRefused:
    return RequestRefused(str(message.get("code")), str(message.get("detail", "")))


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error in `group`: the task groups in here are no business of the caller's."""
    if len(group.exceptions) > 1:
        return group
    error = group.exceptions[0]
    return _only(error) if isinstance(error, BaseExceptionGroup) else error


def _problem(answer: httpx.Response) -> RequestRefused:
    problem: dict[str, Any] = {}
    with suppress(msgspec.DecodeError, httpx.ResponseNotRead):
        problem = msgspec.json.decode(answer.content, type=dict[str, Any])
    detail = problem.get("detail") or answer.reason_phrase
    return RequestRefused(problem.get("code", "http_error"), detail, answer.status_code)
