"""The server process: one port, one uvloop, and an orderly end.

SIGINT or SIGTERM drain: no new contacts, running calls may end within the grace period, their
recordings are made, then exit code 0. A second signal ends the calls at once.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import anyio
import anyio.abc
import sqlalchemy as sa
import uvicorn

from control_api import limits, logs
from control_api.app import create_app
from control_api.compose import Services, open_services
from mediacore.config import Settings
from router import settle

BACKLOG: Final = 2048
"""Connections that may wait to be taken: a building's pages come back at once after a restart."""

CLOSE_LIMIT_S: Final = 5
"""How long requests and sockets may take to close at the end."""

_log = logging.getLogger(__name__)


class StartFailure(Exception):
    """The server can't start; the text is one line for whoever started it."""


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. Raises StartFailure."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartFailure(
                f"port {port} on {host} is taken by another program; "
                "stop that one or choose another port"
            ) from None
        reason = error.strerror or str(error)
        raise StartFailure(f"can't listen on {host} port {port}: {reason}") from None


def run(settings: Settings, listener: socket.socket, announce: Callable[[], None]) -> int:
    """Serve until a signal; returns the exit code. `announce` is called once pages can come."""
    logs.set_up(settings.log)
    with _alone(settings):
        try:
            anyio.run(_serve, settings, listener, announce, backend_options={"use_uvloop": True})
        except* OSError as group:
            raise StartFailure(_first(group)) from group
        except* sa.exc.SQLAlchemyError as group:
            raise StartFailure(f"the store {settings.store.url}: {_first(group)}") from group
    return 0


async def _serve(settings: Settings, listener: socket.socket, announce: Callable[[], None]) -> None:
    async with open_services(settings) as services:
        settle()
        config = uvicorn.Config(
            create_app(services),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=limits.FRAME_BYTES_MAX,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=CLOSE_LIMIT_S,
            ssl_certfile=settings.server.tls_certificate or None,
            ssl_keyfile=settings.server.tls_key or None,
        )
        server = _Server(config, announce)
        async with anyio.create_task_group() as tasks:
            await tasks.start(_obey_signals, services, server)
            await server.serve(sockets=[listener])
            tasks.cancel_scope.cancel()


class _Server(uvicorn.Server):
    """Leaves the signals to us, and says when it is up."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


async def _obey_signals(
    services: Services,
    server: uvicorn.Server,
    *,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    at_once = anyio.Event()
    draining = False
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async with anyio.create_task_group() as tasks:
            async for received in signals:
                if draining:
                    at_once.set()
                    continue
                draining = True
                _log.info("draining after %s", signal.Signals(received).name)
                tasks.start_soon(_drain, services, server, at_once)


async def _drain(services: Services, server: uvicorn.Server, at_once: anyio.Event) -> None:
    await services.drain(services.settings.server.shutdown_grace_s, at_once)
    server.should_exit = True


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Two servers on one SQLite file would each give away the same contacts."""
    path = settings.store.url.removeprefix("sqlite:///")
    if path == settings.store.url:
        yield
        return
    lock = Path(f"{path}.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartFailure(f"another server works with {path} already") from None
        yield


def _first(group: BaseExceptionGroup[BaseException]) -> str:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def fail(command: str, failure: StartFailure) -> int:
    """Say why on standard error; returns the exit code."""
    print(f"mediacore {command}: {failure}", file=sys.stderr)
    return 1
