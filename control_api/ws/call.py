"""Messages for every page: heartbeat, chat, media, hang-up."""

from __future__ import annotations

from control_api.compose import Services
from control_api.problems import Problem
from control_api.views import track_views
from control_api.ws.connection import Connection
from control_api.ws.messages import (
    CallHangUp,
    ChatSend,
    ClientMessage,
    Heartbeat,
    Hello,
    MediaJoin,
    MediaLeave,
    MediaMute,
    MediaOffer,
    Ok,
)
from mediacore.commands import Publish, Subscribe
from router.errors import UnknownAgent
from router.model import Sender


async def handle(page: Connection, services: Services, message: ClientMessage) -> Ok:
    """Raises Problem, RouterError, MediaError."""
    match message:
        case Heartbeat():
            await heartbeat(page, services)
        case ChatSend(contact=contact, text=text, client_id=client_id):
            check_writer(page, services, contact)
            sender = Sender(page.who.role, page.who.subject, page.who.name)
            await services.centre.send_chat(contact, sender, text, client_id)
        case MediaJoin(contact=contact):
            check_speaker(page, services, contact)
            running = await services.calls.join(contact, page.who)
            tracks = services.calls.tracks_for(running, page.who)
            return Ok(id=message.id, tracks=track_views(running, tracks))
        case MediaOffer(contact=contact):
            if page.principal.role == "agent":
                check_speaker(page, services, contact)
            else:
                check_party(page, services, contact)
            answer = await services.calls.offer(
                contact,
                page.who,
                message.sdp,
                [Publish(entry.mid, entry.source) for entry in message.publish],
                [Subscribe(entry.mid, entry.track) for entry in message.subscribe],
            )
            return Ok(id=message.id, sdp=answer)
        case MediaMute(contact=contact, source=source, muted=muted):
            check_speaker(page, services, contact)
            await services.calls.mute(contact, page.who, source, muted)
        case MediaLeave(contact=contact):
            check_speaker(page, services, contact)
            await services.calls.leave(contact, page.who)
        case CallHangUp(contact=contact):
            check_talker(page, services, contact)
            await services.centre.hang_up(contact, by=page.principal.role)
        case Hello():
            raise Problem("wrong_state", "hello was said already")
        case _:
            raise AssertionError(f"no handler for {type(message).__name__}")
    return Ok(id=message.id)


async def heartbeat(page: Connection, services: Services) -> None:
    """An agent's page is alive; another's needn't say so."""
    if page.principal.role != "agent":
        return
    try:
        if services.centre.agent(page.principal.subject).signed_in:
            await services.centre.heartbeat(page.principal.subject)
    except UnknownAgent:
        pass  # connected, but never signed in


def check_talker(page: Connection, services: Services, contact_id: str) -> None:
    """The contact's visitor or its agent. Raises UnknownContact, Problem(not_permitted)."""
    if page.principal.role == "supervisor":
        raise Problem("not_permitted", "who watches takes no part in the call")
    check_party(page, services, contact_id)


def check_writer(page: Connection, services: Services, contact_id: str) -> None:
    """As `check_talker`, and the agent who asks a colleague. Raises UnknownContact,
    Problem(not_permitted)."""
    who, centre = page.principal, services.centre
    if who.role == "agent" and centre.asker(centre.contact(contact_id)) == who.subject:
        return
    check_talker(page, services, contact_id)


def check_speaker(page: Connection, services: Services, contact_id: str) -> None:
    """Who may speak in the contact's call: as `check_talker`, and agents whom it admits beside its
    own. Raises UnknownContact, Problem(not_permitted)."""
    who = page.principal
    if who.role == "agent":
        contact = services.centre.contact(contact_id)
        if services.calls.admits(contact, who.subject):
            return
    check_talker(page, services, contact_id)


def check_party(page: Connection, services: Services, contact_id: str) -> None:
    """The contact's visitor, its agent, or who watches its call.

    Raises UnknownContact, Problem(not_permitted).
    """
    who = page.principal
    if who.role == "visitor" and who.contact != contact_id:
        raise Problem("not_permitted", "the token does not open this contact", field="contact")
    contact = services.centre.contact(contact_id)
    if who.role == "agent" and contact.agent != who.subject:
        detail = f"contact {contact_id} is not with agent {who.subject}"
        raise Problem("not_permitted", detail, field="contact")
    if who.role == "supervisor" and page.watching != contact_id:
        raise Problem("not_permitted", "watch the call first", field="contact")
