"""A whole day with random customers and agents: nothing is lost, nobody is given away twice."""

from __future__ import annotations

import random
import time
from contextlib import suppress

import anyio
import msgspec
import pytest

from router.errors import StaleReservation, UnknownAgent, UnknownContact, WrongState
from router.model import Event
from simulation.invariants import check
from simulation.office import Office, opened

DAY_S = 8 * 3600.0
CUSTOMERS = 400
AGENTS = 8


async def customer(office: Office, chance: random.Random) -> None:
    """Arrives some time, has some patience, and hangs up some time."""
    await anyio.sleep(chance.uniform(0, DAY_S - 1800))
    queue = chance.choice(["sales", "support"])
    priority = chance.choice([0, 0, 0, 1, 5])
    patience_s, talk_s = chance.expovariate(1 / 400), chance.expovariate(1 / 300)
    leaves_first = chance.random() < 0.7
    contact = (await office.centre.enqueue(queue, priority=priority)).id
    with anyio.move_on_after(patience_s), office.centre.subscribe() as events:
        async for event in events:
            if event.type == "contact.connected" and event.contact == contact:
                break
    if office.centre.contact(contact).state == "connected":
        # Some wait for the agent to end it, and leave after all if that takes too long.
        await anyio.sleep(talk_s if leaves_first else talk_s + 600)
    with suppress(WrongState):
        await office.centre.leave(contact)


async def agent(office: Office, name: str, chance: random.Random) -> None:
    """Works all day: answers, ignores, rejects, pauses, and sometimes loses the connection."""
    await anyio.sleep(chance.uniform(0, 600))
    while anyio.current_time() < DAY_S:
        # What the agent saw may have changed before the click arrived.
        with suppress(UnknownAgent, UnknownContact, WrongState, StaleReservation):
            await work(office, name, chance)
        await anyio.sleep(chance.uniform(1, 5))


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
    elif state == "reserved" and luck < 0.9:
        contact = centre.contact(known[name].contact or "")
        answer = centre.accept if luck < 0.85 else centre.reject
        await answer(contact.id, name, contact.epoch or 0)
    elif state == "busy":
        contact = centre.contact(known[name].contact or "")
        if contact.state == "accepted":
            await centre.connected(contact.id)
        elif luck > 0.99:
            await centre.hang_up(contact.id, by="agent")
    elif state == "wrap_up" and luck < 0.2:
        await centre.wrap_up_done(name, known[name].contact or "")


async def work_a_day(seed: int) -> list[Event]:
    async with opened() as office:
        async with anyio.create_task_group() as tasks:
            for n in range(CUSTOMERS):
                tasks.start_soon(customer, office, random.Random(f"{seed} customer {n}"))
            for n in range(AGENTS):
                chance = random.Random(f"{seed} agent {n}")
                tasks.start_soon(agent, office, f"agent-{n}", chance)
        return await office.log()


@pytest.mark.timeout(240)
async def test_a_working_day_loses_nothing() -> None:
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    log = await work_a_day(seed)
    counts = check(log)
    assert counts["contact.enqueued"] == CUSTOMERS
    assert counts["contact.completed"] + counts["contact.abandoned"] == CUSTOMERS
    # The day was worth simulating: everything that can happen did.
    assert counts["contact.completed"] > CUSTOMERS / 2
    assert counts["reservation.rejected"] > 0
    assert counts["reservation.timed_out"] > 0
    assert counts["agent.wrapup_ended"] > 0


@pytest.fixture(scope="module")
def logs() -> list[bytes]:
    return []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("run", [1, 2])
async def test_the_same_seed_gives_the_same_log(run: int, logs: list[bytes]) -> None:
    logs.append(msgspec.json.encode(await work_a_day(seed=7)))
    assert logs[0] == logs[-1]
