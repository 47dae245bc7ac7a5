"""The ASGI application: every route, and one answer to every error."""

from __future__ import annotations

import logging
import re
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, WebSocket, websocket
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ASGIApp, ControllerRouterHandler

from control_api import health, limits, openapi, pages, whip
from control_api.compose import Services
from control_api.http import agents, contacts, floor, recordings, tokens, transfers, voicemails
from control_api.http.parts import DEPENDENCIES
from control_api.logs import AccessLog
from control_api.problems import MEDIA_TYPE, Problem, body_of, field_of, of_refusal
from control_api.ws.connection import Connection
from control_api.ws.conversation import converse
from mediacore.errors import MediaError
from router.errors import RouterError

# Tokens and personal data are kept by nobody on the way.
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_BY_STATUS = {
    400: "malformed_message",
    401: "token_invalid",
    403: "not_permitted",
    404: "not_found",
    405: "method_not_allowed",
    413: "message_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
}

# The framework reports a parameter by its name in the code.
_PARAMETERS = {"contact_state": "state", "idempotency_key": "Idempotency-Key", "language": "lang"}

_log = logging.getLogger(__name__)


@websocket("/ws")
async def socket(socket: WebSocket[Any, Any, Any], state: State) -> None:
    """The protocol of control_api.ws."""
    services: Services = state.services
    await socket.accept()
    page = Connection(socket, services.metrics.count_refusal)
    await page.run(lambda page: converse(page, services))


def create_app(services: Services) -> ASGIApp:
    """The application on running services, which the caller closes after the server has stopped."""
    routes: list[ControllerRouterHandler] = [
        tokens.router,
        contacts.router,
        transfers.router,
        recordings.router,
        voicemails.router,
        agents.router,
        floor.router,
        whip.router,
        socket,
    ]
    # Outside the framework: its own middleware doesn't see requests that match no route.
    return AccessLog(
        Litestar(
            route_handlers=[
                Router("/v1", route_handlers=routes, response_headers=PRIVATE),
                health.router,
                pages.router,
            ],
            dependencies=DEPENDENCIES,
            exception_handlers={
                Problem: _problem,
                RouterError: _refusal,
                MediaError: _refusal,
                HTTPException: _http,
                Exception: _unexpected,
            },
            openapi_config=openapi.config(),
            request_max_body_size=limits.BODY_BYTES_MAX,
            state=State({"services": services}),
            # Nothing of the framework's own is to reach a log or an answer.
            logging_config=None,
            debug=False,
        )
    )


def _answer(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    services: Services = request.app.state.services
    services.metrics.count_refusal(problem.code)
    return Response(
        msgspec.json.encode(body_of(problem)),
        status_code=problem.kind.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def _problem(request: Request[Any, Any, Any], error: Problem) -> Response[bytes]:
    return _answer(request, error)


def _refusal(request: Request[Any, Any, Any], error: RouterError | MediaError) -> Response[bytes]:
    return _answer(request, of_refusal(error))


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses: unknown routes, wrong methods, bodies it can't read."""
    code = _BY_STATUS.get(error.status_code, "internal")
    detail, field = error.detail, None
    if isinstance(error, ValidationException) and isinstance(error.extra, list) and error.extra:
        first: dict[str, str] = error.extra[0]
        detail = first.get("message", detail)
        # The framework calls the whole body "data".
        path = first.get("key", "")
        field = field_of(detail, _PARAMETERS.get(path, re.sub(r"^data\b", "", path)))
    elif code == "message_too_large":
        most = getattr(request.route_handler, "request_max_body_size", None)
        most = most if isinstance(most, int) else limits.BODY_BYTES_MAX
        detail = f"a body has at most {most} bytes here"
    elif code == "not_found":
        detail = "there is nothing at this address"
    headers = dict(error.headers or {})
    return _answer(request, Problem(code, detail, field=field, headers=headers))


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _log.error("%s failed", request.scope.get("path_template"), exc_info=error)
    detail = "something went wrong in the server; it has been logged"
    return _answer(request, Problem("internal", detail))
