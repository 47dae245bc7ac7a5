"""The one door to the native media shard.

One task reads what the shard says, answers the requests that wait, keeps the tracks of each room
and passes events on to subscribers. Nothing here blocks, and every buffer has a bound.
"""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import anyio
import anyio.abc
import anyio.lowlevel
import msgspec

from mediacore import _bridge, events
from mediacore.commands import (
    CloseRoom,
    Command,
    Join,
    Leave,
    OpenRoom,
    SetHold,
    Source,
    StartCapture,
    StopCapture,
)
from mediacore.config import MediaSettings
from mediacore.errors import (
    EngineClosed,
    EventsLost,
    MediaBusy,
    MediaError,
    MediaRefused,
    MediaTimeout,
)
from mediacore.events import CaptureStopped, Done, MediaEvent, Reply, Track
from mediacore.session import MediaSession

REQUEST_TIMEOUT_S = 5.0
"""The shard answers within a millisecond or two; five seconds of silence mean it is stuck."""

DRAIN_LIMIT = 1024
"""Events taken per wake-up, so that a busy shard can't starve the other tasks."""

SUBSCRIBER_BOUND = 4096
"""Events a subscriber may lag behind before it is cut off with EventsLost."""

R = TypeVar("R", bound=Reply)
_log = logging.getLogger(__name__)


def open_shard(settings: MediaSettings) -> _bridge.Shard:
    """A native shard on the configured address. Raises OSError when it can't be bound."""
    return _bridge.MediaShard(msgspec.json.encode(settings))


class Subscription:
    """Events from the moment of `MediaEngine.subscribe` on, for one reader.

    Iterate it, and close it when done. The iteration raises EventsLost after falling
    SUBSCRIBER_BOUND events behind, and ends quietly when the engine closes.
    """

    def __init__(self, forget: Callable[[Subscription], None]) -> None:
        self._forget = forget
        self._events: deque[MediaEvent] = deque()
        self._wake = anyio.Event()
        self._ended = False
        self._lost = False

    def push(self, event: MediaEvent) -> None:
        """Called by the engine only."""
        if len(self._events) < SUBSCRIBER_BOUND:
            self._events.append(event)
            self._wake.set()
        else:
            self._lost = True
            self.close()

    def close(self) -> None:
        """No more events; those that wait can still be read."""
        self._ended = True
        self._forget(self)
        self._wake.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> MediaEvent:
        await anyio.lowlevel.checkpoint()
        while not self._events:
            if self._lost:
                raise EventsLost(f"more than {SUBSCRIBER_BOUND} events behind")
            if self._ended:
                raise StopAsyncIteration
            self._wake = anyio.Event()
            await self._wake.wait()
        return self._events.popleft()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Pending:
    """A request that waits for its reply."""

    __slots__ = ("answered", "reply")

    def __init__(self) -> None:
        self.answered = anyio.Event()
        self.reply: Reply | None = None


class MediaEngine:
    """Rooms and sessions on one media shard: `async with MediaEngine(settings) as engine`.

    Room numbers are the caller's; session numbers are given here. Every request raises
    MediaBusy (ring full), MediaTimeout, EngineClosed or MediaRefused with a code. When the shard
    itself fails, the body is cancelled and MediaError comes out of the `async with`, in a group.
    """

    def __init__(
        self,
        settings: MediaSettings,
        *,
        open_shard: Callable[[MediaSettings], _bridge.Shard] = open_shard,
    ) -> None:
        self._settings = settings
        self._open_shard = open_shard
        self._shard: _bridge.Shard | None = None
        self._tasks: anyio.abc.TaskGroup | None = None
        self._requests = itertools.count(1)
        self._session_ids = itertools.count(1)
        self._pending: dict[int, _Pending] = {}
        self._sessions: dict[int, MediaSession] = {}
        self._rooms: dict[int, dict[int, Track]] = {}
        self._track_rooms: dict[int, int] = {}
        self._subscriptions: set[Subscription] = set()

    async def __aenter__(self) -> Self:
        self._shard = self._open_shard(self._settings)
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._pump, self._shard, name="media events")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        assert self._tasks is not None, "entered before"
        assert self._shard is not None, "entered before"
        shard, self._shard = self._shard, None
        self._tasks.cancel_scope.cancel()
        try:
            return await self._tasks.__aexit__(kind, error, trace)
        finally:
            for pending in self._pending.values():
                pending.answered.set()
            for subscription in list(self._subscriptions):
                subscription.close()
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(shard.close)

    @property
    def local_port(self) -> int:
        """The UDP port all media goes through."""
        return self._open().local_port

    def metrics(self) -> dict[str, Any]:
        """The shard's counters and gauges, by name; names ending in _total only grow."""
        metrics: dict[str, Any] = msgspec.json.decode(self._open().metrics())
        return metrics

    async def open_room(self, room: int) -> None:
        """Make room `room`; harmless when it is open already."""
        await self.request(OpenRoom(room), Done)
        self._rooms.setdefault(room, {})

    async def close_room(self, room: int) -> None:
        """End the room and every session in it; harmless when there is none."""
        try:
            await self.request(CloseRoom(room), Done)
        except MediaRefused as refusal:
            if refusal.code != "unknown_room":
                raise
        for track in self._rooms.pop(room, {}):
            self._track_rooms.pop(track, None)

    async def join(
        self,
        room: int,
        participant: int,
        label: str,
        *,
        publish: bool = True,
        withheld: tuple[Source, ...] = (),
        subscribe: bool = True,
        hidden: bool = False,
    ) -> MediaSession:
        """A session in `room`. What it may do is enforced in the shard, offer after offer.

        `label` (for example "agent/Mei") names its tracks in recordings. `withheld` are
        sources that it may not send although it may `publish`. A hidden session sees and hears, and
        nobody can tell.
        """
        number = next(self._session_ids)
        command = Join(room, number, participant, label, publish, withheld, subscribe, hidden)
        session = MediaSession(self.request, room, number, participant)
        self._sessions[number] = session
        try:
            await self.request(command, Done)
        except BaseException as error:
            self._sessions.pop(number, None)
            if not isinstance(error, MediaRefused | MediaBusy | EngineClosed):
                self._abandon(number)
            raise
        return session

    def session(self, number: int) -> MediaSession | None:
        """The session with that number, while it lasts."""
        return self._sessions.get(number)

    def tracks(self, room: int) -> list[Track]:
        """What is published in the room now, oldest first."""
        return list(self._rooms.get(room, {}).values())

    async def set_hold(self, room: int, held: bool) -> None:
        """While held, nothing in the room is forwarded and nothing is captured."""
        await self.request(SetHold(room, held), Done)

    async def start_capture(self, room: int, directory: str) -> None:
        """Write every track of the room to a log in `directory`, which must exist."""
        await self.request(StartCapture(room, directory), Done)

    async def stop_capture(self, room: int) -> tuple[str, ...]:
        """The paths of the logs, complete and on disk."""
        return (await self.request(StopCapture(room), CaptureStopped)).files

    def subscribe(self) -> Subscription:
        """All events from now on. Use it as `with engine.subscribe() as events: async for ...`."""
        self._open()
        subscription = Subscription(self._subscriptions.discard)
        self._subscriptions.add(subscription)
        return subscription

    async def request(self, command: Command, expected: type[R]) -> R:
        """Send `command` and wait for its reply. The command is sent before this first yields."""
        shard = self._open()
        number = next(self._requests)
        pending = self._pending[number] = _Pending()
        try:
            try:
                shard.submit(number, msgspec.json.encode(command))
            except _bridge.RingFull:
                raise MediaBusy("the media shard has too many requests waiting") from None
            except _bridge.NativeError as error:
                raise EngineClosed(str(error)) from None
            with anyio.move_on_after(REQUEST_TIMEOUT_S):
                await pending.answered.wait()
        finally:
            del self._pending[number]
        reply = pending.reply
        if isinstance(reply, expected):
            return reply
        if isinstance(reply, events.Refused):
            raise MediaRefused(reply.code, reply.detail)
        name = type(command).__name__
        if reply is not None:
            raise MediaError(f"{name} was answered with {type(reply).__name__}")
        if self._shard is None:
            raise EngineClosed("the media engine has closed")
        raise MediaTimeout(f"no answer to {name} in {REQUEST_TIMEOUT_S:g} s")

    def _open(self) -> _bridge.Shard:
        if self._shard is None:
            raise EngineClosed("the media engine is not open")
        return self._shard

    def _abandon(self, session: int) -> None:
        """Nobody holds this session: have it removed, without waiting for the answer."""
        if self._shard is not None:
            try:
                self._shard.submit(next(self._requests), msgspec.json.encode(Leave(session)))
            except _bridge.NativeError as error:
                _log.warning("session %d could not be removed: %s", session, error)

    async def _pump(self, shard: _bridge.Shard) -> None:
        while True:
            await anyio.wait_readable(shard.fileno())
            try:
                messages = shard.drain(DRAIN_LIMIT)
            except _bridge.NativeError as error:
                raise MediaError(f"the media shard has failed: {error}") from error
            for message in messages:
                try:
                    event = events.decode(message)
                except msgspec.DecodeError as error:
                    _log.error("the media shard said something unknown: %s", error)
                else:
                    self._take(event)

    def _take(self, event: Reply | MediaEvent) -> None:
        match event:
            case events.TrackAdded():
                track = Track(
                    id=event.track,
                    room=event.room,
                    session=event.session,
                    participant=event.participant,
                    source=event.source,
                    kind=event.kind,
                    codec=event.codec,
                    muted=event.muted,
                )
                self._rooms.setdefault(event.room, {})[track.id] = track
                self._track_rooms[track.id] = event.room
            case events.TrackChanged():
                tracks = self._rooms.get(self._track_rooms.get(event.track, -1), {})
                if event.track in tracks:
                    tracks[event.track] = msgspec.structs.replace(
                        tracks[event.track], muted=event.muted, codec=event.codec
                    )
            case events.TrackRemoved():
                self._rooms.get(event.room, {}).pop(event.track, None)
                self._track_rooms.pop(event.track, None)
            case events.SessionClosed():
                self._sessions.pop(event.session, None)
        if isinstance(event, Reply):
            pending = self._pending.get(event.request)
            if pending is not None:
                pending.reply = event
                pending.answered.set()
        if isinstance(event, MediaEvent):
            for subscription in list(self._subscriptions):
                subscription.push(event)
