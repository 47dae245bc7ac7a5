"""The store: everything that must survive, in one database. Commits come from one `Writer`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import sqlalchemy as sa

from router.figures import MINUTE_US, Outcome, Slice, Tally
from router.model import (
    LIVE_STATES,
    Agent,
    ChatMessage,
    Contact,
    ContactState,
    Event,
    QueueSettings,
    Skill,
)
from router.store import schema
from router.store.engine import create_engine, migrate
from router.store.entry import Entry
from router.store.put import Put, add_up, upsert
from router.store.rows import (
    Row,
    WaitingRow,
    message,
    read_contact,
    write_contact,
    write_demand,
)
from router.store.threads import RunSync, WorkerThreads

EVENTS_PAGE_BOUND = 1_000
CONTACTS_PAGE_BOUND = 200
# The largest number a column holds.
SEQ_MAX = 2**63 - 1
_COUNTS = Tally.__struct_fields__


@asynccontextmanager
async def open_store(url: str, *, run_sync: RunSync | None = None) -> AsyncIterator[Store]:
    """Open the database at a SQLAlchemy URL, bring its tables up to date, close it at the end.

    `run_sync` runs the blocking calls: worker threads unless given (`threads.in_place` for
    simulations). Raises sqlalchemy.exc.SQLAlchemyError if the database can't be used.
    """
    run_sync = run_sync or WorkerThreads()
    engine = create_engine(url)
    try:
        await run_sync(lambda: migrate(engine))
        yield Store(engine, run_sync)
    finally:
        engine.dispose()


def summed(outcomes: Iterable[Outcome]) -> list[Slice]:
    """One slice for each queue and minute, whatever number of outcomes."""
    sums: dict[tuple[int, str], Tally] = {}
    for outcome in outcomes:
        key = outcome.at_us // MINUTE_US, outcome.queue
        before = sums.get(key)
        sums[key] = outcome.tally if before is None else before.plus(outcome.tally)
    return [Slice(minute, queue, tally) for (minute, queue), tally in sums.items()]


class Store:
    """Reads may come from anywhere at any time and see only what is committed.

    `commit` has one caller, the `Writer`: the log's order is the order of its calls.
    """

    def __init__(self, engine: sa.Engine, run_sync: RunSync) -> None:
        self._engine = engine
        self._run_sync = run_sync
        self._put_agents = Put(schema.agents, engine.dialect, conflict=upsert)
        self._put_contacts = Put(
            schema.contacts,
            engine.dialect,
            conflict=upsert,
            columns={
                "customer_key": "customer.key",
                "demand": write_demand,
                "document": write_contact,
            },
        )
        self._put_messages = Put(
            schema.messages,
            engine.dialect,
            columns={
                "role": "sender.role",
                "sender": "sender.id",
                "name": "sender.name",
            },
        )
        self._put_events = Put(schema.events, engine.dialect)
        self._put_tallies = Put(
            schema.tallies,
            engine.dialect,
            conflict=add_up,
            columns={name: f"tally.{name}" for name in _COUNTS},
        )
        self._last_seq: int | None = None

    # -- writing ---------------------------------------------------------------------------------

    async def commit(self, entries: Sequence[Entry]) -> list[list[Event]]:
        """Write all entries in one transaction; return each entry's events with their `seq`.

        `seq` continues the log without a gap; after an error nothing is written.
        """
        return await self._run_sync(lambda: self._commit(entries))

    def _commit(self, entries: Sequence[Entry]) -> list[list[Event]]:
        with self._engine.begin() as connection:
            seq = self._last_seq
            if seq is None:
                seq = connection.scalar(sa.select(sa.func.max(schema.events.c.seq))) or 0
            numbered: list[list[Event]] = []
            for entry in entries:
                events = [
                    msgspec.structs.replace(event, seq=seq + n)
                    for n, event in enumerate(entry.events, start=1)
                ]
                seq += len(events)
                numbered.append(events)
            # Only the last version of a row matters; agents first, contacts refer to them.
            agents = {agent.number: agent for entry in entries for agent in entry.agents}
            contacts = {contact.number: contact for entry in entries for contact in entry.contacts}
            messages = [message for entry in entries for message in entry.messages]
            self._put_agents.write(connection, list(agents.values()))
            self._put_contacts.write(connection, list(contacts.values()))
            self._put_messages.write(connection, messages)
            outcomes = (outcome for entry in entries for outcome in entry.outcomes)
            self._put_tallies.write(connection, summed(outcomes))
            self._put_events.write(connection, [event for events in numbered for event in events])
        self._last_seq = seq
        return numbered

    async def put_queues(self, configured: Sequence[QueueSettings]) -> dict[int, QueueSettings]:
        """Store the configured queues; return every queue ever configured, by its number.

        A queue keeps its number for ever.
        """

        stored = await self._put_configured(
            schema.queues,
            {one.id: {"settings": msgspec.to_builtins(one)} for one in configured},
        )
        return {row.number: msgspec.convert(row.settings, QueueSettings) for row in stored}

    async def put_skills(self, configured: Sequence[Skill]) -> dict[int, Skill]:
        """Store the configured skills; return every skill ever configured, by its number.

        A skill keeps its number for ever.
        """
        stored = await self._put_configured(
            schema.skills, {one.id: {"name": one.name} for one in configured}
        )
        return {row.number: Skill(id=row.id, name=row.name) for row in stored}

    async def _put_configured(
        self, table: sa.Table, configured: Mapping[str, dict[str, Any]]
    ) -> Sequence[sa.Row[Any]]:
        """Store rows by id, new ones under the next numbers; return all there are, by number."""

        def put() -> Sequence[sa.Row[Any]]:
            with self._engine.begin() as connection:
                known = connection.execute(sa.select(table.c.id, table.c.number))
                numbers: dict[str, int] = {row.id: row.number for row in known}
                last = max(numbers.values(), default=0)
                new = (id for id in configured if id not in numbers)
                numbers |= {id: number for number, id in enumerate(new, start=last + 1)}
                if configured:
                    insert, conflict = upsert(self._engine.dialect.name, table)
                    connection.execute(
                        insert.on_conflict_do_update(**conflict),
                        [
                            {"number": numbers[id], "id": id, **row}
                            for id, row in configured.items()
                        ],
                    )
                return connection.execute(sa.select(table).order_by(table.c.number)).all()

        return await self._run_sync(put)

    # -- reading ---------------------------------------------------------------------------------

    async def contacts_not_in_line(self) -> list[Contact]:
        """Every live contact but those that `waiting` gives, by number: who is with an agent, and
        customers who are called back."""
        table = schema.contacts
        states = sorted(LIVE_STATES)
        in_line = (table.c.state == "waiting") & (table.c.kind == "call")
        return await self._contacts(
            sa.select(table.c.document)
            .where(table.c.state.in_(states), sa.not_(in_line))
            .order_by(table.c.number)
        )

    async def waiting(self, after: int, limit: int) -> list[Row]:
        """The next contacts in line after the number `after`, by number, but for callbacks: plain
        tuples in the order of WaitingRow's fields."""
        table = schema.contacts
        query = (
            sa.select(*(table.c[name] for name in WaitingRow._fields))
            .where(table.c.state == "waiting", table.c.kind == "call", table.c.number > after)
            .order_by(table.c.number)
            .limit(limit)
        )

        def read() -> list[Row]:
            with self._engine.connect() as connection:
                cursor = connection.execute(query).cursor
                assert cursor is not None  # a query has one
                return list(cursor.fetchall())

        return await self._run_sync(read)

    async def queues_in_use(self, among: Collection[str]) -> set[str]:
        """Of these queues, those of live contacts."""
        if not among:
            return set()
        table = schema.contacts
        of_them = table.c.queue.in_(sorted(among)), table.c.state.in_(sorted(LIVE_STATES))
        query = sa.select(table.c.queue).where(*of_them).distinct()
        return {row[0] for row in await self._rows(query)}

    async def last_contact_number(self) -> int:
        """0 if there never was a contact."""
        query = sa.select(sa.func.max(schema.contacts.c.number))
        rows = await self._rows(query)
        return rows[0][0] or 0

    async def contact(self, contact_id: str) -> Contact | None:
        return await self._one_contact(schema.contacts.c.id == contact_id)

    async def contact_by_key(self, idempotency_key: str) -> Contact | None:
        return await self._one_contact(schema.contacts.c.idempotency_key == idempotency_key)

    async def last_agent(self, customer_key: str) -> str | None:
        """Who accepted a contact of this customer last and kept it, if anybody ever did."""
        table = schema.contacts
        rows = await self._rows(
            sa.select(table.c.agent)
            .where(table.c.customer_key == customer_key, table.c.accepted_us.is_not(None))
            .order_by(table.c.accepted_us.desc())
            .limit(1)
        )
        return rows[0][0] if rows else None

    async def contacts(
        self, *, state: ContactState | None = None, before: int | None = None, limit: int
    ) -> list[Contact]:
        """Newest first, at most CONTACTS_PAGE_BOUND; `before` is the last number already seen."""
        table = schema.contacts
        query = sa.select(table.c.document).order_by(table.c.number.desc())
        if state is not None:
            query = query.where(table.c.state == state)
        if before is not None:
            query = query.where(table.c.number < min(before, SEQ_MAX))
        return await self._contacts(query.limit(min(limit, CONTACTS_PAGE_BOUND)))

    async def last_ended(self, queue_id: str, state: ContactState, limit: int) -> list[Contact]:
        """The queue's last contacts that ended in this state, oldest of them first."""
        table = schema.contacts
        newest = await self._contacts(
            sa.select(table.c.document)
            .where(table.c.queue == queue_id, table.c.state == state, table.c.ended_us.is_not(None))
            .order_by(table.c.ended_us.desc(), table.c.number.desc())
            .limit(limit)
        )
        return newest[::-1]

    async def tallies_since(self, minute: int) -> dict[str, Tally]:
        """What ended in each queue from this minute on, counted from the Unix epoch."""
        table = schema.tallies
        sums = (sa.cast(sa.func.sum(table.c[name]), sa.BigInteger).label(name) for name in _COUNTS)
        rows = await self._rows(
            sa.select(table.c.queue, *sums).where(table.c.minute >= minute).group_by(table.c.queue)
        )
        return {row.queue: Tally(*row[1:]) for row in rows}

    async def slices_since(self, minute: int) -> list[Slice]:
        """The same, minute by minute."""
        table = schema.tallies
        counts = (table.c[name] for name in _COUNTS)
        query = sa.select(table.c.minute, table.c.queue, *counts).where(table.c.minute >= minute)
        return [Slice(row.minute, row.queue, Tally(*row[2:])) for row in await self._rows(query)]

    async def last_event_us(self) -> int | None:
        """When the last thing happened that the log tells of, in microseconds since the Unix
        epoch; None if nothing ever did."""
        table = schema.events
        rows = await self._rows(sa.select(table.c.at_us).order_by(table.c.seq.desc()).limit(1))
        return rows[0][0] if rows else None

    async def agents(self) -> list[Agent]:
        """Every agent who ever signed in or was assigned, by number."""
        rows = await self._rows(sa.select(schema.agents).order_by(schema.agents.c.number))
        return [msgspec.convert(row._mapping, Agent) for row in rows]

    async def messages(self, contact_id: str) -> list[ChatMessage]:
        """The contact's messages, in order."""
        table = schema.messages
        query = sa.select(table).where(table.c.contact == contact_id).order_by(table.c.seq)
        return [message(row) for row in await self._rows(query)]

    async def live_messages(self) -> list[ChatMessage]:
        """The messages of every live contact, each contact's in order."""
        table, contacts = schema.messages, schema.contacts
        query = (
            sa.select(table)
            .join(contacts, contacts.c.id == table.c.contact)
            .where(contacts.c.state.in_(sorted(LIVE_STATES)))
            .order_by(table.c.contact, table.c.seq)
        )
        return [message(row) for row in await self._rows(query)]

    async def events(self, after: int, limit: int) -> list[Event]:
        """The log after `seq` = `after`, at most EVENTS_PAGE_BOUND events."""
        table = schema.events
        rows = await self._rows(
            sa.select(table)
            .where(table.c.seq > min(after, SEQ_MAX))
            .order_by(table.c.seq)
            .limit(min(limit, EVENTS_PAGE_BOUND))
        )
        return [Event(**row._mapping) for row in rows]

    async def contact_events(self, contact_id: str) -> list[Event]:
        """The first EVENTS_PAGE_BOUND events of one contact, what was said in its chat aside."""
        table = schema.events
        rows = await self._rows(
            sa.select(table)
            .where(table.c.contact == contact_id, table.c.type != "chat.message")
            .order_by(table.c.seq)
            .limit(EVENTS_PAGE_BOUND)
        )
        return [Event(**row._mapping) for row in rows]

    async def events_of(self, contact_ids: Sequence[str], type: str) -> list[Event]:
        """The events of one type of some contacts, at most a few hundred, in order."""
        table = schema.events
        rows = await self._rows(
            sa.select(table)
            .where(table.c.contact.in_(contact_ids), table.c.type == type)
            .order_by(table.c.seq)
        )
        return [Event(**row._mapping) for row in rows]

    async def _rows(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        def read() -> Sequence[sa.Row[Any]]:
            with self._engine.connect() as connection:
                return connection.execute(query).all()

        return await self._run_sync(read)

    async def _contacts(self, query: sa.Select[Any]) -> list[Contact]:
        """The contacts whose documents are asked for."""
        return [read_contact(row.document) for row in await self._rows(query)]

    async def _one_contact(self, condition: sa.ColumnElement[bool]) -> Contact | None:
        found = await self._contacts(sa.select(schema.contacts.c.document).where(condition))
        return found[0] if found else None
