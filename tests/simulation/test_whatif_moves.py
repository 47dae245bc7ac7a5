"""A day on which contacts are moved about comes back as it was, when nothing is changed."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from pathlib import Path

import anyio
import msgspec
import pytest
import trio
import trio.testing
from msgspec.structs import replace

from router import Actor
from router.errors import RouterError
from router.journal import Names
from router.model import Callback
from router.whatif import Changes, Drawn, Question, Run
from simulation.journal import RecordingMatcher, write_run
from simulation.office import CHIEF, QUEUES, Office, opened
from simulation.test_working_day import AGENTS, CUSTOMERS_PER_HOUR, agent, customer

SEEDS = (1, 2, 3)
DAY_S = 3 * 3600.0
NAMES = Names({1: QUEUES[0], 2: QUEUES[1]}, {1: "german", 2: "french"})

pytestmark = pytest.mark.timeout(180)


async def move(office: Office, chance: random.Random) -> None:
    """Does something with what somebody has in hand."""
    centre = office.centre
    one = chance.choice(centre.agents())
    who = Actor("agent", one.id)
    queue = chance.choice(["sales", "support"])
    for work in one.work:
        await anyio.sleep(0.01)  # one thing after the other
        match chance.randrange(8):
            case 0:
                await centre.transfer(work.contact, queue_id=queue, by=who)
            case 1:
                other = chance.choice(centre.agents())
                await centre.transfer(work.contact, agent_id=other.id, by=CHIEF)
            case 2 | 3 | 4:
                await centre.consult(work.contact, queue_id=queue, by=who)
            case 5 | 6:
                await centre.hand_over(work.contact, by=who)
            case 7:
                with suppress(KeyError):  # closed already
                    office.close_page(one.id)
                await centre.sign_out(one.id, force=True)


async def redirect(office: Office, chance: random.Random) -> None:
    """Does something with whoever waits."""
    for contact in await office.centre.list_contacts(state="waiting", limit=3):
        await anyio.sleep(0.01)
        match chance.randrange(6):
            case 0:
                queue = "sales" if contact.queue == "support" else "support"
                await office.centre.transfer(contact.id, queue_id=queue, by=CHIEF)
            case 1:
                at_us = office.centre.board().at_us + chance.randrange(1, 600) * 1_000_000
                wish = Callback(at_us=chance.choice([None, at_us]))
                await office.centre.request_callback(contact.id, wish, by="visitor")
            case 2:
                await office.centre.leave_message(contact.id, "Call me.")


async def meddle(office: Office, chance: random.Random) -> None:
    while anyio.current_time() < DAY_S:
        await anyio.sleep(chance.uniform(1, 30))
        for some in (move, redirect):
            with suppress(RouterError):
                await some(office, chance)


async def work_a_day(seed: int) -> RecordingMatcher:
    matcher = RecordingMatcher()
    queues = [replace(queue, callback=True, when_full="message") for queue in QUEUES]
    async with (
        opened(queues=queues, matcher=matcher) as office,
        anyio.create_task_group() as tasks,
    ):
        for n in range(round(DAY_S / 3600 * CUSTOMERS_PER_HOUR)):
            chance = random.Random(f"{seed} customer {n}")
            tasks.start_soon(customer, office, DAY_S, chance)
        for n in range(AGENTS):
            chance = random.Random(f"{seed} agent {n}")
            tasks.start_soon(agent, office, f"agent-{n}", DAY_S, chance)
        await anyio.sleep(700)  # all have come
        tasks.start_soon(meddle, office, random.Random(f"{seed} meddler"))
    return matcher


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_of_moves_comes_back(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    matcher = trio.run(work_a_day, seed, clock=trio.testing.MockClock(autojump_threshold=0))
    told = Counter(msgspec.json.decode(command)["type"] for _, _, command in matcher.told)
    print(told)
    assert min(told[type] for type in ("transfer", "hand_over", "defer", "agent_sign_out")) > 0
    write_run(tmp_path / "run", matcher.told, NAMES)
    run = Run(tmp_path / "run")
    recorded = run.figures(Question())
    assert recorded.total.answered > 0
    simulated = run.simulate(Changes(), Question())
    assert simulated == msgspec.structs.replace(recorded, drawn=Drawn(0, 0, 0, 0))
