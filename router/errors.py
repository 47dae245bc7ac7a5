"""What the router refuses, one class per reason. `code` is the stable text on the wire."""

from __future__ import annotations

from typing import ClassVar


class RouterError(Exception):
    """A refusal: `code` for programs, `detail` for people, `field` where one input is to blame.

    No detail ever quotes what a customer typed.
    """

    code: ClassVar[str] = "invalid"

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        offers: tuple[str, ...] = (),
        opens_us: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        self.offers = offers
        self.opens_us = opens_us


class UnknownContact(RouterError):
    code = "unknown_contact"


class UnknownAgent(RouterError):
    code = "unknown_agent"


class UnknownQueue(RouterError):
    code = "unknown_queue"


class UnknownSkill(RouterError):
    """The detail names the nearest skill there is, or all."""

    code = "unknown_skill"


class UnknownGroup(RouterError):
    """Here as in the next three the detail names the nearest one there is, or all."""

    code = "unknown_group"


class UnknownRegion(RouterError):
    code = "unknown_region"


class UnknownVip(RouterError):
    code = "unknown_vip"


class UnknownIssue(RouterError):
    code = "unknown_issue"


class StaleReservation(RouterError):
    """The offer has moved on: it timed out, was withdrawn, or belongs to another agent."""

    code = "stale_reservation"


class WrongState(RouterError):
    """The contact or agent is known, but not in a state that allows this."""

    code = "wrong_state"


class DuplicateContact(RouterError):
    code = "duplicate_contact"


class QueueFull(RouterError):
    """The queue's `max_waiting` is reached; try again later."""

    code = "queue_full"


class QueueClosed(RouterError):
    """The queue is outside its hours, and nobody waits in it then. `opens_us`: until when, if that
    is known. Here as in QueueFull and QueueUnstaffed `offers` is what the customer may choose."""

    code = "queue_closed"


class QueueUnstaffed(RouterError):
    """Nobody is signed in who serves the queue, and nobody waits in it then."""

    code = "queue_unstaffed"


class AlreadySignedIn(RouterError):
    code = "already_signed_in"


class Invalid(RouterError):
    """An argument is out of its bounds; `field` names it."""

    code = "invalid"


class Draining(RouterError):
    """The server is going down and takes no new contacts."""

    code = "draining"


class Busy(RouterError):
    """A bounded buffer is full; nothing was done, the same call may be repeated."""

    code = "busy"


class IdempotencyConflict(RouterError):
    """The idempotency key was used before with another request."""

    code = "idempotency_conflict"


class ChatFull(RouterError):
    """The contact has as many messages as one contact may have."""

    code = "chat_full"


class CentreClosed(RouterError):
    """The contact centre is not running; the outcome of a call in flight is unknown."""

    code = "closed"


_BY_CODE: dict[str, type[RouterError]] = {
    error.code: error
    for error in (
        UnknownContact,
        UnknownAgent,
        UnknownQueue,
        StaleReservation,
        WrongState,
        DuplicateContact,
        QueueFull,
        AlreadySignedIn,
        Invalid,
    )
}


def refusal(code: str, detail: str) -> RouterError:
    """The typed error for a refusal of the matcher (codes: native/acd)."""
    return _BY_CODE[code](detail)
