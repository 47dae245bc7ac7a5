"""An agent's page that falls silent."""

from __future__ import annotations

import anyio
import pytest

from router.errors import UnknownAgent
from simulation.office import HEARTBEAT_TIMEOUT_S, Office


async def test_while_idle_the_agent_is_offline(office: Office) -> None:
    await office.staff("anna")
    office.close_page("anna")
    await anyio.sleep(HEARTBEAT_TIMEOUT_S + 1)
    assert office.agent_state("anna")[0] == "offline"
    assert office.state(await office.arrive()) == ("waiting", None)
    with pytest.raises(UnknownAgent):
        await office.centre.heartbeat("anna")


async def test_while_offered_the_contact_goes_to_the_next(office: Office) -> None:
    await office.staff("anna", "bert")
    office.close_page("anna")
    await anyio.sleep(HEARTBEAT_TIMEOUT_S - 8)
    contact = await office.arrive()
    assert office.state(contact) == ("offered", "anna")
    await anyio.sleep(8)
    assert office.state(contact) == ("offered", "bert")
    assert office.agent_state("anna")[0] == "offline"


async def test_while_connected_the_contact_is_back_at_its_old_place(office: Office) -> None:
    await office.staff("anna")
    lost, other = await office.arrive(), await office.arrive()
    await office.answer(lost)
    office.close_page("anna")
    await anyio.sleep(HEARTBEAT_TIMEOUT_S + 1)
    assert office.state(lost) == ("waiting", None)
    assert [office.centre.contact(c).position for c in (lost, other)] == [1, 2]
    (back,) = [event for event in await office.log() if event.type == "contact.requeued"]
    assert (back.contact, back.data["reason"]) == (lost, "agent_lost")
    await office.staff("bert")
    assert office.state(lost) == ("offered", "bert")


async def test_while_wrapping_up_the_contact_stays_completed(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.answer(contact)
    await office.centre.hang_up(contact, by="visitor")
    office.close_page("anna")
    await anyio.sleep(HEARTBEAT_TIMEOUT_S + 1)
    anna = office.centre.agent("anna")
    assert (anna.state, anna.work) == ("offline", ())
    assert office.state(contact) == ("completed", "anna")


async def test_a_page_that_comes_back_in_time_keeps_the_call(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.answer(contact)
    office.close_page("anna")
    await anyio.sleep(HEARTBEAT_TIMEOUT_S - 6)
    await office.sign_in("anna")
    await anyio.sleep(60)
    assert office.state(contact) == ("connected", "anna")
