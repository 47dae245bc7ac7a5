"""A call that goes on to another queue: its room, its recording, who is told, who may."""

from __future__ import annotations

import msgspec
import pytest

from mediacore.client import Connection, RequestRefused
from mediacore.config import Settings
from unit.control_api.running import Api, join, running

# Long enough to accept an offer on a busy machine.
RINGS_S = 3.0


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


async def test_the_board_has_whom_a_supervisor_can_move(api: Api) -> None:
    async with api.call() as (agent, _, talking):
        await agent.request("agent.not_ready", reason="break")
        waiting = [(await api.contact("sales"))["contact"]["id"] for _ in range(12)]
        path = f"/v1/contacts/{waiting[0]}/transfer"
        async with api.http(api.token("supervisor", "eve")) as supervisor:
            board = (await supervisor.get("/v1/board")).json()["contacts"]
            await supervisor.post(path, json={"queue": "support"})
            moved = (await supervisor.get("/v1/board")).json()["contacts"]
    assert [one["id"] for one in board] == [talking, *waiting[:10]], "no more than people look at"
    assert [(one["state"], one["agent"]) for one in board[:2]] == [
        ("connected", {"id": "bo", "name": "Bo"}),
        ("waiting", None),
    ]
    assert {one["id"]: one["queue"] for one in moved}[waiting[0]] == "support"
    assert waiting[10] in [one["id"] for one in moved], "the next one comes into sight"


async def test_an_offer_is_declined_with_a_reason(api: Api) -> None:
    async with api.agent() as agent:
        await api.contact()
        offer = await agent.wait_for("reservation.created")
        answer = {"contact": offer["contact"]["id"], "epoch": offer["epoch"]}
        with pytest.raises(RequestRefused, match="malformed_message"):
            await agent.request("reservation.reject", **answer, reason="no idea")
        await agent.request("reservation.reject", **answer, reason="occupied")
        assert (await agent.wait_for("reservation.ended"))["outcome"] == "rejected"


async def test_a_consultation_has_a_room_of_its_own(api: Api) -> None:
    async with api.call("support") as (agent, visitor, contact), api.agent("mei") as colleague:
        with pytest.raises(RequestRefused, match="wrong_state"):
            await agent.request("consult.hand_over", contact=contact)
        await agent.request("consult.start", contact=contact, queue="support")
        assert api.shard.told("set_hold")[-1]["held"] is True
        offer = await colleague.wait_for("reservation.created")
        consult = offer["contact"]["id"]
        assert (offer["contact"]["kind"], offer["contact"]["about"]) == ("consult", contact)
        assert offer["contact"]["asked_by"]["id"] == "bo"
        await colleague.request("reservation.accept", contact=consult, epoch=offer["epoch"])
        await join(colleague, consult)
        await join(agent, consult)
        for page, other in ((visitor, consult), (colleague, contact)):
            with pytest.raises(RequestRefused, match="not_permitted"):
                await page.request("media.join", contact=other)
        with pytest.raises(RequestRefused, match="wrong_state"):
            await colleague.request("consult.confer", contact=contact)

        await agent.request("consult.confer", contact=contact)
        assert api.shard.told("set_hold")[-1]["held"] is False
        await join(colleague, contact)
        with pytest.raises(RequestRefused, match="not_permitted"):
            await colleague.request("call.hang_up", contact=contact)

        await agent.request("consult.hand_over", contact=contact)
        while (view := await visitor.wait_for("contact.updated"))["contact"]["agent"]["id"] == "bo":
            pass
        assert view["contact"]["state"] == "connected"
        await join(colleague, contact)
        with pytest.raises(RequestRefused, match="not_permitted"):
            await agent.request("media.join", contact=contact)
        # The consultation's room is closed, the call's is the one it was, and only it is recorded.
        assert [one["room"] for one in api.shard.told("open_room")] == [1, 2]
        assert [one["room"] for one in api.shard.told("start_capture")] == [1]
        await colleague.request("call.hang_up", contact=contact)


async def test_a_consultation_ends_with_its_call(api: Api) -> None:
    async with api.call() as (agent, visitor, contact), api.agent("mei") as colleague:
        await agent.request("consult.start", contact=contact, queue="sales")
        offer = await colleague.wait_for("reservation.created")
        await visitor.request("contact.leave")
        ended = await colleague.wait_for("reservation.ended")
        assert (ended["contact_id"], ended["outcome"]) == (offer["contact"]["id"], "rescinded")


async def test_a_colleague_who_declines_or_hangs_up_ends_the_hold(api: Api) -> None:
    async with api.call() as (agent, _, contact), api.agent("mei") as colleague:
        await agent.request("consult.start", contact=contact, agent="mei")
        assert api.shard.told("set_hold")[-1]["held"] is True
        offer = await colleague.wait_for("reservation.created")
        answer = {"contact": offer["contact"]["id"], "epoch": offer["epoch"]}
        await colleague.request("reservation.reject", **answer)
        await _held_and_resumed(agent)
        assert api.services.centre.contact(contact).consult is None
        await colleague.request("agent.ready")
        await agent.request("consult.start", contact=contact, agent="mei")
        offer = await colleague.wait_for("reservation.created")
        answer = {"contact": offer["contact"]["id"], "epoch": offer["epoch"]}
        await colleague.request("reservation.accept", **answer)
        await colleague.request("call.hang_up", contact=answer["contact"])
        await _held_and_resumed(agent)
        assert api.services.centre.contact(contact).consult is None
    held = [one["held"] for one in api.shard.told("set_hold")]
    assert held == [True, False, True, False]


async def test_a_colleague_asked_by_name_who_lets_it_ring_ends_the_consultation(
    settings: Settings,
) -> None:
    brief = tuple(msgspec.structs.replace(one, offer_timeout_s=RINGS_S) for one in settings.queues)
    settings = msgspec.structs.replace(settings, queues=brief)
    async with running(settings) as api, api.call() as (agent, _, contact), api.agent("mei") as mei:
        await agent.request("consult.start", contact=contact, agent="mei")
        consult = (await mei.wait_for("reservation.created"))["contact"]["id"]
        seen = await agent.wait_for("contact.updated")
        while "consult" not in seen["contact"]:
            seen = await agent.wait_for("contact.updated")
        assert (await mei.wait_for("reservation.ended"))["outcome"] == "timed_out"
        while "consult" in seen["contact"]:
            seen = await agent.wait_for("contact.updated")
        assert (seen["contact"]["id"], seen["contact"]["state"]) == (contact, "connected")
        one = api.services.centre.contact(contact)
        assert (one.holds, one.held_since_us) == (1, None), "the visitor is off hold"
        assert api.services.centre.contact(consult).state == "abandoned"
        assert api.services.centre.agent("mei").reason == "missed_offer"
        # Nobody is asked for good: the agent may ask again.
        await agent.request("consult.start", contact=contact, agent="mei")


async def _held_and_resumed(agent: Connection) -> None:
    """Until the agent's page has seen the call on hold, and then no longer."""
    for held in (True, False):
        while (await agent.wait_for("call.updated"))["call"]["held"] is not held:
            pass


async def test_colleagues_who_could_take_it(api: Api) -> None:
    async with api.call() as (_, _visitor, contact), api.agent("mei"), api.agent("zoe") as away:
        await away.request("agent.not_ready", reason="break")
        path = f"/v1/contacts/{contact}/colleagues"
        async with api.http() as integrator:
            chat_only = {"capacity": {"video": {"slots": 0}}}
            put = await integrator.put("/v1/agents/kai/assignment", json=chat_only)
            assert put.status_code == 200
        async with api.agent("kai"), api.http(api.token("agent", "bo")) as own:
            assert (await own.get(path)).json() == [
                {"id": "mei", "name": "Mei", "state": "ready"},
                {"id": "zoe", "name": "Zoe", "state": "away"},
            ]
        async with api.http(api.token("agent", "mei")) as stranger:
            assert (await stranger.get(path)).status_code == 403
        async with api.http(api.token("visitor", "v", contact=contact)) as customer:
            assert (await customer.get(path)).status_code == 403
