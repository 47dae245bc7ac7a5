"""Visitors and agents as programs: what their pages do over the WebSocket, without a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from mediacore.client import Connection, Json, MediacoreClient
from stack.server import API_KEY, Server


async def queue_up(server: Server, queue: str = "general", **details: object) -> Json:
    """A new contact as the integrator makes it: {contact, token}."""
    async with MediacoreClient(server.url, API_KEY) as integrator:
        return await integrator.create_contact(queue, {"name": "Ada"}, **details)  # type: ignore[arg-type]


@asynccontextmanager
async def agent_page(server: Server, subject: str) -> AsyncIterator[tuple[Connection, str]]:
    """An agent who is signed in and ready, with the token of their page."""
    async with MediacoreClient(server.url, API_KEY) as integrator:
        token = (await integrator.create_token("agent", subject, subject.title()))["token"]
    async with (
        MediacoreClient(server.url, token) as client,
        client.connect(tab="one") as page,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(_beat, page)
        await page.request("agent.sign_in")
        await page.request("agent.ready")
        yield page, token
        await page.request("agent.not_ready", reason="break")
        await page.request("agent.sign_out")
        tasks.cancel_scope.cancel()


async def _beat(page: Connection) -> None:
    while True:
        await page.send("heartbeat")
        await anyio.sleep(page.welcome["heartbeat_s"])


async def pick_up(page: Connection, contact: str) -> None:
    """Wait for the offer of this contact and accept it."""
    while True:
        offer = await page.wait_for("reservation.created")
        if offer["contact"]["id"] == contact:
            break
    await page.request("reservation.accept", contact=contact, epoch=offer["epoch"])
