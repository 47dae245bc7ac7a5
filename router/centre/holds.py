"""A call on hold: how long is kept with the contact."""

from __future__ import annotations

from router.centre.core import Core
from router.errors import WrongState
from router.holding import held, resumed
from router.model import Contact
from router.store import Entry


class HoldCalls(Core):
    async def set_hold(self, contact_id: str, on_hold: bool) -> Contact:
        """The call of the contact is on hold from now on, or no longer. Raises UnknownContact,
        WrongState (in no call), Busy."""
        contact = self._ledger.live_contact(contact_id)
        if contact.state not in ("accepted", "connected"):
            raise WrongState(f"contact {contact_id} is in no call")
        if on_hold == (contact.held_since_us is not None):
            return self._floor.contact(contact_id)
        self._writer.check_room()
        if on_hold:
            contact, event = held(contact, self._clock())
            events = [event]
        else:
            contact, events = resumed(contact, self._clock())
        self._ledger.put_contact(contact)
        await self._dispatch.write(Entry(contacts=[contact], events=events))
        return self._floor.contact(contact_id)
