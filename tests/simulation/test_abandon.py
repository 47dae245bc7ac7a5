"""Customers who leave before an agent has accepted."""

from __future__ import annotations

import anyio
import pytest

from router.errors import WrongState
from simulation.office import Office


async def test_one_who_leaves_the_queue_moves_the_others_up(office: Office) -> None:
    first, second = await office.arrive(), await office.arrive()
    await office.centre.abandon(first)
    await anyio.sleep(1)
    assert office.state(first) == ("abandoned", None)
    assert office.centre.contact(second).position == 1
    assert await office.story(first) == ["contact.enqueued", "contact.abandoned"]


async def test_one_who_leaves_while_offered_costs_the_agent_nothing(office: Office) -> None:
    await office.staff("anna", "bert")
    idle_since_us = office.centre.agent("anna").since_us
    contact = await office.arrive()
    await office.centre.abandon(contact)
    anna = office.centre.agent("anna")
    assert (anna.state, anna.since_us, anna.work) == ("ready", idle_since_us, ())
    assert (await office.story(contact))[-2:] == ["reservation.rescinded", "contact.abandoned"]
    # Anna is still the one who has been idle the longest.
    assert office.state(await office.arrive()) == ("offered", "anna")


async def test_one_who_talks_hangs_up_instead(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.answer(contact)
    with pytest.raises(WrongState):
        await office.centre.abandon(contact)
    await office.centre.leave(contact)
    assert office.state(contact) == ("completed", "anna")
    with pytest.raises(WrongState):
        await office.centre.leave(contact)
