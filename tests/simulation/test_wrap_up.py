"""What follows a call."""

from __future__ import annotations

import anyio
import pytest

from router import QueueSettings, ledger
from router.errors import UnknownContact
from simulation.office import Office, opened


async def test_wrap_up_ends_by_itself(office: Office) -> None:
    await office.staff("anna")
    contact, waiting = await office.arrive(), await office.arrive()
    await office.answer(contact)
    await anyio.sleep(60)
    await office.centre.hang_up(contact, by="anna")
    anna = office.centre.agent("anna")
    assert (anna.state, anna.holds(contact)) == ("wrap_up", True)
    assert anna.work[0].wrap_up_ends_us == office.matcher.now_us() + 30_000_000
    await anyio.sleep(29)
    assert office.state(waiting) == ("waiting", None)
    await anyio.sleep(2)
    assert office.state(waiting) == ("offered", "anna")
    ended = office.centre.contact(contact)
    assert (ended.talk_us, ended.wrap_up_us, ended.ended_by) == (60_000_000, 30_000_000, "anna")


async def test_an_agent_may_finish_wrap_up_early(office: Office) -> None:
    await office.staff("anna")
    contact, waiting = await office.arrive(), await office.arrive()
    await office.answer(contact)
    await office.centre.hang_up(contact, by="visitor")
    await office.centre.set_notes(contact, "anna", "will call back")
    await office.centre.wrap_up_done("anna", contact)
    assert office.state(waiting) == ("offered", "anna")
    assert office.centre.contact(contact).notes == "will call back"


async def test_a_queue_without_wrap_up_frees_its_agent_at_once() -> None:
    async with opened(queues=[QueueSettings(id="sales", wrap_up_s=0)]) as office:
        await office.staff("anna")
        contact = await office.arrive()
        await office.answer(contact)
        await office.centre.hang_up(contact, by="visitor")
        assert office.agent_state("anna") == ("ready", None)


async def test_a_long_wrap_up_outlasts_many_other_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "ENDED_BOUND", 2)
    async with opened(queues=[QueueSettings(id="sales", wrap_up_s=600)]) as office:
        await office.staff("anna", "bert")
        first = await office.arrive()
        await office.answer(first)
        await office.centre.hang_up(first, by="visitor")
        others = []
        for _ in range(5):
            others.append(await office.arrive())
            await office.answer(others[-1])
            await office.centre.hang_up(others[-1], by="visitor")
            await office.centre.wrap_up_done("bert", others[-1])
        assert office.centre.contact(first).state == "completed"
        with pytest.raises(UnknownContact):
            office.centre.contact(others[0])
        # Those who are no longer at hand are still in the store, and may still get notes.
        assert (await office.centre.find_contact(others[0])).agent == "bert"
        assert (await office.centre.set_notes(others[0], "bert", "late")).notes == "late"
        await anyio.sleep(600)
        assert office.agent_state("anna")[0] == "ready"
        assert (await office.centre.find_contact(first)).wrap_up_us == 600_000_000
        assert (await office.centre.find_contact(others[0])).notes == "late"


async def test_many_wrap_ups_at_once_stay_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "ENDED_BOUND", 1)
    async with opened() as office:
        await office.staff("anna")
        contacts = [await office.arrive(channel=channel) for channel in ("video", "chat", "chat")]
        for contact in contacts:
            await office.answer(contact)
        for contact in contacts:
            await office.centre.hang_up(contact, by="visitor")
        assert {office.centre.contact(contact).state for contact in contacts} == {"completed"}
        await anyio.sleep(31)
        assert office.agent_state("anna")[0] == "ready"
        assert len({(await office.centre.find_contact(c)).wrap_up_us for c in contacts}) == 1
