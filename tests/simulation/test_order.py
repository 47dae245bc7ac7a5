"""Who is served first, and by whom."""

from __future__ import annotations

from simulation.office import Office


async def test_the_longest_wait_is_served_first(office: Office) -> None:
    first, second = await office.arrive(), await office.arrive()
    await office.staff("anna")
    assert office.state(first) == ("offered", "anna")
    assert office.state(second) == ("waiting", None)


async def test_a_higher_priority_goes_before_a_longer_wait(office: Office) -> None:
    plain, urgent = await office.arrive(), await office.arrive(priority=5)
    later = await office.arrive(priority=5)
    assert [office.centre.contact(c).position for c in (urgent, later, plain)] == [1, 2, 3]
    await office.staff("anna", "bert")
    assert office.state(urgent) == ("offered", "anna")
    assert office.state(later) == ("offered", "bert")
    assert office.state(plain) == ("waiting", None)


async def test_the_longest_idle_agent_gets_the_contact(office: Office) -> None:
    await office.staff("anna", "bert", "cleo")
    first = await office.arrive()
    assert await office.answer(first) == "anna"
    await office.centre.hang_up(first, by="visitor")
    await office.centre.wrap_up_done("anna", first)
    # Anna is idle again, but for a shorter time than the others.
    served = [await office.answer(await office.arrive()) for _ in range(3)]
    assert served == ["bert", "cleo", "anna"]


async def test_an_agent_gets_only_contacts_of_their_queues(office: Office) -> None:
    await office.staff("anna", queues=["support"])
    sales, support = await office.arrive("sales"), await office.arrive("support")
    assert office.state(sales) == ("waiting", None)
    assert office.state(support) == ("offered", "anna")


async def test_a_decision_says_why(office: Office) -> None:
    contact = await office.arrive()
    await office.staff("anna")
    (made,) = [event for event in await office.log() if event.type == "reservation.created"]
    assert (made.contact, made.agent) == (contact, "anna")
    idle_since_us = office.centre.agent("anna").since_us
    assert made.data["decision"] == {
        "strategy": "longest_idle",
        "candidates": 1,
        "compared": idle_since_us,
        "idle_since_us": idle_since_us,
        "waited_us": 1_000_000,
    }
