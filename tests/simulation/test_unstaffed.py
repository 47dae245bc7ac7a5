"""Everybody has signed out, and somebody still waits."""

from __future__ import annotations

import anyio
from msgspec.structs import replace

from router import QueueSettings
from simulation.office import Office, opened

SALES = QueueSettings(id="sales", when_unstaffed="refuse", unstaffed_grace_s=60.0)
SUPPORT = QueueSettings(id="support")


async def sign_out(office: Office, agent: str) -> None:
    await office.centre.sign_out(agent)
    office.close_page(agent)


async def test_who_waits_is_sent_away_a_while_after_the_last_agent_has_gone() -> None:
    async with opened(queues=(SALES, SUPPORT)) as office:
        await office.sign_in("anna", ["sales"])
        contact = await office.arrive()
        await sign_out(office, "anna")
        await anyio.sleep(50)
        await office.sign_in("anna", ["sales"])  # just in time
        await anyio.sleep(50)
        assert office.state(contact) == ("waiting", None)
        await sign_out(office, "anna")
        await anyio.sleep(58)
        assert office.state(contact) == ("waiting", None)
        await anyio.sleep(4)
        assert office.state(contact) == ("dismissed", None)
        assert office.centre.queue("sales").waiting == 0


async def test_who_waits_goes_where_somebody_is() -> None:
    queues = (replace(SALES, when_unstaffed="queue:support"), SUPPORT)
    async with opened(queues=queues) as office:
        await office.sign_in("anna", ["sales"])
        contact = await office.arrive()
        await sign_out(office, "anna")
        await office.staff("bert", queues=["support"])
        await anyio.sleep(62)
        assert office.state(contact) == ("offered", "bert")


async def test_something_else_is_offered_once() -> None:
    async with opened(queues=(replace(SALES, when_unstaffed="message"), SUPPORT)) as office:
        await office.sign_in("anna", ["sales"])
        contact = await office.arrive()
        for _ in range(2):
            await sign_out(office, "anna")
            await anyio.sleep(62)
            await office.sign_in("anna", ["sales"])
        assert office.centre.offers(office.centre.contact(contact)) == ["message"]
        assert (await office.story(contact)).count("contact.unstaffed") == 1
