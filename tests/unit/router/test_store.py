"""The database: set up to be durable, its tables as the code expects, its failures not hidden."""

from __future__ import annotations

import traceback

import anyio
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from router import ContactCentre, Customer, QueueSettings, Skill, VirtualMatcher, open_store
from router.errors import Busy, CentreClosed
from router.model import Event
from router.store import Answer, Entry, Writer, schema
from router.store.engine import create_engine, migrate
from unit.router.running import QUEUES


def test_the_migrations_make_the_tables_of_the_code(url: str) -> None:
    engine = create_engine(url)
    migrate(engine)
    migrate(engine)  # again is harmless
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_a_commit_is_on_the_disk(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(sa.text("PRAGMA synchronous")) == 2  # FULL
        assert connection.scalar(sa.text("PRAGMA foreign_keys")) == 1
    engine.dispose()


async def test_a_queue_keeps_its_number(url: str) -> None:
    first, second = QUEUES
    async with open_store(url) as store:
        assert await store.put_queues([first]) == {1: first}
        assert await store.put_queues([second]) == {1: first, 2: second}
        changed = QueueSettings(id=first.id, wrap_up_s=5)
        assert await store.put_queues([second, changed]) == {1: changed, 2: second}


async def test_a_skill_keeps_its_number(url: str) -> None:
    german, french = Skill(id="german", name={"en": "German"}), Skill(id="french")
    async with open_store(url) as store:
        assert await store.put_skills([german]) == {1: german}
        assert await store.put_skills([french]) == {1: german, 2: french}
    async with open_store(url) as store:
        renamed = Skill(id="german", name={"en": "Deutsch"})
        assert await store.put_skills([renamed]) == {1: renamed, 2: french}


async def test_a_failed_commit_writes_nothing_and_leaves_no_gap(url: str) -> None:
    event = Event(at_us=1, type="test")
    async with open_store(url) as store:
        await store.commit([Entry(events=[event])])
        with pytest.raises(TypeError):
            await store.commit([Entry(events=[event]), Entry(events=[broken_event()])])
        await store.commit([Entry(events=[event])])
        assert [stored.seq for stored in await store.events(0, 10)] == [1, 2]


async def test_a_store_that_fails_ends_the_centre(url: str) -> None:
    secret = "Grünwald-4711"
    with pytest.raises(ExceptionGroup) as raised:
        await lose_the_store(url, secret)
    assert raised.value.subgroup(sa.exc.OperationalError)
    assert secret not in "".join(traceback.format_exception(raised.value))


async def test_too_many_pending_writes_are_refused(url: str) -> None:
    async with open_store(url) as store:
        writer = Writer(store, lambda entry, events: None, bound=2)
        writer.check_room()
        answers = [Answer(), Answer()]
        for answer in answers:
            writer.put(Entry(events=[Event(at_us=1, type="test")], answer=answer))
        with pytest.raises(Busy, match="2 writes"):
            writer.check_room()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(writer.run)
            await writer.wait_for_room()
            for answer in answers:
                await answer.wait()
            tasks.cancel_scope.cancel()
        with pytest.raises(CentreClosed):
            writer.put(Entry())


async def test_a_bad_address_is_an_error_at_once() -> None:
    with pytest.raises(sa.exc.SQLAlchemyError):
        async with open_store("nonsense://"):
            pass


async def lose_the_store(url: str, name: str) -> None:
    """Run a centre until its store fails."""
    async with (
        open_store(url) as store,
        ContactCentre(store, VirtualMatcher(), queues=QUEUES) as centre,
    ):
        break_store(url)
        for _ in range(2):
            with pytest.raises(CentreClosed):
                await centre.enqueue("sales", customer=Customer(name))
        await anyio.sleep_forever()


def break_store(url: str) -> None:
    """Behind the store's back."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE events"))
    engine.dispose()


def broken_event() -> Event:
    """An event that no database can hold."""
    return Event(at_us=1, type="test", data={"unstorable": object()})
