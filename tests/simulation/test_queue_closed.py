"""A queue is closed for good while the centre runs, also while it is full."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from router import QueueSettings
from router.errors import Invalid, QueueFull, UnknownQueue, WrongState
from router.model import RelaxStep
from simulation.office import CHIEF, Office, opened

QUEUES = (
    QueueSettings(
        id="sales",
        max_waiting=20,
        offer_timeout_s=60,
        requires={"german": 5},
        relax=(RelaxStep(after_s=300, lower_levels=2), RelaxStep(after_s=600, drop=("german",))),
    ),
    QueueSettings(id="support", offer_timeout_s=60),
)


async def filled(office: Office) -> list[str]:
    contacts = [await office.arrive() for _ in range(20)]
    with pytest.raises(QueueFull):
        await office.arrive()
    return contacts


async def test_a_full_queue_goes_to_another_in_order(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url, queues=QUEUES) as office:
        await office.assign("anna", skills={"german": 5})
        await office.staff("anna")
        ringing = await office.arrive()
        contacts = await filled(office)
        await office.centre.close_queue("sales", to="support", by=CHIEF)
        assert await office.answer(ringing) == "anna"
        assert office.centre.agent("anna").queues == ("support",)
        assert [queue.id for queue in office.centre.queues()] == ["support"]
        with pytest.raises(UnknownQueue):
            await office.arrive()
        assert {office.centre.contact(one).queue for one in contacts} == {"support"}
        await office.assign("bert", skills={"german": 3})
        await office.staff("bert")
        await anyio.sleep(300)
        assert office.state(contacts[0]) == ("offered", "bert")
    # Gone from the configuration too, and the contacts keep what is left of their steps.
    async with opened(url, queues=QUEUES[1:]) as office:
        await office.staff("carl")
        await anyio.sleep(300)
        # Anna didn't come back to her call, so that one is the first again.
        assert office.state(ringing) == ("offered", "carl")
        assert {office.centre.contact(one).queue for one in contacts} == {"support"}


async def test_without_another_queue_everybody_is_sent_away() -> None:
    async with opened(queues=QUEUES) as office:
        await office.assign("anna", skills={"german": 5})
        await office.staff("anna")
        ringing = await office.arrive()
        contacts = await filled(office)
        await office.centre.close_queue("sales", by=CHIEF)
        assert {office.state(one) for one in (ringing, *contacts)} == {("dismissed", None)}
        assert office.agent_state("anna") == ("ready", None)
        removed = [event for event in await office.log() if event.type == "queue.removed"]
        by = {"role": "supervisor", "id": "sam"}
        assert [event.data for event in removed] == [{"queue": "sales", "to": None, "by": by}]


async def test_what_cannot_be_is_refused_and_nothing_has_changed() -> None:
    async with opened(queues=QUEUES) as office:
        await office.assign("anna", skills={"german": 5})
        await office.staff("anna")
        await office.answer(await office.arrive())
        for queue, to, error in (
            ("sales", "sales", Invalid),
            ("nowhere", None, UnknownQueue),
            ("sales", "nowhere", UnknownQueue),
            ("sales", None, WrongState),  # there is a call
        ):
            with pytest.raises(error):
                await office.centre.close_queue(queue, to=to, by=CHIEF)
        assert len(office.centre.queues()) == 2
        await office.centre.close_queue("sales", to="support", by=CHIEF)
        with pytest.raises(WrongState, match="the last one"):
            await office.centre.close_queue("support", by=CHIEF)
