"""What a decision of the matcher means for the log and for the contact and agent it concerns.

Pure: no waiting, no store. One decision becomes one entry, so contact and agent change together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from router import decisions as d
from router.ledger import Ledger
from router.model import Agent, Channel, Consent, Contact, Event, QueueSettings, Work
from router.store import Answer, Entry

_BACK_IN_QUEUE: dict[str, Any] = {
    "state": "waiting",
    "agent": None,
    "epoch": None,
    "offer_expires_us": None,
    "accepted_us": None,
    "connected_us": None,
}


@dataclass(slots=True)
class Order:
    """A command on its way: who waits for it, and what its decisions can't say."""

    answer: Answer = field(default_factory=Answer)
    contact: Contact | None = None
    by: str | None = None


def record(ledger: Ledger, decision: d.Decision, order: Order | None) -> Entry:
    """Follow one decision in the ledger; `order` is the command that caused it, if any."""
    at_us = decision.at_us
    match decision:
        case d.ContactEnqueued():
            return _enqueued(ledger, decision, order)
        case d.ReservationCreated():
            return _offered(ledger, decision)
        case d.ReservationAccepted(contact=number, epoch=epoch):
            contact = replace(
                ledger.live[number], state="accepted", accepted_us=at_us, offer_expires_us=None
            )
            event = _event("reservation.accepted", at_us, contact, contact.agent, epoch=epoch)
            return Entry(contacts=[ledger.put_contact(contact)], events=[event])
        case d.ReservationRejected(epoch=epoch):
            return _reservation_ended(ledger, "reservation.rejected", decision, epoch=epoch)
        case d.ReservationTimedOut(epoch=epoch):
            return _reservation_ended(ledger, "reservation.timed_out", decision, epoch=epoch)
        case d.ReservationRescinded(epoch=epoch, reason=why):
            return _reservation_ended(
                ledger, "reservation.rescinded", decision, epoch=epoch, reason=why
            )
        case d.ContactRequeued(contact=number, reason=why):
            return requeued(ledger, ledger.live[number], at_us, why)
        case d.ContactRelaxed(contact=number, step=step):
            return _relaxed(ledger, ledger.live[number], step, at_us)
        case d.ContactAbandoned(contact=number, phase=phase):
            by = order.by if order else None
            agents = ledger.take_off(ledger.live[number])
            contact = replace(ledger.live[number], **_BACK_IN_QUEUE)
            contact = replace(contact, state="abandoned", ended_us=at_us, ended_by=by)
            event = _event("contact.abandoned", at_us, contact, None, phase=phase, by=by)
            return Entry(contacts=[ledger.put_contact(contact)], agents=agents, events=[event])
        case d.ContactConnected(contact=number):
            return connected(ledger, ledger.live[number], at_us)
        case d.ContactCompleted():
            return _completed(ledger, decision, order)
        case d.WrapUpStarted():
            contact, ends_us = ledger.ended[decision.contact], decision.ends_us
            work = Work(contact=contact.id, channel=contact.channel, wrap_up_ends_us=ends_us)
            agent = ledger.take_up(ledger.agents[decision.agent], work)
            event = _event("agent.wrapup_started", at_us, contact, agent.id, ends_us=ends_us)
            return Entry(agents=[agent], events=[event])
        case d.WrapUpEnded():
            return _wrap_up_ended(ledger, decision)
        case d.AgentStateChanged():
            return _agent_state_changed(ledger, decision)
        case d.Done() | d.Refused():
            return Entry()


def requeued(ledger: Ledger, contact: Contact, at_us: int, why: str) -> Entry:
    """The contact is back at its old place in its queue."""
    agents = ledger.take_off(contact)
    contact = ledger.put_contact(replace(contact, **_BACK_IN_QUEUE))
    event = _event("contact.requeued", at_us, contact, None, queue=contact.queue, reason=why)
    return Entry(contacts=[contact], agents=agents, events=[event])


def consent_on_arrival(channel: Channel, queue: QueueSettings) -> Consent:
    """What a contact has said to being recorded when it comes to a queue. A chat never is."""
    return "required" if queue.consent_required and channel != "chat" else "not_needed"


def _relaxed(ledger: Ledger, contact: Contact, stages: int, at_us: int) -> Entry:
    """So many of the contact's stages have begun."""
    if stages == contact.relaxed:
        return Entry()
    stage = contact.relax[stages - 1]
    # It may have gone meanwhile; the matcher then left the contact where it was.
    queue = stage.queue if stage.queue in ledger.queue_numbers else contact.queue
    consent = contact.consent
    if consent == "not_needed":
        consent = consent_on_arrival(contact.channel, ledger.settings(queue))
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
        return _relaxed(ledger, contact, due, decision.at_us)
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
    event = _event(
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
    return Entry(contacts=[contact], agents=[agent], events=[event])


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
    before = ledger.live[decision.contact]
    contact = ledger.put_contact(
        replace(before, state="completed", ended_us=at_us, ended_by=by, talk_us=talk_us)
    )
    # Only now: a contact in hand stays at hand, and its wrap-up may follow.
    agents = ledger.take_off(contact)
    ledger.handling[contact.queue].talked(talk_us)
    event = _event("contact.completed", at_us, contact, contact.agent, talk_us=talk_us, by=by)
    return Entry(contacts=[contact], agents=agents, events=[event])


def _wrap_up_ended(ledger: Ledger, decision: d.WrapUpEnded) -> Entry:
    contact = ledger.ended[decision.contact]
    wrap_up_us = decision.at_us - (contact.ended_us or decision.at_us)
    contact = ledger.put_contact(replace(contact, wrap_up_us=wrap_up_us))
    ledger.handling[contact.queue].wrapped_up(wrap_up_us)
    event = _event(
        "agent.wrapup_ended", decision.at_us, contact, contact.agent, wrap_up_us=wrap_up_us
    )
    return Entry(contacts=[contact], agents=ledger.take_off(contact), events=[event])


def _agent_state_changed(ledger: Ledger, decision: d.AgentStateChanged) -> Entry:
    agent = replace(
        ledger.agents[decision.agent],
        state=decision.state,
        reason=decision.reason,
        since_us=decision.since_us,
    )
    return Entry(agents=[ledger.put_agent(agent)], events=[agent_event(agent, decision.at_us)])


def agent_event(agent: Agent, at_us: int) -> Event:
    """The agent's present state, as an event."""
    data = {"state": agent.state, "reason": agent.reason, "since_us": agent.since_us}
    return Event(at_us=at_us, type="agent.state_changed", agent=agent.id, data=data)
