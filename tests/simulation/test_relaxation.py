"""Who waits long is served by more agents, and at last in another queue."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from router import QueueSettings
from router.errors import IdempotencyConflict
from router.model import RelaxStep
from simulation.office import Office, opened

QUEUES = (
    QueueSettings(
        id="sales",
        requires={"german": 5},
        relax=(
            RelaxStep(after_s=30, lower_levels=2),
            RelaxStep(after_s=60, drop=("german",)),
            RelaxStep(after_s=90, queue="support"),
        ),
    ),
    QueueSettings(id="support", consent_required=True),
)


async def told(office: Office) -> list[tuple[object, object]]:
    log = await office.log()
    data = [event.data for event in log if event.type == "contact.relaxed"]
    return [(one["queue"], one["requires"]) for one in data]


async def test_levels_then_skills_then_the_queue() -> None:
    async with opened(queues=QUEUES) as office:
        for agent, skills in [("anna", {"german": 3}), ("bert", {})]:
            await office.assign(agent, queues=["sales"], skills=skills)
        await office.assign("carl", queues=["support"])
        await office.staff("anna", "bert", "carl")
        first = await office.arrive()
        await anyio.sleep(28)
        assert office.state(first) == ("waiting", None)
        await anyio.sleep(2)
        assert office.state(first) == ("offered", "anna")
        assert office.centre.contact(first).needs == {"german": 3}
        await office.answer(first)
        second = await office.arrive()
        await anyio.sleep(60)
        assert office.state(second) == ("offered", "bert")
        await office.answer(second)
        third = await office.arrive()
        await anyio.sleep(90)
        contact = office.centre.contact(third)
        assert (contact.queue, contact.entered, contact.consent) == ("support", "sales", "required")
        assert office.state(third) == ("offered", "carl")
        assert (await told(office))[-3:] == [
            ("sales", {"german": 3}),
            ("sales", {}),
            ("support", {}),
        ]


async def test_a_restart_goes_on_where_the_clock_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url, queues=QUEUES) as office:
        early, late = await office.arrive(), await office.arrive()
        await anyio.sleep(40)
    # The virtual clock goes on, so that a step falls due while nobody runs.
    await anyio.sleep(30)
    async with opened(url, queues=QUEUES) as office:
        assert office.centre.contact(early).needs == {}
        assert [queue for queue, _ in await told(office)] == ["sales"] * 4
        await office.assign("carl", queues=["support"])
        await office.staff("carl")
        await anyio.sleep(30)
        assert office.state(early) == ("offered", "carl")
        assert office.centre.contact(late).queue == "support"


async def test_steps_taken_during_an_offer_hold_when_it_returns() -> None:
    async with opened(queues=QUEUES) as office:
        await office.assign("anna", queues=["sales"], skills={"german": 5})
        await office.assign("bert", queues=["sales"], skills={"german": 3})
        await office.staff("anna", "bert")
        await office.centre.not_ready("anna")
        contact = await office.arrive()
        await anyio.sleep(27)
        await office.centre.ready("anna")
        await anyio.sleep(5)  # it rings at Anna while the first step is taken
        assert office.state(contact) == ("offered", "anna")
        await office.centre.not_ready("anna")
        assert office.state(contact) == ("offered", "bert")


async def test_a_request_that_comes_again_after_the_move_is_the_same() -> None:
    async with opened(queues=QUEUES) as office:
        first = await office.centre.enqueue("sales", idempotency_key="k")
        await anyio.sleep(100)
        assert office.centre.contact(first.id).queue == "support"
        again = await office.centre.enqueue("sales", idempotency_key="k")
        assert again.id == first.id
        with pytest.raises(IdempotencyConflict):
            await office.centre.enqueue("support", idempotency_key="k")
