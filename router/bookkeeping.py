"""What a decision of the matcher means for the log and for the contact and agent it concerns.

Pure: no waiting, no store. One decision becomes one entry, so contact and agent change together.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
from msgspec.structs import replace

from router import decisions as d
from router import outcomes, shift
from router.admission import offers
from router.figures import Outcome
from router.holding import resumed
from router.ledger import Ledger
from router.model import (
    IN_A_ROOM,
    Actor,
    Agent,
    Channel,
    Consent,
    Contact,
    Event,
    Leg,
    QueueSettings,
    RejectReason,
    Work,
)
from router.relaxation import elsewhere
from router.store import Answer, Entry

# By whom a contact is ended whose customer leaves a message instead of waiting on.
LEFT_A_MESSAGE = "message"

# What only some contacts come with.
_SAID = ("asked", "vip", "issue", "region", "meant_for")

_BACK_IN_QUEUE: dict[str, Any] = {
    "state": "waiting",
    "agent": None,
    "epoch": None,
    "offer_expires_us": None,
    "accepted_us": None,
    "connected_us": None,
    "conference": False,
}


class Order(msgspec.Struct, gc=False):
    """A command on its way: who waits for it, and what its decisions can't say."""

    answer: Answer = msgspec.field(default_factory=Answer)
    contact: Contact | None = None
    by: str | None = None
    actor: Actor | None = None
    reason: RejectReason | None = None


def record(ledger: Ledger, decision: d.Decision, order: Order | None) -> Entry:
    """Follow one decision in the ledger; `order` is the command that caused it, if any."""
    at_us = decision.at_us
    match decision:
        case d.AgentStateChanged():  # first, as every second one is
            return _agent_state_changed(ledger, decision)
        case d.ContactEnqueued():
            return _enqueued(ledger, decision, order)
        case d.ReservationCreated():
            return _offered(ledger, decision)
        case d.ReservationAccepted():
            return _accepted(ledger, decision)
        case d.ReservationRejected(epoch=epoch):
            why = {"reason": order.reason} if order and order.reason else {}
            return _reservation_ended(ledger, "reservation.rejected", decision, epoch=epoch, **why)
        case d.ReservationTimedOut(epoch=epoch):
            entry = _reservation_ended(ledger, "reservation.timed_out", decision, epoch=epoch)
            # What the field calls ring no answer: the agent is set not ready by it.
            rona = replace(entry.events[0], type="agent.rona", data={})
            return Entry(events=[*entry.events, rona])
        case d.ReservationRescinded(epoch=epoch, reason=why):
            return _reservation_ended(
                ledger, "reservation.rescinded", decision, epoch=epoch, reason=why
            )
        case d.ContactRequeued(contact=number, reason=why):
            actor = order.actor if order else None
            return requeued(ledger, ledger.live[number], at_us, why, actor)
        case d.ContactRelaxed(contact=number, queue=queue, step=step):
            return _relaxed(ledger, ledger.live[number], step, queue, at_us)
        case d.ContactMoved(contact=number, queue=queue):
            return _moved(ledger, ledger.live[number], ledger.queues[queue].id, at_us)
        case d.ContactTransferred():
            return _transferred(ledger, decision, order)
        case d.ContactDeferred(contact=number, until_us=until_us):
            asked = order.contact if order else None
            return _deferred(ledger, ledger.live[number], until_us, at_us, asked)
        case d.ContactDue(contact=number):
            return _due(ledger, ledger.live[number], at_us)
        case d.ContactOverdue(contact=number):
            return _overdue(ledger, ledger.live[number], at_us)
        case d.ContactDismissed(contact=number, reason=why):
            agents = ledger.take_off(ledger.live[number])
            contact = replace(ledger.live[number], **_BACK_IN_QUEUE)
            contact = replace(contact, state="dismissed", ended_us=at_us, ended_by="server")
            event = _event("contact.dismissed", at_us, contact, None, reason=why)
            contact = ledger.put_contact(contact)
            talk, events = _talk_of(ledger, contact, at_us)
            return Entry(contacts=[contact, *talk], agents=agents, events=[event, *events])
        case d.ContactAbandoned():
            return _abandoned(ledger, decision, order)
        case d.ContactConnected(contact=number):
            return connected(ledger, ledger.live[number], at_us)
        case d.ContactCompleted():
            return _completed(ledger, decision, order)
        case d.WrapUpStarted():
            contact, ends_us = ledger.known(decision.contact), decision.ends_us
            work = Work(contact=contact.id, channel=contact.channel, wrap_up_ends_us=ends_us)
            ledger.take_from(ledger.agents[decision.agent], contact.id)
            agent = ledger.take_up(ledger.agents[decision.agent], work)
            event = _event("agent.wrapup_started", at_us, contact, agent.id, ends_us=ends_us)
            return Entry(agents=[agent], events=[event])
        case d.WrapUpEnded():
            return _wrap_up_ended(ledger, decision)
        case d.Done() | d.Refused():
            return Entry()


def requeued(
    ledger: Ledger, contact: Contact, at_us: int, why: str, actor: Actor | None = None
) -> Entry:
    """The contact is back at its old place in its queue; `actor` ordered what led to it."""
    agents = ledger.take_off(contact)
    contact, events = resumed(contact, at_us)
    contact = ledger.put_contact(replace(contact, **_BACK_IN_QUEUE))
    data = {"queue": contact.queue, "reason": why, **by_whom(actor)}
    events.append(_event("contact.requeued", at_us, contact, None, **data))
    return Entry(contacts=[contact], agents=agents, events=events)


def by_whom(actor: Actor | None) -> dict[str, Any]:
    """Who ordered something, for an event's data."""
    return {} if actor is None else {"by": {"role": actor.role, "id": actor.id}}


def consent_on_arrival(channel: Channel, queue: QueueSettings) -> Consent:
    """What a contact has said to being recorded when it comes to a queue. Without a room there is
    nothing to record."""
    return "required" if queue.consent_required and channel in IN_A_ROOM else "not_needed"


def _abandoned(ledger: Ledger, decision: d.ContactAbandoned, order: Order | None) -> Entry:
    at_us, by = decision.at_us, order.by if order else None
    before = ledger.live[decision.contact]
    left = outcomes.abandoned(before, ledger.settings(before.queue), at_us)
    agents = ledger.take_off(before)
    contact = replace(before, **_BACK_IN_QUEUE)
    if by == LEFT_A_MESSAGE:
        contact = replace(
            contact, state="message", kind="message", ended_us=at_us, ended_by="visitor"
        )
        event = _event("contact.message_left", at_us, contact, None, queue=contact.queue)
    else:
        contact = replace(contact, state="abandoned", ended_us=at_us, ended_by=by)
        event = _event("contact.abandoned", at_us, contact, None, phase=decision.phase, by=by)
    contact = ledger.put_contact(contact)
    talk, events = _talk_of(ledger, contact, at_us)
    return Entry(contacts=[contact, *talk], agents=agents, events=[event, *events], outcomes=left)


def _moved(ledger: Ledger, contact: Contact, queue: str, at_us: int) -> Entry:
    """The contact's queue was emptied or closed, and its contacts went to another."""
    relax = elsewhere(contact.relax, contact.relaxed, before=contact.queue, after=queue)
    asked = contact.asked or contact.entered or contact.queue
    consent = _consent(ledger, contact, queue)
    contact = replace(contact, queue=queue, entered=None, asked=asked, relax=relax, consent=consent)
    event = _event("contact.moved", at_us, contact, None, queue=queue)
    return Entry(contacts=[ledger.put_contact(contact)], events=[event])


def _transferred(ledger: Ledger, decision: d.ContactTransferred, order: Order | None) -> Entry:
    """The contact has left its place, or its agent's hands; an agent who talked with it has a leg
    of it, and goes on to wrap up."""
    at_us, before = decision.at_us, ledger.live[decision.contact]
    giver = None if decision.from_ is None else ledger.agents[decision.from_]
    contact, events = resumed(before, at_us)
    agents = [] if giver is not None and _wraps_up(ledger, before) else ledger.take_off(before)
    ended: list[Outcome] = []
    if giver is not None:
        ended = outcomes.talked(before, at_us, decision.talk_us)
        leg = Leg(agent=giver.id, queue=before.queue, ended_us=at_us, talk_us=decision.talk_us)
        contact = replace(contact, legs=(*contact.legs, leg))
    if decision.to is not None and order is not None and order.contact is not None:
        receiver = ledger.agents[decision.to]
        contact = replace(
            contact, agent=receiver.id, epoch=order.contact.epoch, connected_us=at_us, consult=None
        )
        work = Work(contact=contact.id, channel=contact.channel)
        agents = [*agents, ledger.take_up(receiver, work)]
    elif order is not None and order.contact is not None:
        contact = _redirected(ledger, contact, order.contact, decision)
    contact = ledger.put_contact(contact)
    agent_id = None if giver is None else giver.id
    data = {"queue": contact.queue, "before": before.queue, "talk_us": decision.talk_us}
    data["requires"] = contact.needs
    if decision.to is not None:
        data["to"] = contact.agent
    if contact.meant_for is not None:
        data["meant_for"] = contact.meant_for
    data |= by_whom(order.actor if order else None)
    events.append(_event("contact.transferred", at_us, contact, agent_id, **data))
    return Entry(contacts=[contact], agents=agents, events=events, outcomes=ended)


def _redirected(
    ledger: Ledger, contact: Contact, draft: Contact, decision: d.ContactTransferred
) -> Contact:
    """Into another queue, as drafted; what happened to the contact since the draft stays."""
    queue = ledger.queues[decision.queue].id
    waited_us = decision.at_us - contact.arrived_us
    return replace(
        contact,
        **_BACK_IN_QUEUE,
        queue=queue,
        entered=draft.queue if queue != draft.queue else None,
        asked=draft.asked,
        meant_for=draft.meant_for,
        requires=draft.requires,
        relax=draft.relax,
        relaxed=sum(stage.after_us <= waited_us for stage in draft.relax),
        max_wait=draft.max_wait,
        offers=draft.offers,
        due_us=None,
        consent=_consent(ledger, contact, queue),
    )


def _deferred(
    ledger: Ledger, contact: Contact, until_us: int, at_us: int, asked: Contact | None
) -> Entry:
    """The contact is out of line; `asked` is how its customer wants it, in the same commit."""
    if asked is None and contact.state == "deferred" and contact.due_us == until_us:
        return Entry()  # restored after a restart
    if asked is not None:
        contact = called_back(contact, asked.call_to)
    contact = replace(contact, state="deferred", due_us=until_us)
    event = _event("contact.deferred", at_us, contact, None, until_us=until_us)
    return Entry(contacts=[ledger.put_contact(contact)], events=[event])


def called_back(contact: Contact, call_to: str) -> Contact:
    """The contact as one whose customer doesn't hold the line."""
    return replace(contact, kind="callback", call_to=call_to, max_wait=None, offers=())


def _due(ledger: Ledger, contact: Contact, at_us: int) -> Entry:
    contact = ledger.put_contact(replace(contact, state="waiting", due_us=None))
    event = _event("contact.due", at_us, contact, None, queue=contact.queue)
    return Entry(contacts=[contact], events=[event])


def _overdue(ledger: Ledger, contact: Contact, at_us: int) -> Entry:
    """The contact waits on; its customer may choose something else from now on."""
    then = contact.max_wait.then if contact.max_wait is not None else "refuse"
    offered = offers(ledger.queues[ledger.entrance(contact.queue, contact.entered)], then)
    contact = ledger.put_contact(replace(contact, max_wait=None, offers=offered))
    event = _event("contact.overdue", at_us, contact, None, offers=list(offered))
    return Entry(contacts=[contact], events=[event])


def _consent(ledger: Ledger, contact: Contact, queue: str) -> Consent:
    """What is to be asked of a contact that comes into this queue."""
    if contact.consent == "not_needed":
        return consent_on_arrival(contact.channel, ledger.settings(queue))
    return contact.consent


def _relaxed(ledger: Ledger, contact: Contact, stages: int, number: int, at_us: int) -> Entry:
    """So many of the contact's stages have begun; it is in the queue with this number."""
    if stages == contact.relaxed:
        return Entry()
    queue = ledger.queues[number].id
    consent = _consent(ledger, contact, queue)
    moved = contact.entered or (contact.queue if queue != contact.queue else None)
    contact = ledger.put_contact(
        replace(contact, relaxed=stages, queue=queue, entered=moved, consent=consent)
    )
    event = _event(
        "contact.relaxed",
        at_us,
        contact,
        None,
        step=stages,
        queue=contact.queue,
        requires=contact.needs,
    )
    return Entry(contacts=[contact], events=[event])


def _event(
    type: str, at_us: int, contact: Contact | None, agent_id: str | None, **data: Any
) -> Event:
    contact_id = None if contact is None else contact.id
    return Event(at_us=at_us, type=type, contact=contact_id, agent=agent_id, data=data)


def _enqueued(ledger: Ledger, decision: d.ContactEnqueued, order: Order | None) -> Entry:
    if order is None or order.contact is None:
        # Restored after a restart: it was in the log and in the ledger before.
        contact = ledger.live[decision.contact]
        waited_us = decision.at_us - contact.arrived_us
        due = sum(stage.after_us <= waited_us for stage in contact.relax)
        entry = _relaxed(ledger, contact, due, decision.queue, decision.at_us)
        contact = ledger.live[decision.contact]
        if contact.due_us is not None and contact.due_us <= decision.at_us:
            late = _due(ledger, contact, decision.at_us)
            entry = Entry(contacts=late.contacts, events=entry.events + late.events)
        return entry
    contact = ledger.put_contact(order.contact)
    event = _event(
        "contact.enqueued",
        decision.at_us,
        contact,
        None,
        queue=contact.queue,
        channel=contact.channel,
        priority=contact.priority,
        arrived_us=contact.arrived_us,
        language=contact.language,
        requires=contact.requires,
        kind=contact.kind,
        **{name: said for name in _SAID if (said := getattr(contact, name)) is not None},
    )
    return Entry(contacts=[contact], events=[event])


def _offered(ledger: Ledger, decision: d.ReservationCreated) -> Entry:
    agent = ledger.agents[decision.agent]
    contact = ledger.put_contact(
        replace(
            ledger.live[decision.contact],
            state="offered",
            agent=agent.id,
            epoch=decision.epoch,
            offer_expires_us=decision.expires_us,
        )
    )
    agent = ledger.take_up(agent, Work(contact=contact.id, channel=contact.channel))
    reserved = _event(
        "reservation.created",
        decision.at_us,
        contact,
        agent.id,
        epoch=decision.epoch,
        expires_us=decision.expires_us,
        decision={
            "strategy": decision.decision.strategy,
            "candidates": decision.decision.candidates,
            "compared": decision.decision.compared,
            "idle_since_us": decision.decision.idle_since_us,
            "waited_us": decision.decision.waited_us,
        },
    )
    # The same from the contact's side, for those who follow contacts alone.
    offered = _event("contact.offered", decision.at_us, contact, agent.id, queue=contact.queue)
    return Entry(contacts=[contact], agents=[agent], events=[reserved, offered])


def _accepted(ledger: Ledger, decision: d.ReservationAccepted) -> Entry:
    at_us, before = decision.at_us, ledger.live[decision.contact]
    contact = replace(
        before, state="accepted", answered=True, accepted_us=at_us, offer_expires_us=None
    )
    agent = ledger.agents[decision.agent]
    agent = replace(agent, shift=shift.accepted(agent, at_us, ledger.day_us))
    data = {"epoch": decision.epoch, **_foretold(ledger, decision.contact, at_us)}
    event = _event("reservation.accepted", at_us, contact, contact.agent, **data)
    return Entry(
        contacts=[ledger.put_contact(contact)],
        agents=[ledger.put_agent(agent)],
        events=[event],
        outcomes=outcomes.answered(before, ledger.settings(before.queue), at_us),
    )


def _foretold(ledger: Ledger, number: int, at_us: int) -> dict[str, Any]:
    """What was foretold for a contact that had to wait, beside what it waited from then on."""
    told = ledger.predictor.told(number)
    if told is None:
        return {}
    figures = {
        "mean_s": told.wait.mean_s,
        "deviation_s": math.sqrt(told.wait.variance_s2),
        "waited_s": at_us / 1e6 - told.at_s,
    }
    return {"foretold": {name: round(value, 3) for name, value in figures.items()}}


def _reservation_ended(
    ledger: Ledger,
    type: str,
    decision: d.ReservationRejected | d.ReservationTimedOut | d.ReservationRescinded,
    **data: Any,
) -> Entry:
    contact, agent = ledger.live[decision.contact], ledger.agents[decision.agent]
    return Entry(events=[_event(type, decision.at_us, contact, agent.id, **data)])


def connected(ledger: Ledger, contact: Contact, at_us: int) -> Entry:
    """The contact talks with its agent from now on."""
    contact = ledger.put_contact(replace(contact, state="connected", connected_us=at_us))
    event = _event("contact.connected", at_us, contact, contact.agent)
    return Entry(contacts=[contact], events=[event])


def _completed(ledger: Ledger, decision: d.ContactCompleted, order: Order | None) -> Entry:
    at_us, talk_us, by = decision.at_us, decision.talk_us, order.by if order else None
    before, events = resumed(ledger.live[decision.contact], at_us)
    contact = ledger.put_contact(
        replace(before, state="completed", ended_us=at_us, ended_by=by, talk_us=talk_us)
    )
    # A consultation by which the call was handed over has no wrap-up: the call goes on.
    handed_over = order is not None and order.contact is not None
    stays = _wraps_up(ledger, contact) and not handed_over
    agents = [] if stays else ledger.take_off(contact)
    events.append(
        _event("contact.completed", at_us, contact, contact.agent, talk_us=talk_us, by=by)
    )
    talk, of_talk = _talk_of(ledger, contact, at_us)
    return Entry(
        contacts=[contact, *talk],
        agents=agents,
        events=[*events, *of_talk],
        outcomes=outcomes.talked(contact, at_us, talk_us),
    )


def _talk_of(ledger: Ledger, ended: Contact, at_us: int) -> tuple[list[Contact], list[Event]]:
    """The call that a consultation was about which has ended: nobody is asked any more, and a hold
    that began with it is over. Who was put on hold before, or in a conference, stays so."""
    call = None if ended.about is None else ledger.live.find(ended.about)
    if call is None or call.consult != ended.id:
        return [], []
    events: list[Event] = []
    since_us = call.held_since_us
    if since_us is not None and since_us >= ended.arrived_us and not ended.conference:
        call, events = resumed(call, at_us)
    return [ledger.put_contact(replace(call, consult=None))], events


def _wraps_up(ledger: Ledger, contact: Contact) -> bool:
    """Where a wrap-up follows, the contact stays in hand till then: nobody sees it gone in
    between."""
    return round(ledger.settings(contact.queue).wrap_up_s * 1e6) > 0


def _wrap_up_ended(ledger: Ledger, decision: d.WrapUpEnded) -> Entry:
    """The contact has ended, or is with somebody else, or with the same agent once more."""
    at_us, contact = decision.at_us, ledger.known(decision.contact)
    agent = ledger.agents[decision.agent]
    if contact.ended_us is None or contact.agent != agent.id or agent.attends(contact.id):
        last = max(n for n, leg in enumerate(contact.legs) if leg.agent == agent.id)
        leg = contact.legs[last]
        queue, wrap_up_us = leg.queue, at_us - leg.ended_us
        legs = (
            *contact.legs[:last],
            replace(leg, wrap_up_us=wrap_up_us),
            *contact.legs[last + 1 :],
        )
        contact = replace(contact, legs=legs)
    else:
        queue, wrap_up_us = contact.queue, at_us - contact.ended_us
        contact = replace(contact, wrap_up_us=wrap_up_us)
    # Out of hand before the contact is put: an ended one is let go once nobody has it.
    agent = ledger.take_from(agent, contact.id, wrap_up=True)
    contact = ledger.put_contact(contact)
    event = _event("agent.wrapup_ended", at_us, contact, agent.id, wrap_up_us=wrap_up_us)
    ended = outcomes.wrapped_up(contact, queue, at_us, wrap_up_us)
    return Entry(contacts=[contact], agents=[agent], events=[event], outcomes=ended)


def _agent_state_changed(ledger: Ledger, decision: d.AgentStateChanged) -> Entry:
    before = ledger.agents[decision.agent]
    agent = replace(
        before,
        shift=shift.changed(before, decision.state, decision.at_us, ledger.day_us),
        state=decision.state,
        reason=decision.reason,
        since_us=decision.since_us,
    )
    return Entry(agents=[ledger.put_agent(agent)], events=[agent_event(agent, decision.at_us)])


def agent_event(agent: Agent, at_us: int) -> Event:
    """The agent's present state, as an event."""
    data = {"state": agent.state, "reason": agent.reason, "since_us": agent.since_us}
    return Event(at_us=at_us, type="agent.state_changed", agent=agent.id, data=data)
