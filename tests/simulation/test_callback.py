"""Customers who are called back keep their place without holding the line."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from router import Calendar, Callback, Contact, QueueSettings
from router.errors import CentreClosed, Invalid, WrongState
from simulation.office import Office, opened

QUEUES = (
    QueueSettings(id="sales", callback=True, max_wait_s=600.0, max_waiting=3, wrap_up_s=0),
    QueueSettings(id="support"),
)
FIRST_HOUR = Calendar(week=(((0, 60),),) * 7)


def later(office: Office, seconds: float) -> int:
    return office.matcher.now_us() + round(seconds * 1e6)


async def call_back(office: Office, contact: str, in_s: float | None = None) -> None:
    at_us = None if in_s is None else later(office, in_s)
    await office.centre.request_callback(contact, Callback("+49 30 1", at_us), by="visitor")


async def served(office: Office, *agents: str) -> list[str | None]:
    """Whom each of these agents is offered, one after the other."""
    found = []
    for agent in agents:
        await office.staff(agent, queues=["sales"])
        (work,) = office.centre.agent(agent).work
        found.append(work.contact)
    return found


async def test_the_place_is_kept_and_no_wait_is_too_long() -> None:
    async with opened(queues=QUEUES) as office:
        first, second = await office.arrive(), await office.arrive()
        await call_back(office, first)
        await anyio.sleep(700)
        assert office.state(second) == ("dismissed", None)
        third = await office.arrive()
        assert await served(office, "anna", "bert") == [first, third]
        contact = office.centre.contact(first)
        assert (contact.kind, contact.call_to) == ("callback", "+49 30 1")


async def test_a_scheduled_one_is_out_of_line_until_its_time() -> None:
    async with opened(queues=QUEUES) as office:
        first, second = await office.arrive(), await office.arrive()
        await call_back(office, first, 300)
        assert office.state(first) == ("deferred", None)
        assert await served(office, "anna") == [second]
        await office.answer(second)
        third = await office.arrive()
        await anyio.sleep(300)
        assert await served(office, "bert", "carl") == [first, third]
        assert (await office.story(first))[:4] == [
            "contact.enqueued",
            "contact.deferred",
            "callback.requested",
            "contact.due",
        ]


async def test_it_outlives_restarts_before_and_after_its_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url, queues=QUEUES) as office:
        soon, late, waiting = [await office.arrive() for _ in range(3)]
        await call_back(office, soon, 60)
        await call_back(office, late, 400)
        before = len(await office.log())
    await anyio.sleep(100)
    async with opened(url, queues=QUEUES) as office:
        assert [event.type for event in (await office.log())[before:]] == ["contact.due"]
        assert office.state(soon) == ("waiting", None)
        assert office.state(late) == ("deferred", None)
        assert await served(office, "anna", "bert") == [soon, waiting]
        await office.centre.accept(soon, "anna", office.centre.contact(soon).epoch or 0)
        await anyio.sleep(400)
        await office.centre.hang_up(soon, by="agent")
        assert office.state(late) == ("offered", "anna")


async def test_it_is_out_of_line_and_a_callback_in_one_commit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened(queues=QUEUES) as office:
        contact = await office.arrive()

        async def killed(*_: object) -> Contact:
            raise CentreClosed("killed right after the first commit")

        monkeypatch.setattr(office.centre, "_change", killed)
        with pytest.raises(CentreClosed):
            await call_back(office, contact, 300)
        kept = await office.store.contact(contact)
        assert kept is not None
        assert (kept.state, kept.kind, kept.call_to) == ("deferred", "callback", "+49 30 1")


async def test_it_may_be_cancelled_or_changed() -> None:
    async with opened(queues=QUEUES) as office:
        contact = await office.arrive()
        await call_back(office, contact, 300)
        await call_back(office, contact, 30)
        await anyio.sleep(31)
        assert office.state(contact) == ("waiting", None)
        await call_back(office, contact, 30)
        await office.centre.abandon(contact)
        assert office.state(contact) == ("abandoned", None)


async def test_it_can_be_asked_for_instead_of_arriving_at_a_full_or_closed_queue() -> None:
    async with opened(queues=QUEUES) as office:
        for _ in range(3):
            await office.arrive()
        await office.centre.enqueue("sales", callback=Callback("+49 30 2"))
        assert office.centre.queue("sales").waiting == 4
    closed = QueueSettings(id="sales", calendar=FIRST_HOUR, when_closed="callback")
    async with opened(queues=(closed,)) as office:
        await anyio.sleep(3600)
        contact = await office.centre.enqueue("sales", callback=Callback())
        assert contact.state == "deferred"
        assert contact.due_us == office.centre.queue("sales").changes_us
        await anyio.sleep(23 * 3600)
        assert office.state(contact.id) == ("waiting", None)
        with pytest.raises(Invalid, match="closed at that time until 2026-01-03 00:00"):
            await call_back(office, contact.id, 2 * 3600)


async def test_what_cannot_be_is_refused() -> None:
    async with opened(queues=QUEUES) as office:
        contact = await office.arrive()
        for seconds in (-1, 367 * 86_400):
            with pytest.raises(Invalid, match="a time to come, within a year"):
                await call_back(office, contact, seconds)
        with pytest.raises(Invalid, match="to has"):
            await office.centre.request_callback(contact, Callback("1" * 201), by="visitor")
        with pytest.raises(WrongState, match="takes no callbacks"):
            await call_back(office, await office.arrive("support"))
        with pytest.raises(WrongState, match="takes no callbacks"):
            await office.centre.enqueue("support", callback=Callback())
        await office.staff("anna", queues=["sales"])
        await office.answer(contact)
        with pytest.raises(WrongState):
            await call_back(office, contact)
        assert office.centre.contact(contact).kind == "call"


async def test_who_asked_to_be_called_back_stays_after_closing_time() -> None:
    queue = QueueSettings(id="sales", calendar=FIRST_HOUR, at_closing="refuse", callback=True)
    async with opened(queues=(queue,)) as office:
        first, second = await office.arrive(), await office.arrive()
        await call_back(office, first)
        await anyio.sleep(3600)
        assert office.state(first) == ("waiting", None)
        assert office.state(second) == ("dismissed", None)


async def test_a_message_ends_the_contact_and_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    queue = QueueSettings(id="sales", when_unstaffed="message")
    async with opened(url, queues=(queue, QUEUES[1])) as office:
        left = await office.centre.enqueue("sales", message="Please write to me.")
        await office.sign_in("anna")
        waiting = await office.arrive()
        await office.centre.leave_message(waiting, "Too long.")
        with pytest.raises(WrongState, match="takes no messages"):
            await office.centre.leave_message(await office.arrive("support"), "Hello?")
    async with opened(url, queues=(queue, QUEUES[1])) as office:
        found = await office.centre.list_contacts(state="message")
        assert [(one.id, one.kind, one.message) for one in found] == [
            (waiting, "message", "Too long."),
            (left.id, "message", "Please write to me."),
        ]


async def test_an_agent_on_the_phone_has_no_call_and_the_time_counts_as_talk() -> None:
    async with opened(queues=QUEUES) as office:
        phoned = await office.arrive(channel="callback", callback=Callback("110"))
        assert await served(office, "anna") == [phoned]
        await office.answer(phoned)
        video, chat = await office.arrive(), await office.arrive(channel="chat")
        assert office.state(video) == ("waiting", None), "one call at a time"
        assert office.state(chat) == ("offered", "anna")
        await anyio.sleep(88)
        await office.centre.hang_up(phoned, by="agent")
        assert office.centre.contact(phoned).talk_us == 90_000_000


@pytest.mark.parametrize("callback", [None, Callback(), Callback(" ")])
async def test_who_is_phoned_says_where(callback: Callback | None) -> None:
    async with opened(queues=QUEUES) as office:
        with pytest.raises(Invalid) as refused:
            await office.arrive(channel="callback", callback=callback)
        assert refused.value.field == "callback.to"
