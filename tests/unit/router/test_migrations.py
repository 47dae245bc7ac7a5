"""A database that an older version left behind opens, with everything in it."""

from __future__ import annotations

import sqlalchemy as sa

from router import Skill, open_store
from router.model import Work
from router.store import WaitingRow
from router.store.engine import create_engine, migrate


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
        contact = WaitingRow._make(row).contact()
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
