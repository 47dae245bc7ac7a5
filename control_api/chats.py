"""Contacts that are written, not spoken: connected once the agent has accepted and the visitor is
there; a consultation at once, as who asks is. They have no room in the media engine and are not
recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable

from router.centre import ContactCentre
from router.errors import RouterError
from router.model import Contact

_log = logging.getLogger(__name__)


class Chats:
    """`is_here`: whether the visitor of the contact with that id has a page."""

    def __init__(self, centre: ContactCentre, is_here: Callable[[str], bool]) -> None:
        self._centre = centre
        self._is_here = is_here

    async def follow(self, contact: Contact, event_type: str) -> None:
        """One committed event of the contact, whose state may be later than the event."""
        is_here = contact.about is not None or self._is_here(contact.id)
        if event_type == "reservation.accepted" and is_here:
            await self._connect(contact)

    async def visitor_came(self, contact_id: str) -> None:
        """The visitor's page is here, for the first time or again."""
        try:
            contact = self._centre.contact(contact_id)
        except RouterError:
            return  # long ended
        await self._connect(contact)

    async def _connect(self, contact: Contact) -> None:
        if contact.channel != "chat" or contact.state != "accepted":
            return
        try:
            await self._centre.connected(contact.id)
        except RouterError as error:
            # It ended, or was connected, while this was on its way.
            _log.debug("contact %s was not connected: %s", contact.id, error.code)
