"""Messages of an agent's page."""

from __future__ import annotations

from control_api.compose import Services
from control_api.ws.call import check_talker
from control_api.ws.connection import Connection
from control_api.ws.messages import (
    AgentNotReady,
    AgentReady,
    AgentSignIn,
    AgentSignOut,
    CallHold,
    ClientMessage,
    ConsultConfer,
    ConsultEnd,
    ConsultHandOver,
    ConsultStart,
    ContactNotes,
    ContactTransfer,
    Ok,
    ReservationAccept,
    ReservationReject,
    WrapUpDone,
)
from router.model import Actor


async def handle(page: Connection, services: Services, message: ClientMessage) -> Ok:
    """Raises Problem, RouterError, MediaError."""
    centre, agent_id = services.centre, page.principal.subject
    match message:
        case AgentSignIn():
            await centre.sign_in(agent_id, page.principal.name or agent_id)
        case AgentSignOut():
            await centre.sign_out(agent_id)
        case AgentReady():
            await centre.ready(agent_id)
        case AgentNotReady(reason=reason):
            await centre.not_ready(agent_id, reason)
        case ReservationAccept(contact=contact, epoch=epoch):
            await centre.accept(contact, agent_id, epoch)
        case ReservationReject(contact=contact, epoch=epoch, reason=reason):
            await centre.reject(contact, agent_id, epoch, reason)
        case ContactTransfer(contact=contact, queue=queue, agent=to):
            by = Actor("agent", agent_id)
            await centre.transfer(contact, queue_id=queue, agent_id=to, by=by)
        case ConsultStart(contact=contact, queue=queue, agent=whom):
            by = Actor("agent", agent_id)
            await centre.consult(contact, queue_id=queue, agent_id=whom, by=by)
            await services.calls.follow_hold(centre.contact(contact))
        case ConsultConfer(contact=contact):
            await centre.confer(contact, by=Actor("agent", agent_id))
            await services.calls.hold(contact, False)
        case ConsultHandOver(contact=contact):
            await centre.hand_over(contact, by=Actor("agent", agent_id))
        case ConsultEnd(contact=contact):
            check_talker(page, services, contact)
            await centre.end_consult(contact, by="agent")
            if services.calls.get(contact) is not None:
                await services.calls.hold(contact, False)
        case CallHold(contact=contact, held=held):
            check_talker(page, services, contact)
            await services.calls.hold(contact, held)
        case ContactNotes(contact=contact, text=text):
            await centre.set_notes(contact, agent_id, text)
        case WrapUpDone(contact=contact):
            await centre.wrap_up_done(agent_id, contact)
        case _:
            raise AssertionError(f"no handler for {type(message).__name__}")
    return Ok(id=message.id)
