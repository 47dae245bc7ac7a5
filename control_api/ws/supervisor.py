"""Messages of a supervisor's page."""

from __future__ import annotations

from control_api.compose import Services
from control_api.views import track_views
from control_api.ws.connection import Connection
from control_api.ws.messages import BoardSubscribe, ClientMessage, Ok, WatchStart, WatchStop


async def handle(page: Connection, services: Services, message: ClientMessage) -> Ok:
    """Raises Problem, RouterError, MediaError."""
    match message:
        case BoardSubscribe():
            page.board = True
            page.send(services.feed.board_updated())
        case WatchStart(contact=contact):
            await _stop(page, services)
            running = await services.calls.join(contact, page.who, publish=False)
            page.watching = contact
            tracks = services.calls.tracks_for(running, page.who)
            return Ok(id=message.id, tracks=track_views(running, tracks))
        case WatchStop(contact=contact):
            if page.watching == contact:
                await _stop(page, services)
        case _:
            raise AssertionError(f"no handler for {type(message).__name__}")
    return Ok(id=message.id)


async def _stop(page: Connection, services: Services) -> None:
    """One page watches one call at a time."""
    if page.watching is not None:
        watched, page.watching = page.watching, None
        await services.calls.leave(watched, page.who)
