"""Messages of a visitor's page."""

from __future__ import annotations

from control_api.compose import Services
from control_api.ws.connection import Connection
from control_api.ws.messages import ClientMessage, ConsentSet, ContactLeave, Ok


async def handle(page: Connection, services: Services, message: ClientMessage) -> Ok:
    """Raises Problem, RouterError, MediaError."""
    contact_id = page.principal.contact or ""
    match message:
        case ContactLeave():
            await services.centre.leave(contact_id, by="visitor")
        case ConsentSet(granted=granted):
            await services.centre.set_consent(contact_id, granted)
        case _:
            raise AssertionError(f"no handler for {type(message).__name__}")
    return Ok(id=message.id)
