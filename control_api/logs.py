"""Structured logs on standard error: JSON for machines or lines for people.

A log line never carries a token, a name, a text somebody wrote, a query string or a body: the
access log names the route's template, not the address.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor

from mediacore.config import LogSettings

QUIET = {
    # Its own access log has whole addresses, its protocol logs have frames.
    "uvicorn.access": logging.CRITICAL,
    "uvicorn.error": logging.WARNING,
    "websockets": logging.WARNING,
    "alembic": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "asyncio": logging.WARNING,
    "libav": logging.ERROR,
}
"""Libraries whose say is limited, whatever our own level is."""

_access = structlog.stdlib.get_logger("mediacore.access")


def set_up(settings: LogSettings) -> None:
    """Route everything that is logged in this process through structlog, once."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Processor]
    if settings.format == "json":
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        last = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                # The default one prints local variables: tokens and names.
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _without_colours],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(max(level, root.level))


def _without_colours(logger: Any, method: str, event: EventDict) -> EventDict:
    """Uvicorn adds a second, coloured text to its records."""
    event.pop("color_message", None)
    return event


class AccessLog:
    """One line for each HTTP request: method, route template, status, time taken."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            _access.info(
                "request",
                method=scope["method"],
                route=scope.get("path_template") or "unknown",
                status=status,
                took_s=round(time.perf_counter() - begun, 6),
            )
