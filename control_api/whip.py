"""WHIP (RFC 9725) and WHEP: media for standard clients by one HTTP request.

POST an SDP offer with a token as bearer; the answer comes with 201 and the session's address in
Location. DELETE that address ends it. There is no trickle ICE and no ICE restart: PATCH is 405
(RFC 9725 section 4.3.1).
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, delete, post
from litestar.params import FromPath, RawBody

from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.problems import Problem

SDP = "application/sdp"


@post("/whip/{contact_id:str}", media_type=SDP, summary="Publish into a call (WHIP)")
async def publish(
    request: Request[Any, Any, Any],
    contact_id: FromPath[str],
    body: RawBody,
    principal: PrincipalOf,
    services: ServicesOf,
) -> Response[str]:
    """Sends microphone, camera (first video) and screen (second video) into the contact's call."""
    principal.require("visitor", "agent")
    return await _negotiate(request, contact_id, body, principal, services, publish=True)


@post("/whep/{contact_id:str}", media_type=SDP, summary="Receive a call (WHEP)")
async def receive(
    request: Request[Any, Any, Any],
    contact_id: FromPath[str],
    body: RawBody,
    principal: PrincipalOf,
    services: ServicesOf,
) -> Response[str]:
    """Receives what the others in the contact's call send; a supervisor is not seen by them."""
    principal.require("visitor", "agent", "supervisor")
    return await _negotiate(request, contact_id, body, principal, services, publish=False)


@delete("/media-sessions/{key:str}", summary="End a WHIP or WHEP session")
async def end(key: FromPath[str], principal: PrincipalOf, services: ServicesOf) -> None:
    """204; the session's address is gone afterwards."""
    await services.media_sessions.close(key, principal)


async def _negotiate(
    request: Request[Any, Any, Any],
    contact_id: FromPath[str],
    body: RawBody,
    principal: PrincipalOf,
    services: ServicesOf,
    *,
    publish: bool,
) -> Response[str]:
    content_type, _ = request.content_type
    if content_type != SDP:
        raise Problem("unsupported_media_type", f"send the offer as {SDP}")
    contact = services.centre.contact(contact_id)
    principal.may_see(contact.id, contact.agent)
    try:
        offer = body.decode()
    except UnicodeDecodeError:
        raise Problem("malformed_sdp", "the offer is not UTF-8 text") from None
    session, answer = await services.media_sessions.open(
        contact_id, principal, offer, publish=publish
    )
    location = f"/v1/media-sessions/{session.key}"
    return Response(answer, status_code=201, media_type=SDP, headers={"Location": location})


router = Router("/", route_handlers=[publish, receive, end], tags=["WHIP and WHEP"])
