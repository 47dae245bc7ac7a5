"""Who has the skills gets the contact; an assignment changes that at any time."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from router.errors import WrongState
from simulation.office import Office, opened


async def test_a_contact_waits_for_who_has_the_skill(office: Office) -> None:
    await office.assign("anna", skills={"german": 2})
    await office.assign("bert", skills={"german": 3})
    await office.staff("anna", "bert")
    first, second = await office.arrive(german=3), await office.arrive(german=3)
    assert office.state(first) == ("offered", "bert")
    assert office.state(second) == ("waiting", None)
    plain = await office.arrive()
    assert office.state(plain) == ("offered", "anna")  # nobody is kept from serving others


async def test_an_assignment_is_in_force_at_once(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive(german=3)
    assert office.state(contact) == ("waiting", None)
    await office.assign("anna", skills={"german": 3})
    assert office.state(contact) == ("offered", "anna")
    log = await office.log()
    (told,) = [event for event in log if event.type == "agent.assigned"]
    assert (told.agent, told.data) == (
        "anna",
        {
            "queues": None,
            "skills": {"german": 3},
            "groups": [],
            "regions": [],
            "weight": 1,
            "rank": 0,
            "capacity": None,
            "by": {"role": "supervisor", "id": "sam"},
        },
    )


async def test_an_offer_that_rings_goes_on(office: Office) -> None:
    await office.assign("anna", skills={"german": 3})
    await office.staff("anna")
    contact = await office.arrive(german=3)
    await office.assign("anna", queues=[], skills={})
    assert await office.answer(contact) == "anna"
    await office.centre.hang_up(contact, by="visitor")
    await office.centre.wrap_up_done("anna", contact)
    assert office.state(await office.arrive(german=3)) == ("waiting", None)


async def test_an_assignment_waits_for_the_sign_in(office: Office) -> None:
    await office.assign("anna", queues=["support"], skills={"german": 3})
    assert office.agent_state("anna") == ("offline", None)
    sales, support = await office.arrive("sales"), await office.arrive("support", german=1)
    await office.staff("anna")
    assert office.state(sales) == ("waiting", None)
    assert office.state(support) == ("offered", "anna")
    assert office.centre.agent("anna").name == "Anna"


async def test_the_sign_in_restricts_the_assigned_queues(office: Office) -> None:
    await office.assign("anna", queues=["support"])
    await office.sign_in("anna", queues=["sales", "support"])
    assert office.centre.agent("anna").queues == ("support",)
    await office.assign("anna")  # every queue, but the sign-in's words still hold
    assert office.centre.agent("anna").queues == ("sales", "support")
    await office.sign_in("bert", queues=["sales"])
    await office.assign("bert", queues=["sales", "support"])
    assert office.centre.agent("bert").queues == ("sales",)
    await office.centre.sign_out("bert")
    await office.sign_in("bert")
    assert office.centre.agent("bert").queues == ("sales", "support")


async def test_a_call_and_its_needs_outlive_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url) as office:
        await office.assign("anna", skills={"german": 3})
        await office.assign("bert", skills={"french": 9})
        await office.staff("anna")
        contact = await office.arrive(german=3)
        await office.answer(contact)
    async with opened(url) as office:
        await office.staff("bert")
        await anyio.sleep(60)  # anna's page doesn't come back
        assert office.state(contact) == ("waiting", None)
        await office.staff("anna")
        assert office.state(contact) == ("offered", "anna")


async def test_level_0_shuts_out_who_has_the_skill(office: Office) -> None:
    await office.assign("anna", skills={"german": 2})
    await office.staff("anna")
    contact = await office.arrive(german=0)
    assert office.state(contact) == ("waiting", None)
    await office.assign("anna", skills={})
    assert office.state(contact) == ("offered", "anna")


async def test_a_forced_sign_out_puts_a_contact_back_in_its_place(office: Office) -> None:
    await office.staff("anna")
    first, second = await office.arrive(), await office.arrive()
    await office.answer(first)
    with pytest.raises(WrongState):
        await office.centre.sign_out("anna")
    await office.centre.sign_out("anna", force=True)
    assert office.state(first) == office.state(second) == ("waiting", None)
    await office.staff("bert")
    assert office.state(first) == ("offered", "bert")
