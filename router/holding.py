"""How often and how long a contact was on hold. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from router.model import Contact, Event


def held(contact: Contact, at_us: int) -> tuple[Contact, Event]:
    """The contact on hold from now on."""
    event = Event(at_us=at_us, type="contact.held", contact=contact.id, agent=contact.agent)
    return replace(contact, holds=contact.holds + 1, held_since_us=at_us), event


def resumed(contact: Contact, at_us: int) -> tuple[Contact, list[Event]]:
    """The contact no longer on hold, if it was, and what the log says of it."""
    if contact.held_since_us is None:
        return contact, []
    held_us = max(0, at_us - contact.held_since_us)
    event = Event(
        at_us=at_us,
        type="contact.resumed",
        contact=contact.id,
        agent=contact.agent,
        data={"held_us": held_us},
    )
    contact = replace(contact, held_us=contact.held_us + held_us, held_since_us=None)
    return contact, [event]
