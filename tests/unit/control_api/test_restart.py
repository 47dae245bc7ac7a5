"""The end of a process and the start of the next: who waits keeps the place, calls go on."""

from __future__ import annotations

import anyio

from mediacore.config import Settings
from unit.control_api.running import running


async def test_a_running_call_has_its_room_again(settings: Settings) -> None:
    async with running(settings) as before, before.call("support") as (_, _, contact):
        pass
    async with running(settings) as after:
        assert [one["room"] for one in after.shard.told("open_room")] == [1]
        assert len(after.shard.told("start_capture")) == 1
        async with after.page(after.token("agent", "bo", name="Bo")) as agent:
            assert agent.welcome["agent"]["state"] == "busy"
            assert agent.welcome["contact"]["id"] == contact
            await agent.request("media.join", contact=contact)


async def test_draining_ends_calls_and_keeps_who_waits(settings: Settings) -> None:
    async with running(settings) as api, api.call() as (_, visitor, contact):
        waiting = (await api.contact("sales"))["contact"]["id"]
        at_once = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(api.services.drain, 600.0, at_once)
            await visitor.wait_for("server.draining")
            async with api.page(api.token("agent", "eve")) as eve:
                assert eve.welcome["draining"] is True
            assert api.services.centre.contact(contact).state == "connected"
            at_once.set()
        assert api.services.centre.contact(contact).ended_by == "server"
        assert api.services.centre.contact(waiting).state == "waiting"


async def test_draining_waits_for_calls_to_end(settings: Settings) -> None:
    async with running(settings) as api, api.call() as (agent, _, contact):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(api.services.drain, 600.0, anyio.Event())
            await agent.wait_for("server.draining")
            await agent.request("call.hang_up", contact=contact)
        assert api.services.centre.contact(contact).ended_by == "agent"
