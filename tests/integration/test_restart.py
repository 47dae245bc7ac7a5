"""The server is killed while people wait: nobody loses their place."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import anyio
import httpx
import pytest

from mediacore.client import Json, MediacoreClient
from stack.pages import agent_page, queue_up
from stack.server import API_KEY, Server
from stack.waiting import eventually


def _order(server: Server) -> list[str]:
    """The contacts by their position, as soon as each has one."""

    def waiting() -> list[Json] | None:
        contacts = server.get("/contacts", state="waiting")
        placed = all(contact["position"] is not None for contact in contacts)
        return contacts if placed and len(contacts) == 10 else None

    contacts = eventually(waiting, "ten contacts with a position")
    return [contact["id"] for contact in sorted(contacts, key=lambda contact: contact["position"])]


@pytest.mark.timeout(90)
async def test_ten_wait_in_the_old_order_after_kill_9(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        made = [
            (await queue_up(server, priority=priority))["contact"]["id"]
            for priority in (0, 0, 5, 0, 9, 0, 5, 0, 0, 5)
        ]
        expected = [made[index] for index in (4, 2, 6, 9, 0, 1, 3, 5, 7, 8)]
        assert _order(server) == expected
        server.kill()
        server.start()
        assert _order(server) == expected

        async with agent_page(server, "bo") as (page, _):
            offer = await page.wait_for("reservation.created")
            assert offer["contact"]["id"] == expected[0]
            await page.request("reservation.reject", contact=expected[0], epoch=offer["epoch"])
        assert _order(server) == expected


@pytest.mark.timeout(90)
async def test_whoever_was_told_201_is_there_after_a_kill_among_arrivals(tmp_path: Path) -> None:
    told: list[str] = []
    enough = anyio.Event()

    async def arrive(server: Server) -> None:
        async with MediacoreClient(server.url, API_KEY) as integrator:
            with suppress(httpx.TransportError):  # until the server is gone
                while True:
                    made = await integrator.create_contact("general", {"name": "Ada"})
                    told.append(made["contact"]["id"])
                    if len(told) >= 100:
                        enough.set()

    def waiting() -> list[Json] | None:
        """Newest first, once each has a position."""
        contacts = server.get("/contacts", state="waiting", limit=200)
        return contacts if contacts and all(one["position"] for one in contacts) else None

    with Server(tmp_path) as server:
        async with anyio.create_task_group() as visitors:
            for _ in range(8):
                visitors.start_soon(arrive, server)
            await enough.wait()
            server.kill()
        server.start()
        contacts = eventually(waiting, "contacts with a position")
        ids = [contact["id"] for contact in contacts]
        assert len(ids) == len(set(ids))
        assert set(told) <= set(ids)
        # In flight at the kill: at most one request of each visitor.
        assert len(ids) <= len(told) + 8
        assert [contact["position"] for contact in contacts] == list(range(len(ids), 0, -1))


@pytest.mark.timeout(90)
async def test_the_figures_of_the_day_go_on_after_kill_9(tmp_path: Path) -> None:
    def abandoned(server: Server, count: int) -> None:
        def shown() -> bool | None:
            (queue,) = [one for one in server.get("/board")["queues"] if one["id"] == "general"]
            spans = queue["recent"], queue["today"]
            return all(span["abandoned"] == count for span in spans) or None

        eventually(shown, f"{count} who left, on the board")

    async def leave(server: Server) -> None:
        contact = (await queue_up(server))["contact"]["id"]
        with server.api() as api:
            api.delete(f"/contacts/{contact}").raise_for_status()

    with Server(tmp_path) as server:
        for _ in range(2):
            await leave(server)
        abandoned(server, 2)
        server.kill()
        server.start()
        abandoned(server, 2)
        await leave(server)
        abandoned(server, 3)
