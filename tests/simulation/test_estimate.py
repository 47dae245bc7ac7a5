"""What a customer is told while waiting."""

from __future__ import annotations

import math
from pathlib import Path

import anyio
import pytest

from router import Event, QueueSettings
from router.centre.views import PLACES_PERIOD_S
from router.model import RelaxStep
from router.places import TOLD_BOUND
from router.prediction import DEFAULT_HANDLING_S
from simulation.office import Office, opened

# Of the first in line with two agents at work: an exponential wait, nothing learned yet.
MEAN_S = DEFAULT_HANDLING_S / 2
MEDIAN_S = MEAN_S * math.log(2)
P90_S = MEAN_S * math.log(10)


async def test_without_agents_there_is_a_place_but_no_wait(office: Office) -> None:
    await office.arrive()
    second = office.centre.contact(await office.arrive())
    assert (second.position, second.estimated_wait_s) == (2, None)
    status = office.centre.queue("sales")
    assert (status.estimated_wait_s, status.estimated_wait_p90_s) == (None, None)


async def test_who_is_there_in_a_break_does_not_shorten_the_wait(office: Office) -> None:
    await office.staff("anna")
    await office.centre.not_ready("anna", "break")
    contact = office.centre.contact(await office.arrive())
    assert contact.estimated_wait_s is None


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
        behind = office.centre.contact(last)
        assert behind.position == 2
        newcomer = office.centre.queue("sales")
        assert behind.estimated_wait_s is not None
        assert newcomer.estimated_wait_s is not None
        assert MEDIAN_S < behind.estimated_wait_s < newcomer.estimated_wait_s

        await office.centre.abandon(first)
        left_us = office.matcher.now_us()
        await anyio.sleep(1)
        view = office.centre.contact(last)
        assert view.position == 1
        assert view.estimated_wait_s == pytest.approx(MEDIAN_S, rel=0.05)
        assert view.estimated_wait_p90_s == pytest.approx(P90_S, rel=0.05)

        await office.centre.hang_up(in_call[0], by="visitor")  # after 4 seconds of talk
        await anyio.sleep(1)
        talked_s = (office.centre.contact(in_call[0]).talk_us or 0) / 1e6
        assert 0 < talked_s < 10
        wait_s = office.centre.contact(last).estimated_wait_s
        assert wait_s is not None
        assert wait_s <= talked_s
        tasks.cancel_scope.cancel()

    told = [event for event in heard if event.contact == last]
    assert [event.data["position"] for event in told] == [2, 1, 1]
    assert told[-1].data["estimated_wait_s"] == wait_s
    assert 0 <= told[1].at_us - left_us <= PLACES_PERIOD_S * 1e6


async def test_a_free_agent_means_no_wait(office: Office) -> None:
    await office.staff("anna")
    status = office.centre.board().queues[0]
    assert (status.id, status.ready, status.staffed, status.waiting) == ("sales", 1, 1, 0)
    assert (status.estimated_wait_s, status.estimated_wait_p90_s) == (0, 0)


async def test_who_needs_a_rare_skill_waits_for_who_has_it(office: Office) -> None:
    await office.assign("anna", queues=("sales",), skills={"german": 8})
    await office.staff("anna", "bert", "carl")
    for _ in range(3):
        await office.answer(await office.arrive())
    for _ in range(4):
        await office.arrive()
    anybody, german = await office.arrive(), await office.arrive(german=5)
    nobody = await office.arrive(french=1)
    places = [office.centre.contact(contact) for contact in (anybody, german, nobody)]
    assert [contact.position for contact in places] == [5, 6, 7]
    waits_s = [contact.estimated_wait_s for contact in places]
    assert waits_s[0] is not None
    assert waits_s[1] is not None
    # Behind the same five, of whom bert and carl take most; then only anna will do.
    assert waits_s[1] > waits_s[0] + 60
    assert waits_s[2] is None


async def test_agents_of_two_queues_take_the_oldest_of_both(office: Office) -> None:
    await office.staff("anna")
    await office.answer(await office.arrive())
    first = await office.arrive("sales")
    second = await office.arrive("support")
    waits_s = [office.centre.contact(one).estimated_wait_s for one in (first, second)]
    assert [office.centre.contact(one).position for one in (first, second)] == [1, 1]
    assert waits_s[0] is not None
    assert waits_s[1] is not None
    assert waits_s[1] > 1.5 * waits_s[0]


async def test_places_are_the_matchers() -> None:
    queues = (
        QueueSettings(id="sales", relax=(RelaxStep(after_s=20, drop=("german",)),)),
        QueueSettings(
            id="support",
            priority_worth_s=5,
            requires={"french": 3},
            relax=(RelaxStep(after_s=15, queue="sales"),),
        ),
    )
    async with opened(queues=queues) as office:
        contacts = [
            await office.arrive(queue, priority=n * 7 % 4, **({"german": 2} if n % 3 else {}))
            for n, queue in enumerate(("sales", "support", "support") * 6)
        ]
        await office.centre.abandon(contacts[4])
        numbers = {contact.number: contact for contact in office.centre.contacts()}
        for queue in office.matcher.snapshot().queues:
            assert queue.waiting
            places = [numbers[number].position for number in queue.waiting]
            assert places == list(range(1, len(queue.waiting) + 1))


async def test_with_many_waiting_everybody_is_told_in_turns() -> None:
    many = 3 * TOLD_BOUND
    told: dict[str | None, int] = {}

    async def listen(office: Office) -> None:
        with office.centre.subscribe() as events:
            async for event in events:
                if event.type == "contact.position":
                    told[event.contact] = event.data["position"]

    queues = (QueueSettings(id="sales", max_waiting=many),)
    async with opened(queues=queues) as office, anyio.create_task_group() as tasks:
        tasks.start_soon(listen, office)
        contacts = [await office.centre.enqueue("sales") for _ in range(many)]
        await anyio.sleep(1)
        assert told == {contact.id: n for n, contact in enumerate(contacts, start=1)}
        await office.centre.abandon(contacts[0].id)
        # Who asks is told at once, whoever was pushed the news before.
        assert office.centre.contact(contacts[-1].id).position == many - 1
        expected = {contact.id: n for n, contact in enumerate(contacts[1:], start=1)}
        await anyio.sleep(PLACES_PERIOD_S + 0.01)
        assert told[contacts[1].id] == 1
        assert {one: told[one] for one in expected} != expected  # some have their turn later
        await anyio.sleep(2 * PLACES_PERIOD_S)
        assert {one: told[one] for one in expected} == expected
        tasks.cancel_scope.cancel()


async def test_what_was_learned_is_known_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    async with opened(url) as office:
        await office.staff("anna")
        contact = await office.arrive()
        for talk_s in (5, 5, 5, 5, 300, 300, 300):  # the last ones wait much longer than foretold
            await office.answer(contact)
            impatient, contact = await office.arrive(), await office.arrive()
            await anyio.sleep(talk_s)
            await office.centre.abandon(impatient)
            await office.centre.hang_up(office.centre.agent("anna").work[0].contact, by="visitor")
            await anyio.sleep(31)  # wrap-up
        await office.answer(contact)
        last = [await office.arrive() for _ in range(3)][-1]
        before = office.centre.contact(last)
        accepted = [event for event in await office.log() if event.type == "reservation.accepted"]
    assert "foretold" not in accepted[0].data  # it found anna free
    foretold = accepted[-1].data["foretold"]
    assert foretold["waited_s"] > 300 > foretold["mean_s"]
    async with opened(url) as office:
        await office.sign_in("anna")
        await anyio.sleep(1)
        after = office.centre.contact(last)
    assert before.estimated_wait_s is not None
    assert after.estimated_wait_s == pytest.approx(before.estimated_wait_s, abs=1)
    assert after.estimated_wait_p90_s == pytest.approx(before.estimated_wait_p90_s, abs=1)
