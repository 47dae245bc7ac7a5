"""A database that an older version left behind opens, with everything in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from router import Event, Skill, open_store
from router.model import Contact, Customer, Leg, MaxWait, Shift, Stage, Work
from router.store import Demand, Entry, WaitingRow, read_contact, read_demand
from router.store.engine import create_engine, migrate
from router.store.schema import metadata


def leave_behind(url: str, revision: str, *statements: str) -> None:
    """A database as the version with this revision left it."""
    engine = create_engine(url)
    migrate(engine, revision)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


QUEUE = 'INSERT INTO queues VALUES (1, \'sales\', \'{"id": "sales", "wrap_up_s": 5.0}\')'
AGENT = (
    "INSERT INTO agents (number, id, name, queues, state, since_us)"
    " VALUES (1, 'anna', 'Anna', '[\"sales\"]', 'offline', 7)"
)
CONTACT = (
    "INSERT INTO contacts (number, id, queue, priority, arrived_us, state, customer, consent,"
    " notes) VALUES (1, 'c_1', 'sales', 3, 5, 'waiting', '{\"name\": \"Vera\"}', 'not_needed', '')"
)


async def test_before_there_were_skills(url: str) -> None:
    leave_behind(url, "0001", QUEUE, AGENT, CONTACT)
    async with open_store(url) as store:
        assert [queue.wrap_up_s for queue in (await store.put_queues([])).values()] == [5.0]
        assert await store.put_skills([Skill(id="german")]) == {1: Skill(id="german")}
        (agent,) = await store.agents()
        assert (agent.id, agent.queues) == ("anna", ("sales",))
        assert (agent.assignment, agent.restricted_to) == (None, None)
        (row,) = await store.waiting(after=0, limit=10)
        contact = read_contact(WaitingRow._make(row).document)
        assert (contact.id, contact.priority, contact.customer.name) == ("c_1", 3, "Vera")
        assert contact.requires == {}
        assert (contact.relax, contact.relaxed, contact.entered) == ((), 0, None)
        assert (contact.meant_for, contact.last_agent, contact.customer.key) == (None, None, None)
        assert await store.last_agent("crm-1") is None


async def test_before_agents_had_several_contacts(url: str) -> None:
    held = (
        "INSERT INTO agents (number, id, name, queues, state, since_us, contact, wrap_up_ends_us)"
        " VALUES (2, 'bert', 'Bert', '[\"sales\"]', 'wrap_up', 7, 'c_1', 9)"
    )
    leave_behind(url, "0003", QUEUE, AGENT, held, CONTACT)
    async with open_store(url) as store:
        anna, bert = await store.agents()
        assert anna.work == ()
        assert bert.work == (Work(contact="c_1", channel="video", wrap_up_ends_us=9),)
        contact = await store.contact("c_1")
        assert contact is not None
        assert contact.channel == "video"


RICH = {
    "number": 2,
    "id": "c_2",
    "queue": "sales",
    "channel": "chat",
    "priority": 4,
    "arrived_us": 5,
    "requires": '{"german": 3}',
    "relax": '[{"after_us": 30, "requires": {}, "queue": "sales"}]',
    "relaxed": 1,
    "vip": "gold",
    "issue": "refund",
    "region": "cn",
    "meant_for": "anna",
    "last_agent": "anna",
    "entered": "sales",
    "asked": "support",
    "kind": "callback",
    "call_to": "+49",
    "due_us": 6,
    "message": "later",
    "max_wait": '{"after_us": 90, "then": "refuse"}',
    "offers": '["message"]',
    "state": "connected",
    "customer": '{"name": "张伟", "key": "crm-1"}',
    "customer_key": "crm-1",
    "language": "zh",
    "consent": "granted",
    "notes": "a note",
    "agent": "anna",
    "epoch": 7,
    "offer_expires_us": 8,
    "accepted_us": 9,
    "connected_us": 10,
    "ended_us": 11,
    "ended_by": "agent",
    "talk_us": 12,
    "wrap_up_us": 13,
    "legs": '[{"agent": "bert", "queue": "sales", "ended_us": 4, "talk_us": 2}]',
    "holds": 1,
    "held_us": 14,
    "held_since_us": 15,
    "about": "c_8",
    "consult": "c_9",
    "conference": True,
    "idempotency_key": "once",
}


async def test_before_a_contact_was_a_document(url: str) -> None:
    names = ", ".join(RICH)
    values = ", ".join(
        f"'{value}'" if isinstance(value, str) else f"{value}" for value in RICH.values()
    )
    rich = f"INSERT INTO contacts ({names}) VALUES ({values})"
    leave_behind(url, "0009", QUEUE, AGENT, CONTACT, rich)
    async with open_store(url) as store:
        assert await store.contact("c_1") == Contact(
            number=1, id="c_1", queue="sales", priority=3, arrived_us=5, customer=Customer("Vera")
        )
        assert await store.contact("c_2") == Contact(
            number=2,
            id="c_2",
            queue="sales",
            channel="chat",
            priority=4,
            arrived_us=5,
            requires={"german": 3},
            relax=(Stage(after_us=30, requires={}, queue="sales"),),
            relaxed=1,
            vip="gold",
            issue="refund",
            region="cn",
            meant_for="anna",
            last_agent="anna",
            entered="sales",
            asked="support",
            kind="callback",
            call_to="+49",
            due_us=6,
            message="later",
            max_wait=MaxWait(90, "refuse"),
            offers=("message",),
            state="connected",
            customer=Customer("张伟", key="crm-1"),
            language="zh",
            consent="granted",
            notes="a note",
            agent="anna",
            epoch=7,
            offer_expires_us=8,
            accepted_us=9,
            connected_us=10,
            ended_us=11,
            ended_by="agent",
            talk_us=12,
            wrap_up_us=13,
            legs=(Leg(agent="bert", queue="sales", ended_us=4, talk_us=2),),
            holds=1,
            held_us=14,
            held_since_us=15,
            about="c_8",
            consult="c_9",
            conference=True,
            idempotency_key="once",
        )
        (row,) = await store.waiting(after=0, limit=10)
        assert read_demand(WaitingRow._make(row).demand) == Demand(
            "sales", None, "video", {}, (), None, None
        )
        assert await store.contact_by_key("once") == await store.contact("c_2")
        assert await store.last_agent("crm-1") == "anna"


async def test_before_figures_outlived_a_restart(url: str) -> None:
    leave_behind(url, "0010", QUEUE, AGENT)
    async with open_store(url) as store:
        (anna,) = await store.agents()
        assert anna.shift == Shift()
        assert await store.tallies_since(0) == {}
        assert await store.slices_since(0) == []
        assert read_demand('["sales",null,"video",{},[],null,null]').answered is False


async def test_before_the_log_was_numbered_by_its_rows(url: str) -> None:
    told = "INSERT INTO events VALUES ({}, 5, 'contact.enqueued', 'c_1', NULL, '{{}}')"
    leave_behind(url, "0011", QUEUE, told.format(2**40), told.format(2**40 + 1))
    async with open_store(url) as store:
        assert [event.seq for event in await store.events(0, 9)] == [2**40, 2**40 + 1]
        assert [event.at_us for event in await store.contact_events("c_1")] == [5, 5]
        ((_, event),) = await store.commit(
            [Entry(events=[Event(at_us=6, type="test"), Event(at_us=7, type="test")])]
        )
        assert event.seq == 2**40 + 3


def test_a_store_that_was_updated_is_like_a_new_one(url: str) -> None:
    engine = create_engine(url)
    migrate(engine)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        plain = sa.text(
            "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_autoindex_events_1'"
        )
        assert connection.scalar(plain) == 0
    engine.dispose()
