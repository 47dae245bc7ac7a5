"""What is said on one WebSocket: hello and welcome, then messages and their answers."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import anyio

from control_api import limits
from control_api.calls import PAGE
from control_api.compose import Services
from control_api.problems import Problem, of_refusal
from control_api.views import AttendedView, absent_agent, message_view
from control_api.ws import agent, call, messages, supervisor, visitor
from control_api.ws.connection import CLOSE_POLICY, Connection
from control_api.ws.messages import ClientMessage, Hello, Ok, Welcome, error_of, tag_of
from mediacore.errors import MediaError
from router.errors import RouterError, UnknownAgent, UnknownContact
from router.model import Contact

Handler = Callable[[Connection, Services, ClientMessage], Awaitable[Ok]]

_log = logging.getLogger(__name__)

_HANDLERS: dict[str, dict[type[ClientMessage], Handler]] = {
    "visitor": dict.fromkeys(messages.VISITORS, visitor.handle),
    "agent": dict.fromkeys(messages.AGENTS, agent.handle),
    "supervisor": dict.fromkeys(messages.SUPERVISORS, supervisor.handle),
}
for _handlers in _HANDLERS.values():
    _handlers |= dict.fromkeys(messages.EVERY_PAGE, call.handle)


async def converse(page: Connection, services: Services) -> None:
    """From hello to the end. Raises Ended."""
    if not await _enter(page, services):
        return
    try:
        while True:
            message = await page.receive()
            answer = await _answer(page, services, message)
            if message.id is not None or isinstance(answer, messages.Error):
                page.send(answer)
    finally:
        await _leave(page, services)


async def _enter(page: Connection, services: Services) -> bool:
    message: ClientMessage | None = None
    with anyio.move_on_after(limits.HELLO_TIMEOUT_S):
        message = await page.receive()
    try:
        if not isinstance(message, Hello):
            detail = f"say hello first, within {limits.HELLO_TIMEOUT_S:g} s"
            raise Problem("hello_expected", detail)
        principal = services.keys.check(message.token)
        if principal.role not in ("visitor", "agent", "supervisor"):
            detail = f"a token of role {principal.role} opens no WebSocket; create a contact first"
            raise Problem("not_permitted", detail)
        page.principal, page.tab = principal, message.tab
        if principal.role == "visitor":
            await services.centre.find_contact(principal.contact or "")
        services.hub.enter(page, take_over=message.take_over)
        page.hold()
    except (Problem, RouterError) as error:
        problem = error if isinstance(error, Problem) else of_refusal(error)
        page.end(error_of(problem, message.id if message is not None else None), CLOSE_POLICY)
        return False
    try:
        if principal.role == "visitor" and principal.contact is not None:
            services.presence.back(principal.contact)
            await services.roomless.visitor_came(principal.contact)
        # A page that is back is alive: its next heartbeat may be too late for the one before.
        with contextlib.suppress(RouterError):
            await call.heartbeat(page, services)
        page.welcome(await _welcome(page, services))
        _catch_up(page, services)
    except BaseException:
        await _leave(page, services)
        raise
    return True


async def _welcome(page: Connection, services: Services) -> Welcome:
    who = page.principal
    assert who.role in ("visitor", "agent", "supervisor")
    agent_now = attended = None
    if who.role == "visitor":
        shown = [await services.centre.find_contact(who.contact or "")]
    else:
        shown = _contacts_of(page, services)
    views = [await _attended(page, services, contact) for contact in shown]
    if who.role == "agent":
        attended = views
        try:
            agent_now = services.views.agent(services.centre.agent(who.subject))
        except UnknownAgent:
            agent_now = absent_agent(who.subject, who.name)
    first = views[0] if views else None
    return Welcome(
        role=who.role,
        subject=who.subject,
        name=who.name,
        heartbeat_s=limits.HEARTBEAT_S,
        server_time=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        draining=services.centre.draining,
        contact=None if first is None else first.contact,
        agent=agent_now,
        call=None if first is None else first.call,
        messages=None if first is None else first.messages,
        attended=attended,
    )


async def _attended(page: Connection, services: Services, contact: Contact) -> AttendedView:
    recording = await services.recordings.find_status(contact)
    chat = await services.centre.messages(contact.id)
    running = services.calls.get(contact.id)
    staff = page.principal.role == "agent"
    return AttendedView(
        contact=services.views.contact(contact, staff=staff, recording=recording),
        call=None if running is None else services.views.call(running),
        messages=[message_view(message) for message in chat],
    )


def _catch_up(page: Connection, services: Services) -> None:
    """What a page whose socket was away has missed and the welcome doesn't say."""
    for contact in _contacts_of(page, services):
        offer = services.feed.offer(contact)
        if page.principal.role == "agent" and offer is not None:
            page.send(offer)
        running = services.calls.get(contact.id)
        if running is not None and services.calls.holds(contact.id, page.who, PAGE):
            page.send(services.feed.tracks(running, page.who))


def _contacts_of(page: Connection, services: Services) -> list[Contact]:
    """The visitor's contact while it is at hand, or all that the agent has in hand."""
    who, centre = page.principal, services.centre
    with contextlib.suppress(UnknownAgent, UnknownContact):
        if who.role == "visitor":
            return [centre.contact(who.contact or "")]
        if who.role == "agent":
            return [centre.contact(one.contact) for one in centre.agent(who.subject).work]
    return []


async def _answer(
    page: Connection, services: Services, message: ClientMessage
) -> messages.ServerMessage:
    handler = _HANDLERS[page.principal.role].get(type(message))
    try:
        if handler is None:
            detail = f"{tag_of(type(message))} is not for the role {page.principal.role}"
            raise Problem("not_permitted", detail)
        return await handler(page, services, message)
    except Problem as problem:
        return error_of(problem, message.id)
    except (RouterError, MediaError) as error:
        return error_of(of_refusal(error), message.id)
    except Exception:
        _log.exception("%s failed", tag_of(type(message)))
        failure = Problem("internal", "something went wrong in the server; it has been logged")
        return error_of(failure, message.id)


async def _leave(page: Connection, services: Services) -> None:
    if services.hub.leave(page) and page.principal.role == "visitor":
        contact_id = page.principal.contact or ""
        try:
            live = services.centre.contact(contact_id).live
        except UnknownContact:
            live = False
        if live:
            services.presence.gone(contact_id)
    if page.watching is not None:
        # The session of a page that is gone would go on watching.
        with anyio.CancelScope(shield=True):
            await services.calls.leave(page.watching, page.who)
