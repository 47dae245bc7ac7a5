"""Spoken messages: handed in by who leaves them, heard by who reads messages."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, RawBody

from control_api.http import contacts, files
from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.problems import Problem
from control_api.voicemails import BYTES_MAX


class VoicemailView(msgspec.Struct):
    """`id` is what a message names as its `voicemail`, within ten minutes."""

    id: str
    duration_s: float


@post("/voicemails", summary="Hand in a spoken message", request_max_body_size=BYTES_MAX)
async def create(
    request: Request[Any, Any, Any], body: RawBody, principal: PrincipalOf, services: ServicesOf
) -> VoicemailView:
    """The body is the sound, its Content-Type `audio/webm`, `audio/ogg`, `audio/mp4` or
    `audio/wav`, of two minutes and 4 MiB at most. For visitors, pages that have an entry token, and
    integrators. Kept is Opus, mono."""
    principal.require("entry", "visitor", "integrator")
    if principal.role == "entry":
        contacts.limit_arrivals(request, principal, services)
    media_type, _ = request.content_type
    made = await services.voicemails.take(body, media_type)
    return VoicemailView(made.id, made.duration_s)


@get("/contacts/{contact_id:str}/voicemail", summary="The spoken message's file")
async def media(
    request: Request[Any, Any, Any],
    contact_id: FromPath[str],
    principal: PrincipalOf,
    services: ServicesOf,
) -> Response[Any]:
    """Opus in WebM, whole or with a Range header one range of it (206). For supervisors and
    integrators."""
    principal.require("supervisor", "integrator")
    contact = await contacts.find(contact_id, principal, services)
    if contact.voicemail is None:
        raise Problem("unknown_voicemail", f"contact {contact_id} has no spoken message")
    path = services.voicemails.path(contact.voicemail.id)
    try:
        size = (await anyio.to_thread.run_sync(path.stat)).st_size
    except FileNotFoundError:
        raise Problem("unknown_voicemail", "its file is gone") from None
    return files.serve(
        request,
        path,
        size=size,
        media_type="audio/webm",
        name=f"{contact_id}.webm",
        tag=contact.voicemail.id,
    )


router = Router("/", route_handlers=[create, media], tags=["Spoken messages"])
