"""An agent's page falls silent in a call: the visitor is back in the queue and goes to another."""

from __future__ import annotations

import anyio
import msgspec

from mediacore.client import Connection
from mediacore.config import RoutingSettings, Settings
from unit.control_api.running import Api, join, running

HEARTBEAT_TIMEOUT_S = 1.0


async def _beat(page: Connection) -> None:
    while True:
        await page.send("heartbeat")
        await anyio.sleep(HEARTBEAT_TIMEOUT_S / 4)


async def _answer(agent: Connection, contact: str) -> None:
    offer = await agent.wait_for("reservation.created")
    await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])
    await join(agent, contact)


async def test_the_visitor_goes_to_another_agent(settings: Settings) -> None:
    routing = RoutingSettings(heartbeat_timeout_s=HEARTBEAT_TIMEOUT_S)
    async with running(msgspec.structs.replace(settings, routing=routing)) as api:
        await _scene(api)


async def _scene(api: Api) -> None:
    created = await api.contact("support")
    contact = created["contact"]["id"]
    async with (
        api.agent("silent") as silent,
        api.page(created["token"]) as visitor,
        anyio.create_task_group() as tasks,
    ):
        await _answer(silent, contact)
        await join(visitor, contact)
        while (await visitor.wait_for("call.updated"))["call"]["state"] != "connected":
            pass
        async with api.agent("alive") as alive:
            tasks.start_soon(_beat, alive)
            # The end of the call comes after the word that the contact waits again: the page can
            # tell it from a hang-up.
            states = []
            while "ended" not in states:
                event = await visitor.next_event()
                if event["type"] == "contact.updated":
                    states.append(event["contact"]["state"])
                elif event["type"] == "call.updated":
                    states.append(event["call"]["state"])
            assert states[-2:] in (["waiting", "ended"], ["offered", "ended"])
            assert (await silent.wait_for("agent.updated"))["agent"]["id"] == "silent"

            await _answer(alive, contact)
            await join(visitor, contact)
            while (await visitor.wait_for("call.updated"))["call"]["state"] != "connected":
                pass
            people = [one["participant"] for one in api.shard.told("join")]
            assert len(set(people)) == 4  # nobody of the first call is taken for one of the second
            assert len(api.shard.told("start_capture")) == 2
            assert len(api.shard.told("close_room")) == 1
            await alive.request("call.hang_up", contact=contact)
            tasks.cancel_scope.cancel()
