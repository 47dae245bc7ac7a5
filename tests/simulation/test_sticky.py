"""A customer who comes again gets the agent who served them, if that one is free."""

from __future__ import annotations

from pathlib import Path

import anyio

from router import Customer, QueueSettings
from simulation.office import Office, opened

QUEUES = (
    QueueSettings(id="sales", strategy="sticky", wrap_up_s=0),
    QueueSettings(id="support", wrap_up_s=0),
)


async def arrive(office: Office, key: str | None, queue: str = "sales") -> str:
    contact = await office.centre.enqueue(queue, customer=Customer(key=key))
    await anyio.sleep(1)
    return contact.id


async def serve(office: Office, contact: str) -> str:
    agent = await office.answer(contact)
    await office.centre.hang_up(contact, by="visitor")
    await anyio.sleep(1)
    return agent


async def test_the_same_agent_when_free_another_when_not() -> None:
    async with opened(queues=QUEUES) as office:
        await office.staff("anna", "bert")
        assert await serve(office, await arrive(office, "vera")) == "anna"
        # bert has been ready for longer by now, and would be next
        assert await serve(office, await arrive(office, "vera")) == "anna"
        assert await serve(office, await arrive(office, "uwe")) == "bert"
        busy = await arrive(office, "vera")
        assert await office.answer(busy) == "anna"
        again = await arrive(office, "vera")
        assert office.state(again) == ("offered", "bert")


async def test_who_served_last_counts_whatever_the_queue() -> None:
    async with opened(queues=QUEUES) as office:
        await office.staff("anna", "bert")
        assert await serve(office, await arrive(office, "vera", "support")) == "anna"
        assert await serve(office, await arrive(office, "vera", "support")) == "bert"
        assert await serve(office, await arrive(office, None)) == "anna"
        # anna has been ready the shortest, bert was the last
        assert await serve(office, await arrive(office, "vera")) == "bert"


async def test_nobody_is_remembered_without_a_key() -> None:
    async with opened(queues=QUEUES) as office:
        await office.staff("anna", "bert")
        assert await serve(office, await arrive(office, None)) == "anna"
        assert await serve(office, await arrive(office, None)) == "bert"


async def test_it_is_remembered_over_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url, queues=QUEUES) as office:
        await office.staff("bert", "anna")
        busy = await arrive(office, None)
        assert await office.answer(busy) == "bert"
        assert await serve(office, await arrive(office, "vera")) == "anna"
        await office.centre.hang_up(busy, by="visitor")
        for agent in ("anna", "bert"):
            await office.centre.not_ready(agent)
        waiting = await arrive(office, "vera")
    async with opened(url, queues=QUEUES) as office:
        assert office.centre.contact(waiting).last_agent == "anna"
        log = await office.log()
        assert "contact.requeued" not in {event.type for event in log}
        await office.staff("bert")
        await office.answer(waiting)
        await office.centre.not_ready("bert")
        await office.centre.sign_out("bert", force=True)  # it waits again
        await office.sign_in("anna")
        await office.sign_in("bert")
        assert office.state(waiting) == ("waiting", None)


async def test_the_log_says_what_decided() -> None:
    async with opened(queues=QUEUES) as office:
        await office.staff("anna", "bert")
        for _ in range(2):
            await serve(office, await arrive(office, "vera"))
        created = [one for one in await office.log() if one.type == "reservation.created"]
        compared = [
            (one.data["decision"]["strategy"], one.data["decision"]["compared"]) for one in created
        ]
        assert compared == [("sticky", 1), ("sticky", 0)]
