"""A call that goes on to another queue: its room, its recording, who is told, who may."""

from __future__ import annotations

import pytest

from mediacore.client import RequestRefused
from unit.control_api.running import Api


async def test_an_agent_gives_a_call_to_another_queue(api: Api) -> None:
    async with api.call() as (agent, visitor, contact):
        await agent.request("call.hold", contact=contact, held=True)
        await agent.request("contact.transfer", contact=contact, queue="sales")
        waits = await visitor.wait_for("contact.updated")
        while waits["contact"]["state"] != "waiting":
            waits = await visitor.wait_for("contact.updated")
        assert waits["contact"]["consent"] == "required", "as that queue has it"
        assert "legs" not in waits["contact"], "that is for staff"
        assert (waits["contact"]["queue"], waits["contact"]["agent"]) == ("sales", None)
        wraps_up = await agent.wait_for("agent.updated")
        while wraps_up["agent"]["state"] != "wrap_up":
            wraps_up = await agent.wait_for("agent.updated")
        assert [one["state"] for one in wraps_up["agent"]["work"]] == ["wrap_up"]
        await agent.request("contact.notes", contact=contact, text="to the others")
        with pytest.raises(RequestRefused, match="wrong_state"):
            await agent.request("contact.transfer", contact=contact, queue="sales")
    assert [one["room"] for one in api.shard.told("close_room")] == [1]
    async with api.client() as integrator:
        one = await integrator.contact(contact)
    assert one["holds"] == 1
    assert [leg["agent"]["id"] for leg in one["legs"]] == ["bo"]


async def test_supervisors_and_integrators_move_who_waits(api: Api) -> None:
    created = await api.contact()
    path = f"/v1/contacts/{created['contact']['id']}/transfer"
    async with api.http() as integrator:
        moved = await integrator.post(path, json={"queue": "support"})
        assert (moved.status_code, moved.json()["queue"]) == (200, "support")
        again = await integrator.post(path, json={"queue": "support"})
        assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
        unknown = await integrator.post(path, json={"queue": "nowhere"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_queue")
    async with api.http(api.token("supervisor", "eve")) as supervisor:
        assert (await supervisor.post(path, json={"queue": "sales"})).status_code == 200
    for bearer in (created["token"], api.token("agent", "bo")):
        async with api.http(bearer) as stranger:
            assert (await stranger.post(path, json={"queue": "general"})).status_code == 403
    async with api.http() as integrator:
        log = (await integrator.get("/v1/events")).json()
    moves = [one["data"] for one in log if one["type"] == "contact.transferred"]
    assert [(one["queue"], one["by"]["role"]) for one in moves] == [
        ("support", "integrator"),
        ("sales", "supervisor"),
    ]


async def test_an_offer_is_declined_with_a_reason(api: Api) -> None:
    async with api.agent() as agent:
        await api.contact()
        offer = await agent.wait_for("reservation.created")
        answer = {"contact": offer["contact"]["id"], "epoch": offer["epoch"]}
        with pytest.raises(RequestRefused, match="malformed_message"):
            await agent.request("reservation.reject", **answer, reason="no idea")
        await agent.request("reservation.reject", **answer, reason="occupied")
        assert (await agent.wait_for("reservation.ended"))["outcome"] == "rejected"
