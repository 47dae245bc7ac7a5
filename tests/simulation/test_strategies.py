"""Each strategy by who gets the contacts: the settings of a queue reach the matcher."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import anyio
import pytest

from router import QueueSettings
from router.model import Strategy
from simulation.office import Office, opened

DAY_US = 86_400_000_000


def sales(strategy: Strategy, seed: int = 0) -> list[QueueSettings]:
    return [QueueSettings(id="sales", wrap_up_s=0, strategy=strategy, seed=seed)]


async def serve(office: Office, talk_s: float = 10) -> str:
    """One contact from arrival to hang-up; returns its agent."""
    contact = await office.arrive()
    agent = await office.answer(contact)
    await anyio.sleep(talk_s)
    await office.centre.hang_up(contact, by="visitor")
    return agent


async def pause(office: Office, agent: str) -> None:
    """The agent goes and comes back: ready for the shortest time of all."""
    await office.centre.not_ready(agent, "break")
    await office.centre.ready(agent)
    await anyio.sleep(1)


async def compared(office: Office) -> tuple[str, int]:
    """What the last decision was made by."""
    made = [event for event in await office.log() if event.type == "reservation.created"]
    decision = made[-1].data["decision"]
    return decision["strategy"], decision["compared"]


async def test_round_robin_goes_by_the_last_offer_and_not_by_the_pause() -> None:
    async with opened(queues=sales("round_robin")) as office:
        await office.staff("anna", "bert")
        assert await serve(office) == "anna"
        await pause(office, "bert")
        assert await serve(office) == "bert"
        assert await compared(office) == ("round_robin", 0)  # never had one


async def test_the_least_occupied_gets_it() -> None:
    async with opened(queues=sales("least_occupied")) as office:
        await office.staff("anna", "bert")
        assert await serve(office, talk_s=600) == "anna"
        assert await serve(office, talk_s=10) == "bert"
        await pause(office, "bert")
        assert await serve(office) == "bert"


async def test_the_fewest_contacts_get_it() -> None:
    async with opened(queues=sales("fewest_contacts")) as office:
        await office.staff("anna")
        for _ in range(2):
            await serve(office)
        await office.staff("bert")
        assert [await serve(office) for _ in range(2)] == ["bert", "bert"]
        assert await compared(office) == ("fewest_contacts", 1)


@pytest.mark.parametrize(
    # The office opens on 2026-01-01 at 00:00 UTC, which is 08:00 in Shanghai.
    ("zone", "hours"),
    [("UTC", 24), ("Asia/Shanghai", 16)],
)
async def test_contacts_are_counted_from_midnight(zone: str, hours: int) -> None:
    async with opened(queues=sales("fewest_contacts"), zone=ZoneInfo(zone)) as office:
        await office.staff("anna", "bert")
        assert [await serve(office) for _ in range(3)] == ["anna", "bert", "anna"]
        midnight = anyio.current_time() + hours * 3600 - office.matcher.now_us() % DAY_US / 1e6
        await anyio.sleep_until(midnight - 20)
        assert await serve(office) == "bert"
        assert await compared(office) == ("fewest_contacts", 1)
        await anyio.sleep_until(midnight + 20)
        await serve(office)
        assert await compared(office) == ("fewest_contacts", 0)


async def test_the_best_skill_gets_it() -> None:
    async with opened(queues=sales("best_skill")) as office:
        await office.assign("anna", skills={"german": 5})
        await office.assign("bert", skills={"german": 9, "french": 1})
        await office.staff("anna", "bert")
        contact = await office.arrive(german=3)
        assert office.state(contact) == ("offered", "bert")
        assert await compared(office) == ("best_skill", 9)


async def test_contacts_go_by_weight() -> None:
    async with opened(queues=sales("weighted")) as office:
        await office.assign("anna", weight=3)
        await office.staff("anna", "bert")
        served = Counter([await serve(office, talk_s=0) for _ in range(20)])
        assert served == {"anna": 15, "bert": 5}


async def test_the_lowest_rank_gets_it() -> None:
    async with opened(queues=sales("top_down")) as office:
        await office.assign("anna", rank=2)
        await office.assign("bert", rank=1)
        await office.staff("anna", "bert")
        assert [await serve(office) for _ in range(2)] == ["bert", "bert"]
        assert await compared(office) == ("top_down", 1)


async def test_random_is_the_same_for_the_same_seed() -> None:
    async def draw(seed: int) -> list[str]:
        async with opened(queues=sales("random", seed)) as office:
            await office.staff("anna", "bert", "cleo")
            return [await serve(office, talk_s=0) for _ in range(20)]

    first = await draw(1)
    assert await draw(1) == first
    assert await draw(2) != first
    assert set(Counter(first)) == {"anna", "bert", "cleo"}


@pytest.mark.parametrize(("worth_s", "first"), [(None, "urgent"), (60, "plain"), (120, "urgent")])
async def test_a_point_of_priority_is_worth_so_much_waiting(
    worth_s: float | None, first: str
) -> None:
    queues = [QueueSettings(id="sales", priority_worth_s=worth_s)]
    async with opened(queues=queues) as office:
        plain = await office.arrive()
        await anyio.sleep(90)
        urgent = await office.arrive(priority=1)
        await office.staff("anna")
        assert office.state({"plain": plain, "urgent": urgent}[first]) == ("offered", "anna")


async def test_an_urgent_queue_overtakes() -> None:
    queues = [QueueSettings(id="sales", urgency=1), QueueSettings(id="support", urgency=5)]
    async with opened(queues=queues) as office:
        await office.arrive("sales")
        await anyio.sleep(60)
        support = await office.arrive("support")
        await anyio.sleep(30)
        await office.staff("anna")
        assert office.state(support) == ("offered", "anna")
