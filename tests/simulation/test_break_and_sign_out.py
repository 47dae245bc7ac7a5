"""Agents who take a break or go home."""

from __future__ import annotations

import anyio
import pytest

from router.errors import UnknownAgent, WrongState
from simulation.office import Office


async def test_nobody_is_offered_a_contact_during_a_break(office: Office) -> None:
    await office.staff("anna")
    await office.centre.not_ready("anna", "break")
    contact = await office.arrive()
    assert office.agent_state("anna") == ("not_ready", "break")
    assert office.state(contact) == ("waiting", None)
    await office.centre.ready("anna")
    assert office.state(contact) == ("offered", "anna")


async def test_a_break_takes_back_the_offer_that_rings(office: Office) -> None:
    await office.staff("anna", "bert")
    contact = await office.arrive()
    await office.centre.not_ready("anna", "break")
    assert office.state(contact) == ("offered", "bert")
    assert "reservation.rescinded" in await office.story(contact)


async def test_a_break_in_a_call_begins_after_wrap_up(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.answer(contact)
    await office.centre.not_ready("anna", "break")
    assert office.agent_state("anna")[0] == "busy"
    await office.centre.hang_up(contact, by="visitor")
    assert office.agent_state("anna")[0] == "wrap_up"
    await anyio.sleep(31)
    assert office.agent_state("anna") == ("not_ready", "break")


async def test_signing_out_takes_back_the_offer_that_rings(office: Office) -> None:
    await office.staff("anna", "bert")
    contact = await office.arrive()
    await office.centre.sign_out("anna")
    assert office.agent_state("anna")[0] == "offline"
    assert office.state(contact) == ("offered", "bert")
    with pytest.raises(UnknownAgent):
        await office.centre.ready("anna")


async def test_nobody_signs_out_of_a_call(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.answer(contact)
    with pytest.raises(WrongState):
        await office.centre.sign_out("anna")
    assert office.state(contact) == ("connected", "anna")


async def test_a_reloaded_page_finds_its_agent_as_they_were(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.answer(contact)
    agent = await office.centre.sign_in("anna", "Anna")
    assert (agent.state, agent.holds(contact)) == ("busy", True)
