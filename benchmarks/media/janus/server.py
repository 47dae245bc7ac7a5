"""A Janus of one's own, for a while."""

from __future__ import annotations

import resource
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self

import anyio
import anyio.abc

from benchmarks.media.janus import configuration
from benchmarks.media.janus.errors import JanusError
from benchmarks.media.janus.interface import interface
from benchmarks.media.janus.session import Session

# How long it may take until it listens, until publishers' connections are up, and until it ends.
START_S = 15.0
UP_S = 30.0
STOP_S = 5.0
POLL_S = 0.05
LOG_LINES = 20


class Publication(NamedTuple):
    # What those who want to see it name it by.
    feed: int
    answer: str


class Subscription(NamedTuple):
    handle: int
    # One connection with the tracks of all feeds.
    offer: str


class Janus(anyio.AsyncContextManagerMixin):
    """A process that lives as long as the context; what it writes is in `folder`.

    `prefix` goes before its command line and has to become it, as ("taskset", "-c", "0") does.
    With 0 `event_loops`, its default, each handle has a thread; otherwise so many threads share
    them.

    Its media comes from interface.ADDRESS and reaches peers on interface.PEERS only, for which a
    network interface is made: there can be one Janus at a time.

    Descriptions have all candidates in them. Each method may raise JanusError; one that leaves the
    context takes the end of the log with it.
    """

    def __init__(self, folder: Path, *, prefix: Sequence[str] = (), event_loops: int = 0) -> None:
        self._folder = folder
        self._prefix = prefix
        self._event_loops = event_loops
        self._port = _free_port()

    @asynccontextmanager
    async def __asynccontextmanager__(self) -> AsyncGenerator[Self]:
        if shutil.which("janus") is None:
            raise JanusError("there is no janus on this machine: apt-get install janus")
        with interface():
            async with self._started() as self._process:
                try:
                    async with self._connected() as self._session:
                        # Rooms are made and looked at through this one.
                        self._rooms = await self._session.attach()
                        yield self
                except JanusError as error:
                    raise self._with_log(error) from None
                except BaseExceptionGroup as group:
                    only = _only(group)
                    raise self._with_log(only) if isinstance(only, JanusError) else only from None

    @property
    def pid(self) -> int:
        """Of the process, all of whose threads are Janus."""
        return self._process.pid

    async def open_room(self, room: int, *, publishers: int) -> None:
        """For Opus and VP8, without a limit to bitrates or key frames that nobody asked for."""
        await self._session.message(
            self._rooms,
            {
                "request": "create",
                "room": room,
                "publishers": publishers,
                "bitrate": 0,
                "fir_freq": 0,
                "audiocodec": "opus",
                "videocodec": "vp8",
                "audiolevel_ext": False,
                "audiolevel_event": False,
                "videoorient_ext": False,
                "playoutdelay_ext": False,
                "record": False,
                "notify_joining": False,
                "require_e2ee": False,
            },
        )

    async def publish(self, room: int, offer: str) -> Publication:
        """Send what is offered into the room, as a new participant."""
        handle = await self._session.attach()
        body = {"request": "joinandconfigure", "ptype": "publisher", "room": room}
        said, answer = await self._session.message(handle, body, offer=offer)
        return Publication(said["id"], answer)

    async def feeds(self, room: int, *, at_least: int) -> list[int]:
        """Whose connection is up, so that they can be subscribed to; waits for so many."""
        with anyio.move_on_after(UP_S):
            while True:
                body = {"request": "listparticipants", "room": room}
                said, _ = await self._session.message(self._rooms, body)
                found = [one["id"] for one in said["participants"] if one["publisher"]]
                if len(found) >= at_least:
                    return found
                await anyio.sleep(POLL_S)
        raise JanusError(f"no {at_least} connections of publishers are up after {UP_S:.0f} s")

    async def subscribe(self, room: int, feeds: Sequence[int]) -> Subscription:
        """Ask for these feeds, as a new participant."""
        handle = await self._session.attach()
        body = {
            "request": "join",
            "ptype": "subscriber",
            "room": room,
            "streams": [{"feed": feed} for feed in feeds],
            # Nobody here answers a second offer.
            "autoupdate": False,
        }
        _, offer = await self._session.message(handle, body)
        return Subscription(handle, offer)

    async def start(self, handle: int, answer: str) -> None:
        """A subscription's answer: its media may flow."""
        await self._session.message(handle, {"request": "start"}, answer=answer)

    @asynccontextmanager
    async def _started(self) -> AsyncGenerator[anyio.abc.Process]:
        for name, text in configuration.files(self._port, self._event_loops).items():
            (self._folder / name).write_text(text)
        command = [*self._prefix, "janus", "--configs-folder", str(self._folder)]
        with (self._folder / configuration.LOG).open("wb") as log:
            process = await anyio.open_process(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            # A handle has a socket and what wakes its thread, and there are hundreds.
            with suppress(ProcessLookupError):  # its early end is told when it doesn't listen
                _, most = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
                resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (most, most))
            yield process
        finally:
            with anyio.CancelScope(shield=True):
                await _stop(process)

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[Session]:
        with anyio.move_on_after(START_S) as waiting:
            while not await _listens(self._port):
                if self._process.returncode is not None:
                    raise JanusError(f"janus has ended with {self._process.returncode}")
                await anyio.sleep(POLL_S)
        if waiting.cancelled_caught:
            raise JanusError(f"janus does not listen after {START_S:.0f} s")
        async with Session.connected(self._port) as session:
            yield session

    def _with_log(self, error: JanusError) -> JanusError:
        log = (self._folder / configuration.LOG).read_text(errors="replace")
        lines = log.splitlines()[-LOG_LINES:]
        return JanusError("\n".join([f"{error}; its log ends with", *lines]))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def _listens(port: int) -> bool:
    try:
        async with await anyio.connect_tcp("127.0.0.1", port):
            return True
    except OSError:
        return False


async def _stop(process: anyio.abc.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None:
            process.send_signal(number)
            with anyio.move_on_after(STOP_S):
                await process.wait()


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error in it: the task groups in here are no business of the caller's."""
    if len(group.exceptions) > 1:
        return group
    error = group.exceptions[0]
    return _only(error) if isinstance(error, BaseExceptionGroup) else error
