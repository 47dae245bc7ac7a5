"""What may become of an offer."""

from __future__ import annotations

import anyio
import pytest

from router.errors import StaleReservation
from simulation.office import Office


async def test_an_offer_that_times_out_goes_back_to_its_old_place(office: Office) -> None:
    await office.staff("anna")
    first = await office.arrive()
    second = await office.arrive()
    await anyio.sleep(20)
    assert office.agent_state("anna") == ("not_ready", "missed_offer")
    assert [office.centre.contact(c).position for c in (first, second)] == [1, 2]
    assert await office.story(first) == [
        "contact.enqueued",
        "reservation.created",
        "contact.offered",
        "reservation.timed_out",
        "agent.rona",
        "contact.requeued",
    ]
    await office.staff("bert")
    assert office.state(first) == ("offered", "bert")


async def test_a_rejected_contact_goes_at_once_to_the_next_agent(office: Office) -> None:
    await office.staff("anna", "bert")
    contact = await office.arrive()
    epoch = office.centre.contact(contact).epoch
    assert epoch is not None
    await office.centre.reject(contact, "anna", epoch)
    assert office.agent_state("anna") == ("not_ready", "rejected_offer")
    assert office.state(contact) == ("offered", "bert")


async def test_an_old_offer_can_not_be_taken_any_more(office: Office) -> None:
    await office.staff("anna", "bert")
    contact = await office.arrive()
    epoch = office.centre.contact(contact).epoch
    assert epoch is not None
    await anyio.sleep(20)
    assert office.state(contact) == ("offered", "bert")
    with pytest.raises(StaleReservation):
        await office.centre.accept(contact, "anna", epoch)
    with pytest.raises(StaleReservation):
        await office.centre.accept(contact, "bert", epoch)
    with pytest.raises(StaleReservation):
        await office.centre.reject(contact, "anna", epoch)
    assert office.state(contact) == ("offered", "bert")


async def test_an_accepted_contact_has_its_agent_for_itself(office: Office) -> None:
    await office.staff("anna")
    contact, other = await office.arrive(), await office.arrive()
    await office.answer(contact)
    await anyio.sleep(60)
    assert office.state(contact) == ("connected", "anna")
    assert office.agent_state("anna") == ("busy", None)
    assert office.centre.agent("anna").holds(contact)
    assert office.state(other) == ("waiting", None)
