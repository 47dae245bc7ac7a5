"""What becomes of whom a queue can't serve: closed, full, served by nobody, or waiting too long."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from router import Calendar, QueueSettings
from router.errors import QueueClosed, QueueFull, QueueUnstaffed
from simulation.office import Office, opened

HOUR_S = 3600.0
# The simulations begin at midnight.
FIRST_HOUR = Calendar(week=(((0, 60),),) * 7)
SALES = QueueSettings(id="sales")
SUPPORT = QueueSettings(id="support", requires={"german": 3}, consent_required=True)


def with_sales(**settings: object) -> tuple[QueueSettings, ...]:
    return replace(SALES, **settings), SUPPORT


async def told(office: Office, *types: str) -> list[tuple[str, object]]:
    log = await office.log()
    return [(event.type, event.contact or event.data) for event in log if event.type in types]


async def test_closed_until_it_opens_again() -> None:
    queues = with_sales(calendar=FIRST_HOUR, when_closed="message", callback=True)
    async with opened(queues=queues) as office:
        assert office.centre.queue("sales").is_open
        await anyio.sleep(HOUR_S)
        with pytest.raises(QueueClosed, match=r"until 2026-01-02 00:00 UTC") as refused:
            await office.arrive()
        assert refused.value.offers == ("callback", "message")
        assert refused.value.opens_us == office.centre.queue("sales").changes_us
        await anyio.sleep(23 * HOUR_S)
        await office.arrive()
        assert await told(office, "queue.opened", "queue.closed") == [
            ("queue.closed", {"queue": "sales"}),
            ("queue.opened", {"queue": "sales"}),
        ]


@pytest.mark.parametrize(("at_closing", "state"), [("serve", "waiting"), ("refuse", "dismissed")])
async def test_who_still_waits_at_closing_time(at_closing: str, state: str) -> None:
    queues = with_sales(calendar=FIRST_HOUR, at_closing=at_closing)
    async with opened(queues=queues) as office:
        contact = await office.arrive()
        await anyio.sleep(HOUR_S)
        assert office.state(contact) == (state, None)


async def test_at_closing_time_they_go_where_it_is_open() -> None:
    queues = (
        replace(SALES, calendar=FIRST_HOUR, at_closing="queue:night"),
        replace(SALES, id="night", calendar=FIRST_HOUR, at_closing="queue:support"),
        SUPPORT,
    )
    async with opened(queues=queues) as office:
        first, second = await office.arrive(), await office.arrive()
        await anyio.sleep(HOUR_S)
        contact = office.centre.contact(first)
        assert (contact.queue, contact.asked, contact.consent) == ("support", "sales", "required")
        await office.staff("anna", queues=["support"])
        assert office.state(first) == ("offered", "anna")
        assert office.centre.contact(second).queue == "support"


async def test_a_restart_after_closing_time_does_what_was_missed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    queues = with_sales(calendar=FIRST_HOUR, at_closing="refuse")
    async with opened(url, queues=queues) as office:
        contact = await office.arrive()
    await anyio.sleep(HOUR_S)
    async with opened(url, queues=queues) as office:
        await anyio.sleep(1)
        assert office.state(contact) == ("dismissed", None)


async def test_a_full_queue_sends_on_with_what_the_other_requires() -> None:
    async with opened(queues=with_sales(max_waiting=1, when_full="queue:support")) as office:
        await office.arrive()
        first = await office.centre.enqueue("sales", idempotency_key="k")
        assert (first.queue, first.asked, first.requires) == ("support", "sales", {"german": 3})
        again = await office.centre.enqueue("sales", idempotency_key="k")
        assert again.id == first.id
    async with opened(queues=with_sales(max_waiting=1, when_full="callback")) as office:
        await office.arrive()
        with pytest.raises(QueueFull) as refused:
            await office.arrive()
        assert refused.value.offers == ("callback",)


async def test_nobody_signed_in() -> None:
    async with opened(queues=with_sales(when_unstaffed="refuse")) as office:
        await office.sign_in("bert", ["support"])
        with pytest.raises(QueueUnstaffed):
            await office.arrive()
        await office.sign_in("anna", ["sales"])
        await office.arrive()


async def test_a_wait_that_is_too_long_ends() -> None:
    async with opened(queues=with_sales(max_wait_s=60.0)) as office:
        contact = await office.arrive()
        await anyio.sleep(58)
        assert office.state(contact) == ("waiting", None)
        await anyio.sleep(2)
        assert office.state(contact) == ("dismissed", None)


async def test_a_wait_that_is_too_long_offers_something_else(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    queues = with_sales(max_wait_s=60.0, when_max_wait="message")
    async with opened(url, queues=queues) as office:
        contact = await office.arrive()
        assert office.centre.offers(office.centre.contact(contact)) == []
        await anyio.sleep(60)
        assert office.centre.offers(office.centre.contact(contact)) == ["message"]
        assert office.state(contact) == ("waiting", None)
    async with opened(url, queues=queues) as office:
        assert office.centre.offers(office.centre.contact(contact)) == ["message"]
        await anyio.sleep(200)
        assert await told(office, "contact.overdue") == [("contact.overdue", contact)]


async def test_a_wait_that_is_too_long_goes_on_elsewhere() -> None:
    async with opened(queues=with_sales(max_wait_s=60.0, when_max_wait="queue:support")) as office:
        contact = await office.arrive()
        await anyio.sleep(60)
        assert office.centre.contact(contact).queue == "support"
