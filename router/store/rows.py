"""Between rows of the tables and what the router works with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from router.model import Channel, ChatMessage, Contact, MaxWait, Sender, Stage

# Demands known while contacts are put back: queues times what people may seek in each.
DEMANDS_CACHED = 10_000

_encode = msgspec.json.Encoder().encode
_contact = msgspec.json.Decoder(Contact)


class Demand(msgspec.Struct, frozen=True, array_like=True):
    """What a contact in line seeks: of many contacts the same."""

    queue: str
    entered: str | None
    channel: Channel
    requires: dict[str, int]
    relax: tuple[Stage, ...]
    max_wait: MaxWait | None
    last_agent: str | None
    # Not sought, but to be known of it as well: that its wait is counted already.
    answered: bool = False

    def needs(self, relaxed: int) -> dict[str, int]:
        """The least level in each skill after so many stages of `relax`."""
        return self.relax[relaxed - 1].requires if relaxed else self.requires


_demand = msgspec.json.Decoder(Demand)


class WaitingRow(NamedTuple):
    """A waiting contact of the kind `call` as it is stored, JSON not read.

    Making a million of them takes longer than reading the plain tuples that the database gives, so
    these are handed around.
    """

    number: int
    id: str
    priority: int
    arrived_us: int
    relaxed: int
    demand: str
    document: str


Row = tuple[Any, ...]


def write_contact(contact: Contact) -> str:
    """The document of a contact: all but what is at its default."""
    return _encode(contact).decode()


def read_contact(document: str) -> Contact:
    return _contact.decode(document)


def write_demand(contact: Contact) -> str | None:
    """What it seeks, if it is in line."""
    if contact.state != "waiting":
        return None
    return _encode(
        Demand(
            contact.queue,
            contact.entered,
            contact.channel,
            contact.requires,
            contact.relax,
            contact.max_wait,
            contact.last_agent,
            contact.answered,
        )
    ).decode()


@lru_cache(maxsize=DEMANDS_CACHED)
def read_demand(text: str) -> Demand:
    """What was written, to be looked at only."""
    return _demand.decode(text)


def message(row: sa.Row[Any]) -> ChatMessage:
    return ChatMessage(
        contact=row.contact,
        seq=row.seq,
        at_us=row.at_us,
        sender=Sender(row.role, row.sender, row.name),
        text=row.text,
        client_id=row.client_id,
    )
