"""One WebSocket: hello first, then messages in order, answers and news out through a bounded box.

A refusal of one message leaves the connection as it is; only what is listed as a close code here
ends it.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from control_api import limits
from control_api.auth import Principal
from control_api.calls import Who
from control_api.limits import Bucket
from control_api.problems import Problem
from control_api.ws import messages

Socket: TypeAlias = "WebSocket[Any, Any, Any]"
PageKey: TypeAlias = tuple[str, str]

CLOSE_NORMAL: Final = 1000
CLOSE_POLICY: Final = 1008
"""hello was missing or refused, or far too many messages came."""
CLOSE_TOO_LARGE: Final = 1009
CLOSE_TOO_SLOW: Final = 1013
"""The page doesn't read what it is sent; it may connect again."""
CLOSE_REPLACED: Final = 4000
"""Another page of the same person has taken over; connecting again would take it back."""

OVER_RATE_MAX: Final = 100
"""Messages refused for their rate before the socket is closed."""

_log = logging.getLogger(__name__)


class Ended(Exception):
    """The connection is over: the peer left, or a rule of the protocol ended it."""


class Connection:
    """The transport of one page. `principal` and `tab` are set once hello was understood.

    `board`: the page wants the board. `watching`: the contact whose call a supervisor watches.
    """

    principal: Principal
    tab: str

    def __init__(self, socket: Socket, count_refusal: Callable[[str], None]) -> None:
        self._socket = socket
        self._count_refusal = count_refusal
        ends: tuple[MemoryObjectSendStream[str | int], MemoryObjectReceiveStream[str | int]] = (
            anyio.create_memory_object_stream(limits.OUTBOX_BOUND)
        )
        self._outbox, self._waiting = ends
        self._rate = Bucket(limits.MESSAGES_PER_S, limits.MESSAGES_BURST, anyio.current_time())
        self._over_rate = 0
        self._scope = anyio.CancelScope()
        self._too_slow = False
        self._shown: dict[type[messages.ServerMessage], str] = {}
        self._held: list[str | int] | None = None
        self.board = False
        self.watching: str | None = None

    @property
    def key(self) -> PageKey:
        """What only one page may have at a time."""
        who = self.principal
        if who.role == "visitor":
            return who.role, who.contact or ""
        if who.role == "supervisor":
            return who.role, f"{who.subject}/{self.tab}"
        return who.role, who.subject

    @property
    def who(self) -> Who:
        """This page in calls and chats. Each page of a supervisor watches by itself."""
        role, subject = self.key
        assert role in ("visitor", "agent", "supervisor"), "only these get past hello"
        return Who(role, subject, self.principal.name)  # type: ignore[arg-type]

    async def run(self, converse: Callable[[Connection], Awaitable[None]]) -> None:
        """Let `converse` speak with the peer until one of them ends it."""
        with self._outbox, self._waiting, self._scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._write)
                with contextlib.suppress(Ended):
                    await converse(self)
                self._put(CLOSE_NORMAL)
        if self._too_slow:
            _log.warning("a page did not read what it was sent and was cut off")
            await self._close(CLOSE_TOO_SLOW)

    def hold(self) -> None:
        """The page is known from now on, but what is sent waits until it has been welcomed."""
        self._held = []

    def welcome(self, message: messages.Welcome) -> None:
        """The first message; what happened while it was made follows."""
        held, self._held = self._held or [], None
        self.send(message)
        for item in held:
            self._put(item)

    def send(self, message: messages.ServerMessage) -> None:
        """Put a message into the outbox; never waits. A page that doesn't read is cut off."""
        if isinstance(message, messages.Error):
            self._count_refusal(message.code)
        self._put(messages.encode(message))

    def show(self, message: messages.ServerMessage) -> None:
        """Like `send`, for states: one that shows the same again is left out."""
        text = messages.encode(message)
        if self._shown.get(type(message)) != text:
            self._shown[type(message)] = text
            self._put(text)

    def end(self, message: messages.ServerMessage, code: int) -> None:
        """Say a last word, then close."""
        self.send(message)
        self._put(code)

    async def receive(self) -> messages.ClientMessage:
        """The next message that can be read; what can't is refused on the way.

        Raises Ended, and nothing else.
        """
        while True:
            try:
                return messages.decode(await self._receive())
            except messages.Refusal as refusal:
                self.send(messages.error_of(refusal.problem, refusal.message_id))

    async def _receive(self) -> str:
        try:
            data = await self._socket.receive_data(mode="text")
        except WebSocketDisconnect:
            raise Ended from None
        if not data:
            problem = Problem("malformed_message", "messages are JSON in text frames")
            raise messages.Refusal(problem, None)
        if len(data.encode()) > limits.MESSAGE_BYTES_MAX:
            detail = f"a message has at most {limits.MESSAGE_BYTES_MAX} bytes"
            self.end(messages.error_of(Problem("message_too_large", detail)), CLOSE_TOO_LARGE)
            raise Ended
        if not self._rate.take(anyio.current_time()):
            self._over_rate += 1
            detail = (
                f"at most {limits.MESSAGES_PER_S:g} messages a second; "
                f"wait {math.ceil(self._rate.wait_s)} s"
            )
            problem = Problem("rate_limited", detail)
            if self._over_rate >= OVER_RATE_MAX:
                self.end(messages.error_of(problem), CLOSE_POLICY)
                raise Ended
            raise messages.Refusal(problem, messages.id_of(data))
        return data

    def _put(self, item: str | int) -> None:
        if self._held is not None and len(self._held) < limits.OUTBOX_BOUND:
            self._held.append(item)
            return
        try:
            self._outbox.send_nowait(item)
        except anyio.WouldBlock:
            self._too_slow = True
            self._scope.cancel()
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            pass  # it is over already

    async def _write(self) -> None:
        """Carry the outbox to the peer; ends everything after a close code."""
        async for item in self._waiting:
            if isinstance(item, int):
                await self._close(item)
                break
            try:
                await self._socket.send_data(item)
            except (WebSocketDisconnect, OSError, RuntimeError):
                break
        self._scope.cancel()

    async def _close(self, code: int) -> None:
        # The peer may have been faster.
        with contextlib.suppress(WebSocketDisconnect, OSError, RuntimeError):
            await self._socket.close(code)
