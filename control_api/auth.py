"""Who asks: tokens (JWT, RFC 7519, HS256) for people and pages, one API key for integrators.

Roles: `entry` may see the topics and create contacts (what a visitor's link holds), `visitor` is
one contact, `agent` and `supervisor` are people, `integrator` is whoever holds the API key.
"""

from __future__ import annotations

import argparse
import hmac
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, get_args

import jwt
import msgspec
from msgspec import Meta

from control_api.problems import Problem

TokenRole = Literal["entry", "visitor", "agent", "supervisor"]
Role = Literal["entry", "visitor", "agent", "supervisor", "integrator"]

TTL_S_MAX: Final = 400 * 86_400
"""Longest life of a token: a link on a website may be renewed once a year."""

CLOCK_SKEW_S: Final = 5
"""Between the clocks of two servers that share a token_secret."""

Subject = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]
Name = Annotated[str, Meta(max_length=100)]

PAGES: Final[dict[TokenRole, str]] = {
    "entry": "/visitor",
    "visitor": "/visitor",
    "agent": "/agent",
    "supervisor": "/supervisor",
}


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a token says. `contact` is set for visitors only; times are Unix seconds."""

    role: TokenRole
    sub: Subject
    iat: int
    exp: int
    name: Name = ""
    contact: str | None = None


class Principal(msgspec.Struct, frozen=True):
    """Who asks, after checking."""

    role: Role
    subject: str
    name: str = ""
    contact: str | None = None

    def require(self, *roles: Role) -> None:
        """Raises Problem(not_permitted) for any other role."""
        if self.role not in roles:
            detail = f"this needs the role {' or '.join(roles)}; the token's is {self.role}"
            raise Problem("not_permitted", detail)

    def may_see(self, contact: str, agent: str | None) -> None:
        """The contact's visitor, its agent, any supervisor and integrators; nobody else."""
        if self.role in ("integrator", "supervisor"):
            return
        if self.role == "visitor" and self.contact == contact:
            return
        if self.role == "agent" and self.subject == agent:
            return
        raise Problem("not_permitted", "the token does not open this contact")


INTEGRATOR: Final = Principal("integrator", "integrator")


class Keys:
    """Issues and checks tokens; knows the API key. `now` gives Unix seconds."""

    def __init__(
        self, api_key: str, token_secret: str, *, now: Callable[[], float] = time.time
    ) -> None:
        self._api_key = api_key.encode()
        self._secret = token_secret
        self._now = now

    def issue(
        self,
        role: TokenRole,
        subject: str,
        *,
        name: str = "",
        ttl_s: int,
        contact: str | None = None,
    ) -> tuple[str, datetime]:
        """A token and when it ends. A visitor's token is always for one contact."""
        if (role == "visitor") != (contact is not None):
            raise Problem("invalid", "visitor tokens name a contact, others don't", field="contact")
        issued = int(self._now())
        claims = Claims(role, subject, issued, issued + ttl_s, name, contact)
        payload: dict[str, Any] = msgspec.to_builtins(claims)
        token = jwt.encode(payload, self._secret, algorithm="HS256")
        return token, datetime.fromtimestamp(claims.exp, UTC)

    def check(self, token: str) -> Principal:
        """The token's holder. Raises Problem: token_invalid, token_expired."""
        try:
            payload = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                options={"verify_exp": False, "verify_iat": False},
            )
            claims = msgspec.convert(payload, Claims)
        except (jwt.InvalidTokenError, msgspec.ValidationError):
            detail = "the token is not one of this server; ask for a new link or token"
            raise Problem("token_invalid", detail) from None
        if claims.exp + CLOCK_SKEW_S <= self._now():
            ended = datetime.fromtimestamp(claims.exp, UTC).isoformat(timespec="seconds")
            raise Problem("token_expired", f"the token ended at {ended}; ask for a new one")
        return Principal(claims.role, claims.sub, claims.name, claims.contact)

    def authenticate(self, authorization: str | None) -> Principal:
        """Whoever stands in an Authorization header (RFC 6750 section 2.1)."""
        scheme, _, credentials = (authorization or "").partition(" ")
        credentials = credentials.strip()
        if scheme.lower() != "bearer" or not credentials:
            raise Problem(
                "token_invalid",
                "send the header 'Authorization: Bearer' followed by a token or the API key",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if hmac.compare_digest(credentials.encode(), self._api_key):
            return INTEGRATOR
        try:
            return self.check(credentials)
        except Problem as problem:
            problem.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            raise


def link(public_url: str, role: TokenRole, token: str) -> str:
    """A page's address; the token is in the fragment, which no server and no proxy ever sees."""
    return f"{public_url.rstrip('/')}{PAGES[role]}#token={token}"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`mediacore token`: make a link for somebody from the command line."""
    parser = subparsers.add_parser("token", help="make a token and its page link")
    parser.add_argument("--config", default="mediacore.toml", help="path of mediacore.toml")
    roles = [role for role in get_args(TokenRole) if role != "visitor"]
    parser.add_argument("--role", required=True, choices=roles)
    parser.add_argument("--subject", required=True, help="the person's id, e.g. alice")
    parser.add_argument("--name", default="", help="the name others read")
    parser.add_argument("--days", type=float, default=30.0, help="how long it lasts (30)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from mediacore.config import load

    try:
        msgspec.convert(arguments.subject, Subject)
        msgspec.convert(arguments.name, Name)
    except msgspec.ValidationError:
        print(
            "mediacore token: --subject takes 1 to 64 of A-Z a-z 0-9 . _ @ -, "
            "--name at most 100 characters",
            file=sys.stderr,
        )
        return 2
    ttl_s = int(arguments.days * 86_400)
    if not 0 < ttl_s <= TTL_S_MAX:
        print(f"mediacore token: --days takes up to {TTL_S_MAX // 86_400}", file=sys.stderr)
        return 2
    settings = load(arguments.config)
    keys = Keys(settings.keys.api_key, settings.keys.token_secret)
    token, expires_at = keys.issue(
        arguments.role, arguments.subject, name=arguments.name, ttl_s=ttl_s
    )
    print(link(settings.server.public_url, arguments.role, token))
    print(f"until {expires_at.isoformat(timespec='seconds')}", file=sys.stderr)
    return 0
