"""One participant's media connection to a room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from mediacore.commands import (
    Command,
    Leave,
    Offer,
    Publish,
    ReadStats,
    SetMuted,
    Source,
    Subscribe,
)
from mediacore.errors import EngineClosed, MediaRefused, OfferRefused
from mediacore.events import Answer, Done, Reply, Stats

R = TypeVar("R", bound=Reply)


class Request(Protocol):
    """How a session speaks with the shard: `MediaEngine.request`."""

    async def __call__(self, command: Command, expected: type[R], /) -> R: ...


class MediaSession:
    """Made by `MediaEngine.join`. The browser (or WHIP/WHEP client) offers, the server answers.

    Required order: `offer` as often as needed (each one replaces the whole mapping; a new ICE
    user fragment restarts ICE), then `leave` once. All methods raise MediaBusy, MediaTimeout,
    EngineClosed and, once the session is over, MediaRefused with code unknown_session.
    """

    def __init__(self, request: Request, room: int, session: int, participant: int) -> None:
        self._request = request
        self.room = room
        self.id = session
        self.participant = participant

    async def offer(
        self,
        sdp: str,
        publish: Iterable[Publish] = (),
        subscribe: Iterable[Subscribe] = (),
        *,
        auto: bool = False,
    ) -> str:
        """The SDP answer to `sdp`. Raises OfferRefused; the session then stays as it was.

        With `auto`, the shard itself names what is sent (first audio: microphone, first video:
        camera, second video: screen) and binds receiving sections to tracks of the others.
        """
        command = Offer(self.id, sdp, tuple(publish), tuple(subscribe), auto)
        try:
            return (await self._request(command, Answer)).sdp
        except MediaRefused as refusal:
            raise OfferRefused(refusal.code, refusal.detail) from None

    async def set_muted(self, source: Source, muted: bool) -> None:
        """Drop (or again forward) what this session sends as `source`, at the server."""
        await self._request(SetMuted(self.id, source, muted), Done)

    async def stats(self) -> Stats:
        """Counters since the session joined."""
        return await self._request(ReadStats(self.id), Stats)

    async def leave(self) -> None:
        """End the session; harmless when it is over already.

        The command is on its way before this first yields, so a cancelled caller leaves too.
        """
        try:
            await self._request(Leave(self.id), Done)
        except EngineClosed:
            pass
        except MediaRefused as refusal:
            if refusal.code != "unknown_session":
                raise

    def __repr__(self) -> str:
        return f"<MediaSession {self.id} of participant {self.participant} in room {self.room}>"
