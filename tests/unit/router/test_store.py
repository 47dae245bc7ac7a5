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
from router.figures import MINUTE_US, Outcome, Slice, Tally
from router.model import Agent, Event, Shift
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


def outcomes(*told: tuple[str, int, Tally]) -> Entry:
    return Entry(outcomes=[Outcome(queue, at_us, tally) for queue, at_us, tally in told])


async def test_tallies_add_up_within_a_commit_and_from_one_to_the_next(url: str) -> None:
    answer = Tally(answered=1, answer_wait_us=2**40)
    leave = Tally(abandoned=1, abandoned_short=1)
    first = [
        outcomes(("sales", 0, answer), ("sales", MINUTE_US - 1, leave)),
        outcomes(("sales", 1, answer), ("support", 2, leave), ("sales", MINUTE_US, leave)),
    ]
    async with open_store(url) as store:
        await store.put_queues(QUEUES)
        await store.commit(first)
        assert sorted(await store.slices_since(0), key=lambda one: (one.minute, one.queue)) == [
            Slice(0, "sales", answer.plus(answer).plus(leave)),
            Slice(0, "support", leave),
            Slice(1, "sales", leave),
        ]
        await store.commit([outcomes(("sales", MINUTE_US + 5, answer))])
    async with open_store(url) as store:
        assert await store.slices_since(1) == [Slice(1, "sales", leave.plus(answer))]
        assert await store.tallies_since(0) == {
            "sales": answer.plus(answer).plus(leave).plus(leave).plus(answer),
            "support": leave,
        }
        assert await store.tallies_since(2) == {}


async def test_an_agents_shift_is_kept(url: str) -> None:
    shift = Shift(day_us=1, counted_us=2, contacts=3, occupied_us=2**40, share=1 / 3, engaged=True)
    async with open_store(url) as store:
        assert await store.last_event_us() is None
        agent = Agent(number=1, id="anna", name="Anna", shift=shift)
        await store.commit([Entry(agents=[agent], events=[Event(at_us=7, type="test")])])
        assert [one.shift for one in await store.agents()] == [shift]
        assert await store.last_event_us() == 7
