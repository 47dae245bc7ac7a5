"""Every refusal the API can give, over HTTP (RFC 9457 problem+json) and over the WebSocket alike.

`code` is for programs and stays as it is; `title` says what it means in general, `detail` what was
wrong this time and what would be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import msgspec

from control_api.moments import moment_or_none
from mediacore.errors import EngineClosed, MediaBusy, MediaError, MediaRefused, MediaTimeout
from router.errors import RouterError

PROBLEM_TYPE = "https://mediacore.dev/problems/"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal: its HTTP status and what it means."""

    status: int
    title: str


KINDS: Final[dict[str, Kind]] = {
    "malformed_message": Kind(400, "The message does not have the form that is documented"),
    "unknown_message": Kind(400, "There is no message of this type"),
    "hello_expected": Kind(400, "The first message on a WebSocket has to be hello"),
    "invalid": Kind(400, "A value is outside its limits"),
    "malformed_sound": Kind(400, "The sound can't be read"),
    "malformed_sdp": Kind(400, "The session description can't be read"),
    "token_invalid": Kind(401, "No token, or none that this server issued"),
    "token_expired": Kind(401, "The token is past its time"),
    "not_permitted": Kind(403, "The token does not open this"),
    "publish_not_granted": Kind(403, "This participant may not send media"),
    "not_found": Kind(404, "There is nothing at this address"),
    "unknown_queue": Kind(404, "There is no such queue"),
    "unknown_skill": Kind(404, "There is no such skill"),
    "unknown_group": Kind(404, "There is no such group of agents"),
    "unknown_region": Kind(404, "There is no such region"),
    "unknown_vip": Kind(404, "There is no such class of customers"),
    "unknown_issue": Kind(404, "There is no such issue"),
    "unknown_contact": Kind(404, "There is no such contact"),
    "unknown_agent": Kind(404, "There is no such agent, or the agent is not signed in"),
    "unknown_voicemail": Kind(404, "There is no such spoken message"),
    "unknown_recording": Kind(404, "The contact has no recording"),
    "unknown_session": Kind(404, "There is no such media session"),
    "unknown_track": Kind(404, "There is no such track any more"),
    "method_not_allowed": Kind(405, "The method is not offered at this address"),
    "already_connected": Kind(409, "The same person is connected from another page"),
    "already_signed_in": Kind(409, "The agent is signed in already"),
    "duplicate_contact": Kind(409, "The contact is there already"),
    "idempotency_conflict": Kind(409, "The idempotency key was used with another request"),
    "replaced": Kind(409, "Another page has taken this one's place"),
    "stale_reservation": Kind(409, "The offer is over: it timed out or was withdrawn"),
    "wrong_state": Kind(409, "This is not possible in the present state"),
    "chat_full": Kind(409, "The contact has as many messages as one contact may have"),
    "message_too_large": Kind(413, "The message is larger than the limit"),
    "unsupported_media_type": Kind(415, "The body has another content type than is documented"),
    "no_common_codec": Kind(422, "Server and client have no codec in common"),
    "rate_limited": Kind(429, "Too many requests; try again later"),
    "internal": Kind(500, "Something went wrong in the server"),
    "queue_closed": Kind(503, "The queue is outside its hours"),
    "queue_unstaffed": Kind(503, "Nobody is signed in who serves the queue"),
    "queue_full": Kind(503, "The queue takes no more contacts at the moment"),
    "draining": Kind(503, "The server is going down and takes no new contacts"),
    "busy": Kind(503, "The server has too much to do at the moment; try again"),
    "too_many_sessions": Kind(503, "The server carries as many media sessions as it may"),
    "too_many_tracks": Kind(503, "The session carries as many tracks as it may"),
}


class Problem(Exception):
    """A refusal on its way to the client. `field` is a path into the client's own input.

    No detail quotes what a customer typed, nor a token.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        headers: dict[str, str] | None = None,
        offers: tuple[str, ...] = (),
        opens_at: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.kind = KINDS[code]
        self.code = code
        self.detail = detail
        self.field = field
        self.headers = headers or {}
        self.offers = offers
        self.opens_at = opens_at


class ProblemBody(msgspec.Struct, omit_defaults=True):
    """What a refused HTTP request is answered with (RFC 9457 section 3). `offers`: what a visitor
    may choose instead (`callback`, `message`); `opens_at`: when the queue opens."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    offers: tuple[str, ...] = ()
    opens_at: str | None = None


def body_of(problem: Problem) -> ProblemBody:
    return ProblemBody(
        type=PROBLEM_TYPE + problem.code,
        title=problem.kind.title,
        status=problem.kind.status,
        detail=problem.detail,
        code=problem.code,
        field=problem.field,
        offers=problem.offers,
        opens_at=problem.opens_at,
    )


def of_validation(error: msgspec.DecodeError, code: str) -> Problem:
    """What a msgspec error says, e.g. "Expected `str`, got `int` - at `$.customer.name`"."""
    detail, _, path = str(error).partition(" - at `")
    return Problem(code, detail, field=field_of(detail, path.removesuffix("`").removeprefix("$")))


def field_of(detail: str, path: str) -> str | None:
    """The path to what is wrong; a field that is missing or unknown stands in the detail."""
    named = re.fullmatch(r"Object (?:missing required|contains unknown) field `(.*)`", detail)
    return f"{path}.{named[1]}".strip(".") if named else path.strip(".") or None


# Codes of other rooms that read otherwise from outside.
_RENAMED: Final = {
    "closed": "busy",
    "unknown_room": "wrong_state",
    "duplicate_session": "internal",
}


def of_refusal(error: RouterError | MediaError) -> Problem:
    """What the contact centre or the media engine refused, as the client is told."""
    if isinstance(error, RouterError):
        code = _RENAMED.get(error.code, error.code)
        return Problem(
            code if code in KINDS else "internal",
            error.detail,
            field=error.field,
            offers=error.offers,
            opens_at=moment_or_none(error.opens_us),
        )
    if isinstance(error, MediaRefused):
        code = _RENAMED.get(error.code, error.code)
        return Problem(code if code in KINDS else "internal", error.detail)
    if isinstance(error, MediaBusy | MediaTimeout):
        return Problem("busy", "the media server has too much to do at the moment; try again")
    if isinstance(error, EngineClosed):
        return Problem("draining", "the server is going down")
    return Problem("internal", "the media server could not do this")
