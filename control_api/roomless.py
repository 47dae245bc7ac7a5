"""Contacts without a room in the media engine: what is written, and calls that the agent makes with
a telephone of their own. They are connected once the agent has accepted and whoever has to be on a
page is there, and they are not recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable

from router.centre import ContactCentre
from router.errors import RouterError
from router.model import Contact

_log = logging.getLogger(__name__)


class Roomless:
    """`is_here`: whether the visitor of the contact with that id has a page."""

    def __init__(self, centre: ContactCentre, is_here: Callable[[str], bool]) -> None:
        self._centre = centre
        self._is_here = is_here

    async def follow(self, contact: Contact, event_type: str) -> None:
        """One committed event of the contact, whose state may be later than the event."""
        if event_type != "reservation.accepted":
            return
        # Who asks a colleague is there, and who is phoned needs no page.
        if contact.about is not None or contact.phoned or self._is_here(contact.id):
            await self._connect(contact)

    async def visitor_came(self, contact_id: str) -> None:
        """The visitor's page is here, for the first time or again."""
        try:
            contact = self._centre.contact(contact_id)
        except RouterError:
            return  # long ended
        await self._connect(contact)

    async def _connect(self, contact: Contact) -> None:
        if contact.has_room or contact.state != "accepted":
            return
        try:
            await self._centre.connected(contact.id)
        except RouterError as error:
            # It ended, or was connected, while this was on its way.
            _log.debug("contact %s was not connected: %s", contact.id, error.code)
