"""The store under any sequence of writes: one order, nothing lost, the same after a restart."""

from __future__ import annotations

import anyio
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from router import (
    Actor,
    Assignment,
    ContactCentre,
    QueueSettings,
    Skill,
    Store,
    VirtualMatcher,
    open_store,
)
from router.model import Contact, Customer, Event
from router.store import Answer, Entry, WaitingRow, Writer, in_place, read_contact

SALES = QueueSettings(id="sales", max_waiting=10)
SKILLS = [Skill(id="german"), Skill(id="french")]
# Priority, the pause after it, who it is, and what they need.
Arrival = tuple[int, float, Customer, dict[str, int]]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
levels = st.dictionaries(st.sampled_from(["german", "french"]), st.integers(1, 10))
customers = st.builds(Customer, texts, st.dictionaries(texts.filter(bool), texts, max_size=3))
# How many events a step has, the contact whose row it changes, who that is, and whether the
# writer gets a chance to run before the next step.
steps = st.tuples(st.integers(0, 3), st.none() | st.integers(1, 4), customers, st.booleans())


@settings(deadline=None, max_examples=60)
@given(st.lists(steps, max_size=30))
def test_groups_keep_the_order_of_their_entries(
    plan: list[tuple[int, int | None, Customer, bool]],
) -> None:
    trio.run(write_in_groups, plan)


async def write_in_groups(plan: list[tuple[int, int | None, Customer, bool]]) -> None:
    entries: list[Entry] = []
    names: list[str] = []
    rows: dict[int, Contact] = {}
    reported: list[tuple[Entry, list[Event]]] = []
    async with open_store("sqlite://", run_sync=in_place) as store:
        await store.put_queues([SALES])
        writer = Writer(store, lambda entry, events: reported.append((entry, events)))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(writer.run)
            for step, (count, number, customer, pause) in enumerate(plan):
                entry = Entry(answer=Answer())
                for n in range(count):
                    names.append(f"{step}.{n}")
                    entry.events.append(Event(at_us=step, type=names[-1], data={"n": n}))
                if number is not None:
                    rows[number] = Contact(
                        number=number,
                        id=f"c_{number}",
                        queue="sales",
                        priority=step,
                        arrived_us=number,
                        customer=customer,
                    )
                    entry.contacts.append(rows[number])
                entries.append(entry)
                writer.put(entry)
                if pause:
                    await trio.testing.wait_all_tasks_blocked()
            for entry in entries:
                assert entry.answer is not None
                await entry.answer.wait()
            tasks.cancel_scope.cancel()
        log = await store.events(after=0, limit=1_000)
        assert [event.type for event in log] == names
        assert [event.seq for event in log] == list(range(1, len(names) + 1))
        assert [entry for entry, _ in reported] == entries
        assert [event for _, events in reported for event in events] == log
        found = [WaitingRow._make(row) for row in await store.waiting(0, limit=1_000)]
        stored = [read_contact(row.document) for row in found]
        assert {contact.number: contact for contact in stored} == rows


assignments = st.builds(
    Assignment,
    queues=st.none() | st.lists(st.sampled_from(["sales", "support"]), unique=True).map(tuple),
    skills=levels,
    weight=st.integers(1, 100),
    rank=st.integers(0, 65_535),
)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["anna", "bert"]), assignments), max_size=8))
def test_the_last_assignment_holds_after_a_restart(given: list[tuple[str, Assignment]]) -> None:
    trio.run(assign_and_restart, given)


async def assign_and_restart(given: list[tuple[str, Assignment]]) -> None:
    def centre(store: Store) -> ContactCentre:
        queues = [SALES, QueueSettings(id="support")]
        return ContactCentre(store, VirtualMatcher(), queues=queues, skills=SKILLS)

    async with open_store("sqlite://", run_sync=in_place) as store:
        async with centre(store) as before:
            for agent, assignment in given:
                await before.assign(agent, assignment, by=Actor("integrator", "crm"))
            agents = before.agents()
        async with centre(store) as after:
            assert after.agents() == agents
            assert {agent.id: agent.assignment for agent in agents} == dict(given)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.floats(0, 2), customers, levels), min_size=1, max_size=12
    ),
    st.sets(st.integers(0, 11)),
    st.integers(0, 3),
)
def test_a_restart_keeps_the_order(arrivals: list[Arrival], leaving: set[int], agents: int) -> None:
    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(wait_through_restart, arrivals, leaving, agents, clock=clock)


async def wait_through_restart(arrivals: list[Arrival], leaving: set[int], agents: int) -> None:
    def centre(store: Store) -> ContactCentre:
        matcher = VirtualMatcher()
        return ContactCentre(store, matcher, queues=[SALES], skills=SKILLS, clock=matcher.now_us)

    async with open_store("sqlite://", run_sync=in_place) as store:
        async with centre(store) as before:
            contacts = []
            for priority, pause_s, customer, requires in arrivals[:10]:
                contact = await before.enqueue(
                    "sales", priority=priority, requires=requires, customer=customer
                )
                contacts.append(contact)
                await anyio.sleep(pause_s)
            for n in leaving & set(range(len(contacts))):
                await before.abandon(contacts[n].id)
            for n in range(agents):  # take the first few, who will have to come back
                await before.sign_in(f"agent-{n}", "")
                await before.ready(f"agent-{n}")
            everybody = {contact.id: contact for contact in before.contacts()}
        async with centre(store) as after:
            await anyio.sleep(1)
            waiting = sorted(after.contacts(), key=lambda contact: contact.position or 0)
            assert [c.position for c in waiting] == list(range(1, len(everybody) + 1))
            expected = sorted(
                everybody.values(), key=lambda c: (-c.priority, c.arrived_us, c.number)
            )
            assert [c.id for c in waiting] == [c.id for c in expected]
            for contact in waiting:
                old = everybody[contact.id]
                assert (contact.arrived_us, contact.customer) == (old.arrived_us, old.customer)
                assert contact.requires == old.requires
