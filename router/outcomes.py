"""What a decision adds to the tallies of a queue; the same rules as `native/acd/src/measures.rs`.

A contact counts once, when its wait ends, in the queue in which it ends. Not if it came back after
its answer, nor if its customer is called back, nor if a colleague asks.
"""

from __future__ import annotations

from router.figures import Outcome, Tally
from router.model import Contact, QueueSettings


def answered(contact: Contact, queue: QueueSettings, at_us: int) -> list[Outcome]:
    """An agent accepts the contact, which is given as it was before."""
    if not _wait_counts(contact):
        return []
    wait_us = max(0, at_us - contact.arrived_us)
    in_time = wait_us <= round(queue.service_level_s * 1e6)
    tally = Tally(answered=1, answered_in_time=int(in_time), answer_wait_us=wait_us)
    return [Outcome(contact.queue, at_us, tally)]


def abandoned(contact: Contact, queue: QueueSettings, at_us: int) -> list[Outcome]:
    """The customer leaves, the contact being given as it was before."""
    if not _wait_counts(contact):
        return []
    short = at_us - contact.arrived_us <= round(queue.short_abandon_s * 1e6)
    return [Outcome(contact.queue, at_us, Tally(abandoned=1, abandoned_short=int(short)))]


def talked(contact: Contact, at_us: int, talk_us: int) -> list[Outcome]:
    """An agent's call ends, the contact being in that call's queue."""
    if contact.kind == "consult":
        return []
    return [Outcome(contact.queue, at_us, Tally(handled=1, talk_us=max(0, talk_us)))]


def wrapped_up(contact: Contact, queue: str, at_us: int, wrap_up_us: int) -> list[Outcome]:
    """The wrap-up of a call in this queue ends."""
    if contact.kind == "consult":
        return []
    return [Outcome(queue, at_us, Tally(wrap_up_us=max(0, wrap_up_us)))]


def _wait_counts(contact: Contact) -> bool:
    return not contact.answered and contact.kind not in ("callback", "consult")
