"""Tokens for pages and clients, issued to an integrator."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Router, post
from litestar.params import JSONBody
from msgspec import Meta

from control_api.auth import TTL_S_MAX, Name, Subject, TokenRole, link
from control_api.http.parts import PrincipalOf, ServicesOf


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """`subject` is the person's id; `contact` goes with the role visitor, and only with it."""

    role: TokenRole
    subject: Subject
    name: Name = ""
    ttl_s: Annotated[int, Meta(gt=0, le=TTL_S_MAX)] = 86_400
    contact: str | None = None


class IssuedToken(msgspec.Struct):
    """`url` is the page that the token opens, with the token in its fragment."""

    token: str
    expires_at: str
    url: str


@post("/tokens", summary="Issue a token")
async def issue(
    data: JSONBody[NewToken], principal: PrincipalOf, services: ServicesOf
) -> IssuedToken:
    """Needs the API key."""
    principal.require("integrator")
    if data.contact is not None:
        await services.centre.find_contact(data.contact)
    token, expires_at = services.keys.issue(
        data.role, data.subject, name=data.name, ttl_s=data.ttl_s, contact=data.contact
    )
    return IssuedToken(
        token,
        expires_at.isoformat().replace("+00:00", "Z"),
        link(services.settings.server.public_url, data.role, token),
    )


router = Router("/", route_handlers=[issue], tags=["Tokens"])
