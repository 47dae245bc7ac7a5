"""From rows of the tables to what the router works with."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from router.model import Channel, ChatMessage, Contact, Customer, Leg, MaxWait, Offer, Sender, Stage
from router.store import schema

_levels = msgspec.json.Decoder(dict[str, int])
_stages = msgspec.json.Decoder(tuple[Stage, ...])
_max_wait = msgspec.json.Decoder(MaxWait)
_legs = msgspec.json.Decoder(tuple[Leg, ...])
_offers = msgspec.json.Decoder(tuple[Offer, ...])
_customer = msgspec.json.Decoder(Customer)


class WaitingRow(NamedTuple):
    """A waiting contact of the kind `call` as it is stored, JSON not read. Its other columns are
    empty: they say with whom it talks or talked, and when, or belong to callbacks.

    Making a million of them takes longer than reading the plain tuples that the database gives, so
    these are handed around and one is made a WaitingRow when somebody looks at it.
    """

    number: int
    id: str
    priority: int
    arrived_us: int
    relaxed: int
    queue: str
    entered: str | None
    asked: str | None
    channel: Channel
    requires: str
    relax: str
    vip: str | None
    issue: str | None
    region: str | None
    meant_for: str | None
    last_agent: str | None
    max_wait: str | None
    offers: str
    customer: str
    language: str | None
    consent: str
    notes: str
    legs: str
    holds: int
    held_us: int
    idempotency_key: str | None

    def contact(self) -> Contact:
        fields = self._asdict() | {
            "requires": read_levels(self.requires),
            "relax": read_stages(self.relax),
            "max_wait": read_max_wait(self.max_wait),
            "legs": _legs.decode(self.legs),
            "offers": _offers.decode(self.offers),
            "customer": _customer.decode(self.customer),
        }
        return Contact(**fields)


Row = tuple[Any, ...]


def read_levels(text: str) -> dict[str, int]:
    return _levels.decode(text)


def read_stages(text: str) -> tuple[Stage, ...]:
    return _stages.decode(text)


def read_max_wait(text: str | None) -> MaxWait | None:
    return None if text is None else _max_wait.decode(text)


def waiting_columns() -> list[sa.ColumnElement[Any]]:
    """What a WaitingRow is made of, JSON as text."""
    columns = (schema.contacts.c[name] for name in WaitingRow._fields)
    return [
        sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column
        for column in columns
    ]


def message(row: sa.Row[Any]) -> ChatMessage:
    return ChatMessage(
        contact=row.contact,
        seq=row.seq,
        at_us=row.at_us,
        sender=Sender(row.role, row.sender, row.name),
        text=row.text,
        client_id=row.client_id,
    )
