"""What one visitor and one agent do. Everybody has a connection of their own, as pages do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import trio

from loadtest.tally import Tally
from mediacore.client import Connection, ConnectionEnded, Json, MediacoreClient, RequestRefused

# After the last visitor came, whoever still waits is served; what takes longer counts as lost.
SETTLING_S = 60.0
# A refused visitor (queue full, rate limit) comes back after a moment, as people do.
RETRY_S = 0.5

_NUMBER = "loadtest"


class Traffic:
    """`visitors` people who queue again and again, and `agents` who answer them."""

    def __init__(self, url: str, api_key: str, queue: str, visitors: int, agents: int) -> None:
        self.tally = Tally()
        self._url = url
        self._api_key = api_key
        self._queue = queue
        self._visitors = visitors
        self._agents = agents
        self._numbers: Iterator[int] = itertools.count()

    async def run(self, duration_s: float) -> float:
        """Run for the given time and until everybody was served; the time it took in seconds."""
        async with trio.open_nursery() as staff:
            signed_in = trio.Semaphore(0)
            for index in range(self._agents):
                staff.start_soon(self._agent, f"loadtest-{index}", signed_in)
            for _ in range(self._agents):
                await signed_in.acquire()
            started_s = trio.current_time()
            with trio.move_on_after(duration_s + SETTLING_S):
                async with trio.open_nursery() as crowd:
                    for _ in range(self._visitors):
                        crowd.start_soon(self._visitor, started_s + duration_s)
            took_s = trio.current_time() - started_s
            staff.cancel_scope.cancel()
        return took_s

    async def _visitor(self, until_s: float) -> None:
        async with MediacoreClient(self._url, self._api_key) as integrator:
            while trio.current_time() < until_s:
                number = next(self._numbers)
                self.tally.asked_s[number] = trio.current_time()
                customer: Json = {"name": f"Visitor {number}", "attributes": {_NUMBER: str(number)}}
                try:
                    created = await integrator.create_contact(self._queue, customer)
                except RequestRefused as refusal:
                    self.tally.refuse(refusal.code)
                    await trio.sleep(RETRY_S)
                    continue
                self.tally.queued.add(number)
                if await self._wait(created["token"]):
                    self.tally.completed.add(number)

    async def _wait(self, token: str) -> bool:
        """Look at the visitor's page until the contact has ended; whether it was answered."""
        async with MediacoreClient(self._url, token) as client:
            while True:
                try:
                    async with client.connect(tab="loadtest") as page:
                        contact = page.welcome["contact"]
                        while contact["state"] not in ("completed", "abandoned"):
                            contact = (await page.wait_for("contact.updated"))["contact"]
                        return bool(contact["state"] == "completed")
                except ConnectionEnded:
                    continue
                except RequestRefused as refusal:
                    self.tally.refuse(refusal.code)
                    return False

    async def _agent(self, subject: str, signed_in: trio.Semaphore) -> None:
        async with MediacoreClient(self._url, self._api_key) as integrator:
            made = await integrator.create_token("agent", subject, subject)
        async with (
            MediacoreClient(self._url, made["token"]) as client,
            client.connect(tab="loadtest", take_over=True) as page,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(self._beat, page)
            await page.request("agent.sign_in")
            await self._answer(page, signed_in)

    async def _beat(self, page: Connection) -> None:
        while True:
            await page.send("heartbeat")
            await trio.sleep(page.welcome["heartbeat_s"])

    async def _answer(self, page: Connection, signed_in: trio.Semaphore) -> None:
        ready_s = trio.current_time()
        await page.request("agent.ready")
        signed_in.release()
        while True:
            event = await page.next_event()
            match event["type"]:
                case "reservation.created":
                    contact = event["contact"]
                    number = int(contact["customer"]["attributes"].get(_NUMBER, -1))
                    self.tally.offered(number, ready_s, trio.current_time())
                    await self._handle(page, contact["id"], event["epoch"])
                case "agent.updated" if event["agent"]["state"] == "wrap_up":
                    ready_s = trio.current_time()
                    for work in event["agent"]["work"]:
                        await self._try(page, "wrap_up.done", contact=work["contact"])
                case "agent.updated" if event["agent"]["state"] == "not_ready":
                    ready_s = trio.current_time()
                    await self._try(page, "agent.ready")

    async def _handle(self, page: Connection, contact: str, epoch: int) -> None:
        if await self._try(page, "reservation.accept", contact=contact, epoch=epoch):
            await self._try(page, "call.hang_up", contact=contact)

    async def _try(self, page: Connection, kind: str, **fields: object) -> bool:
        """Whether the server agreed; the customer may have left in the same moment."""
        try:
            await page.request(kind, **fields)
        except RequestRefused as refusal:
            self.tally.refuse(refusal.code)
            return False
        return True
