"""A whole day with random customers and agents: nothing is lost, nobody is given away twice."""

from __future__ import annotations

import random
import time
from contextlib import suppress

import anyio
import msgspec
import pytest
import trio.testing

from router import VirtualMatcher
from router.errors import StaleReservation, UnknownAgent, UnknownContact, WrongState
from router.model import Channel, Event, Work
from simulation.invariants import check
from simulation.office import Office, opened

CUSTOMERS_PER_HOUR = 40
AGENTS = 6


async def customer(office: Office, day_s: float, chance: random.Random) -> None:
    """Arrives some time, has some patience, and hangs up some time."""
    await anyio.sleep(chance.uniform(0, day_s - 600))
    queue = chance.choice(["sales", "support"])
    priority = chance.choice([0, 0, 0, 1, 5])
    patience_s, talk_s = chance.expovariate(1 / 400), chance.expovariate(1 / 300)
    leaves_first = chance.random() < 0.7
    channel: Channel = chance.choice(["video", "video", "chat"])
    contact = (await office.centre.enqueue(queue, channel=channel, priority=priority)).id
    with anyio.move_on_after(patience_s), office.centre.subscribe() as events:
        async for event in events:
            if event.type == "contact.connected" and event.contact == contact:
                break
    if office.centre.contact(contact).state == "connected":
        # Some wait for the agent to end it, and leave after all if that takes too long.
        await anyio.sleep(talk_s if leaves_first else talk_s + 600)
    with suppress(WrongState):
        await office.centre.leave(contact)


async def agent(office: Office, name: str, day_s: float, chance: random.Random) -> None:
    """Works all day: answers, ignores, rejects, pauses, and sometimes loses the connection."""
    await anyio.sleep(chance.uniform(0, 600))
    while anyio.current_time() < day_s:
        # What the agent saw may have changed before the click arrived.
        with suppress(UnknownAgent, UnknownContact, WrongState, StaleReservation):
            await work(office, name, chance)
        await anyio.sleep(chance.uniform(2, 8))


async def work(office: Office, name: str, chance: random.Random) -> None:
    centre = office.centre
    known = {view.id: view for view in centre.agents()}
    state = known[name].state if name in known else "offline"
    if state == "offline":
        await office.sign_in(name, chance.choice([["sales"], ["support"], None, None]))
        return
    luck = chance.random()
    if luck < 0.002:
        office.close_page(name)
        await anyio.sleep(chance.uniform(1, 60))
        await office.sign_in(name)
    elif state == "not_ready":
        await anyio.sleep(chance.uniform(0, 60))
        await centre.ready(name)
    elif state == "ready" and luck < 0.01:
        await centre.not_ready(name, "break")
    elif state == "ready" and luck < 0.012:
        office.close_page(name)
        await centre.sign_out(name)
    elif state == "reserved" and luck > 0.95:
        await anyio.sleep(30)  # doesn't hear it ring
    else:
        for one in known[name].work:
            await attend(office, name, one, luck)


async def attend(office: Office, name: str, work: Work, luck: float) -> None:
    """What the agent does with one of the contacts in hand."""
    centre, contact = office.centre, office.centre.contact(work.contact)
    if contact.state == "offered":
        answer = centre.accept if luck < 0.9 else centre.reject
        await answer(contact.id, name, contact.epoch or 0)
    elif contact.state == "accepted":
        await centre.connected(contact.id)
    elif contact.state == "connected" and luck > 0.99:
        await centre.hang_up(contact.id, by="agent")
    elif work.wrap_up_ends_us is not None and luck < 0.2:
        await centre.wrap_up_done(name, contact.id)


async def work_a_day(seed: int, hours: int, matcher: VirtualMatcher | None = None) -> list[Event]:
    async with opened(matcher=matcher) as office:
        async with anyio.create_task_group() as tasks:
            for n in range(hours * CUSTOMERS_PER_HOUR):
                chance = random.Random(f"{seed} customer {n}")
                tasks.start_soon(customer, office, hours * 3600.0, chance)
            for n in range(AGENTS):
                chance = random.Random(f"{seed} agent {n}")
                tasks.start_soon(agent, office, f"agent-{n}", hours * 3600.0, chance)
        return await office.log()


@pytest.mark.timeout(180)
async def test_a_working_day_loses_nothing() -> None:
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    counts = check(await work_a_day(seed, hours=8))
    customers = 8 * CUSTOMERS_PER_HOUR
    assert counts["contact.enqueued"] == customers
    assert counts["contact.completed"] + counts["contact.abandoned"] == customers
    # The day was worth simulating: everything that can happen did.
    assert counts["contact.completed"] > customers / 2
    assert counts["reservation.rejected"] > 0
    assert counts["reservation.timed_out"] > 0
    assert counts["agent.wrapup_ended"] > 0


def test_the_same_seed_gives_the_same_log() -> None:
    def log() -> bytes:
        clock = trio.testing.MockClock(autojump_threshold=0)
        return msgspec.json.encode(trio.run(work_a_day, 7, 1, clock=clock))

    assert log() == log()
