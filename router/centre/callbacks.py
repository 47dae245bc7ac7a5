"""What a customer may do instead of holding the line: be called back, or leave a message."""

from __future__ import annotations

from msgspec.structs import replace

from router import commands as c
from router.admission import takes
from router.bookkeeping import LEFT_A_MESSAGE, called_back
from router.centre.core import Core
from router.errors import Invalid, WrongState
from router.hours import is_open, next_change_us
from router.model import (
    CALL_TO_BOUND,
    MESSAGE_TEXT_BOUND,
    Callback,
    Contact,
    Offer,
    QueueSettings,
    Voicemail,
)
from router.text import check_text

# The matcher takes no moment further away.
AHEAD_MAX_US = 366 * 86_400 * 1_000_000


def check_number(channel: str, wish: Callback | None, field: str) -> None:
    """Raise Invalid for a contact whose agent would not know where to phone."""
    if channel == "callback" and (wish is None or not wish.to.strip()):
        what = "a contact of the channel callback says where the agent phones the customer"
        raise Invalid(what, field=field)


class CallbackCalls(Core):
    async def request_callback(self, contact_id: str, wish: Callback, *, by: str) -> Contact:
        """The customer of a contact that waits is called back instead, and may close the page: the
        contact keeps its place, or with `at_us` is out of line until then. Again: another wish.

        Raises UnknownContact, WrongState (with an agent; or no callbacks here), Invalid, Busy.
        """
        contact = self._ledger.live_contact(contact_id)
        self._check_offered(contact, "callback")
        check_number(contact.channel, wish, "to")
        self._check_wish(self._settings(contact), wish)
        until_us = self._not_before_us(self._settings(contact), wish)
        self._writer.check_room()
        asked = called_back(contact, wish.to)
        command = c.Defer(contact=contact.number, until_us=until_us)
        await self._dispatch.order(command, contact=asked)
        self._writer.check_room()
        contact = self._ledger.live_contact(contact_id)
        event = self._event("callback.requested", contact=contact_id, at_us=wish.at_us, by=by)
        return await self._change(called_back(contact, wish.to), event)

    async def leave_message(
        self, contact_id: str, text: str = "", voicemail: Voicemail | None = None
    ) -> Contact:
        """The customer of a contact that waits leaves a message instead, in words or spoken, which
        ends the contact.

        Raises UnknownContact, WrongState (accepted already; or no messages here), Invalid, Busy.
        """
        shortest = 1 if voicemail is None else 0
        check_text(text, "text", shortest=shortest, longest=MESSAGE_TEXT_BOUND)
        contact = self._ledger.live_contact(contact_id)
        self._check_offered(contact, "message")
        if contact.state not in ("waiting", "deferred", "offered"):
            raise WrongState(f"contact {contact_id} is with an agent already")
        self._writer.check_room()
        event = self._event("contact.message_written", contact=contact_id)
        await self._change(replace(contact, message=text, voicemail=voicemail), event)
        await self._dispatch.order(c.Abandon(contact=contact.number), by=LEFT_A_MESSAGE)
        return self._floor.contact(contact_id)

    def offers(self, contact: Contact) -> list[Offer]:
        """What the customer of a contact may choose at this moment instead of waiting on."""
        if contact.state not in ("waiting", "deferred") or contact.kind != "call":
            return []
        number = self._ledger.queue_numbers.get(contact.queue)
        queue = None if number is None else self._ledger.queues[number]
        always: tuple[Offer, ...] = ("callback",) if queue and queue.callback else ()
        return list(dict.fromkeys((*always, *contact.offers)))

    def _settings(self, contact: Contact) -> QueueSettings:
        return self._ledger.settings(contact.queue)

    def _check_offered(self, contact: Contact, offer: Offer) -> None:
        if offer not in contact.offers and not takes(self._settings(contact), offer):
            raise WrongState(f"queue {contact.queue} takes no {offer}s")

    def _check_wish(self, queue: QueueSettings, wish: Callback) -> None:
        """Raise Invalid for a callback that can't be."""
        check_text(wish.to, "to", longest=CALL_TO_BOUND)
        if wish.at_us is None:
            return
        now_us = self._clock()
        if not now_us < wish.at_us <= now_us + AHEAD_MAX_US:
            raise Invalid("a callback is at a time to come, within a year", field="at")
        calendar = queue.calendar
        if calendar is not None and not is_open(calendar, wish.at_us):
            opens_us = next_change_us(calendar, wish.at_us)
            raise Invalid(
                f"queue {queue.id} is closed at that time{self._until(queue, opens_us)}",
                field="at",
                opens_us=opens_us,
            )

    def _not_before_us(self, queue: QueueSettings, wish: Callback) -> int:
        """From when on the callback is in line: when it is wished for, else when the queue is
        open."""
        if wish.at_us is not None:
            return wish.at_us
        opening = self._opening(queue.id)
        if not opening.is_open and opening.changes_us is not None:
            return opening.changes_us
        return self._clock()
