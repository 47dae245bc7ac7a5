"""What a customer is told while waiting."""

from __future__ import annotations

from itertools import pairwise

import anyio

from router import Event
from router.estimate import DEFAULT_HANDLING_S
from simulation.office import Office


async def test_without_agents_there_is_a_place_but_no_wait(office: Office) -> None:
    await office.arrive()
    second = office.centre.contact(await office.arrive())
    assert (second.position, second.estimated_wait_s) == (2, None)
    assert office.centre.queue("sales").estimated_wait_s is None


async def test_place_and_wait_are_refreshed_while_it_waits(office: Office) -> None:
    heard: list[Event] = []

    async def listen() -> None:
        with office.centre.subscribe() as events:
            async for event in events:
                if event.type == "contact.position":
                    heard.append(event)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await office.staff("anna", "bert")
        in_call = [await office.arrive() for _ in range(2)]
        for contact in in_call:
            await office.answer(contact)
        first, last = await office.arrive(), await office.arrive()
        view = office.centre.contact(last)
        assert (view.position, view.estimated_wait_s) == (2, DEFAULT_HANDLING_S)
        assert office.centre.queue("sales").estimated_wait_s == 1.5 * DEFAULT_HANDLING_S

        await office.centre.abandon(first)
        await anyio.sleep(1)
        view = office.centre.contact(last)
        assert (view.position, view.estimated_wait_s) == (1, DEFAULT_HANDLING_S / 2)

        await office.centre.hang_up(in_call[0], by="visitor")  # after 4 seconds of talk
        await anyio.sleep(1)
        talked_s = (office.centre.contact(in_call[0]).talk_us or 0) / 1e6
        assert 0 < talked_s < 10
        wait_s = office.centre.contact(last).estimated_wait_s
        assert wait_s is not None
        assert wait_s - 1 < talked_s / 2 <= wait_s
        tasks.cancel_scope.cancel()

    told = [
        (event.data["position"], event.data["estimated_wait_s"])
        for event in heard
        if event.contact == last
    ]
    assert told == [(2, 180), (1, 90), (1, wait_s)]
    times_us = sorted({event.at_us for event in heard})
    assert all(later - sooner >= 1_000_000 for sooner, later in pairwise(times_us))


async def test_a_free_agent_means_no_wait(office: Office) -> None:
    await office.staff("anna")
    assert office.centre.queue("sales").estimated_wait_s == 0
    status = office.centre.board().queues[0]
    assert (status.id, status.ready, status.staffed, status.waiting) == ("sales", 1, 1, 0)
