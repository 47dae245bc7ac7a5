"""Customers whom the agent phones: no page, no room, no link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import msgspec
import pytest

from mediacore.client import Connection, RequestRefused
from mediacore.config import QueueSettings, RoutingSettings, Settings
from unit.control_api.running import PATIENCE_S, Api, running

NUMBER = {"to": "+49 30 1234"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """`desk` takes callbacks and would ask for consent; `plain` takes none. Who is called back by a
    link is given no time to come."""
    names = {"name_en": "Desk", "name_zh": "队列"}
    queues = (
        QueueSettings(id="desk", recording="consent", callback=True, **names),
        QueueSettings(id="plain", recording="off", **names),
    )
    routing = RoutingSettings(visitor_grace_s=0.01, callback_grace_s=0.01)
    return msgspec.structs.replace(settings, queues=queues, routing=routing)


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with running(settings) as api:
        yield api


async def phoned(api: Api, **callback: str) -> dict[str, Any]:
    """A new contact whose customer is phoned: {contact, token}."""
    return await api.contact("desk", channel="callback", callback={**NUMBER, **callback})


async def accepted(agent: Connection, contact: str) -> dict[str, Any]:
    """The contact as its agent is told of it once it is connected."""
    while (offer := await agent.wait_for("reservation.created"))["contact"]["id"] != contact:
        pass
    assert offer["contact"]["call_to"] == NUMBER["to"]
    await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])
    while "connected_at" not in (told := (await agent.wait_for("contact.updated"))["contact"]):
        pass
    return dict(told)


async def test_from_the_request_to_the_wrap_up(api: Api) -> None:
    created = await phoned(api)
    contact = created["contact"]["id"]
    assert (created["contact"]["kind"], created["contact"]["call_to"]) == ("callback", NUMBER["to"])
    assert created["contact"]["consent"] == "not_needed"
    async with api.agent() as agent, api.client() as integrator:
        told = await accepted(agent, contact)
        assert (told["channel"], told["state"], told["recording"]) == (
            "callback",
            "connected",
            "off",
        )
        assert api.services.presence.absent == 0, "nobody is expected on a page"
        board = await integrator.board()
        (row,) = board["contacts"]
        assert (row["channel"], row["state"], board["calls"]) == ("callback", "connected", [])
        for what, more in (
            ("media.join", {}),
            ("call.hold", {"held": True}),
            ("chat.send", {"client_id": "1", "text": "Hello?"}),
        ):
            with pytest.raises(RequestRefused) as refused:
                await agent.request(what, contact=contact, **more)
            assert refused.value.code == "wrong_state", what
        await agent.request("call.hang_up", contact=contact)
        await agent.request("contact.notes", contact=contact, text="reached")
        await agent.request("wrap_up.done", contact=contact)
        ended = await integrator.contact(contact)
        assert (ended["state"], ended["notes"]) == ("completed", "reached")
        assert ended["talk_s"] >= 0
        types = [event["type"] for event in await integrator.events()]
        async with api.http() as http:
            said = await http.get(f"/v1/contacts/{contact}/explain")
    assert "callback.due" not in types
    assert "consent.changed" not in types
    assert api.shard.told("open_room") == []
    texts = " ".join(sentence["text"] for sentence in said.json())
    assert "The agent phones the customer." in texts
    assert "Bo has had it since" in texts


async def test_a_look_at_the_link_ends_nothing_and_shows_no_number(api: Api) -> None:
    created = await phoned(api)
    contact = created["contact"]["id"]
    async with api.agent() as agent:
        await accepted(agent, contact)
        async with api.page(created["token"]) as visitor:
            assert visitor.welcome["contact"]["state"] == "connected"
            assert "call_to" not in visitor.welcome["contact"]
        with anyio.fail_after(PATIENCE_S):
            while api.services.hub.visitor(contact) is not None:
                await anyio.lowlevel.checkpoint()
        assert api.services.presence.absent == 0
        assert api.services.centre.contact(contact).state == "connected"


async def test_a_colleague_is_asked_in_writing_and_takes_over(api: Api) -> None:
    async with api.agent() as agent:
        created = await phoned(api)
        contact = created["contact"]["id"]
        await accepted(agent, contact)
        async with api.agent("mei") as colleague:
            async with api.http(api.token("agent", "bo")) as http:
                listed = await http.get(f"/v1/contacts/{contact}/colleagues")
            assert [one["id"] for one in listed.json()] == ["mei"]
            await agent.request("consult.start", contact=contact, agent="mei")
            offer = await colleague.wait_for("reservation.created")
            asked = offer["contact"]["id"]
            assert (offer["contact"]["kind"], offer["contact"]["about"]) == ("consult", contact)
            await colleague.request("reservation.accept", contact=asked, epoch=offer["epoch"])
            await agent.request("chat.send", contact=asked, client_id="1", text="Who pays?")
            assert (await colleague.wait_for("chat.message"))["contact_id"] == asked
            with pytest.raises(RequestRefused, match="conference"):
                await agent.request("consult.confer", contact=contact)
            await agent.request("consult.hand_over", contact=contact)
            now = api.services.centre.contact(contact)
            assert (now.state, now.agent, now.holds) == ("connected", "mei", 0)
            await colleague.request("call.hang_up", contact=contact)
    assert api.shard.told("open_room") == []


async def test_it_goes_on_after_a_restart(settings: Settings) -> None:
    async with running(settings) as api, api.agent() as agent:
        contact = (await phoned(api))["contact"]["id"]
        await accepted(agent, contact)
    async with running(settings) as api:
        assert api.services.presence.absent == 0
        now = api.services.centre.contact(contact)
        assert (now.state, now.agent) == ("connected", "bo")
        assert api.shard.told("open_room") == []


async def test_one_for_later(api: Api) -> None:
    at = datetime.now(UTC) + timedelta(hours=2)
    created = await phoned(api, at=at.isoformat())
    assert created["contact"]["state"] == "deferred"
    path = f"/v1/contacts/{created['contact']['id']}/callback"
    async with api.http() as integrator:
        nowhere = await integrator.post(path, json={"at": at.isoformat()})
        assert (nowhere.status_code, nowhere.json()["field"]) == (400, "to")
        now = await integrator.post(path, json={"to": "110"})
        assert (now.json()["state"], now.json()["call_to"]) == ("waiting", "110")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "callback.to"),
        ({"callback": {}}, 400, "callback.to"),
        ({"callback": {"to": "  "}}, 400, "callback.to"),
        ({"message": "Phone me."}, 400, "callback.to"),
        ({"callback": NUMBER, "queue": "plain"}, 409, "callback"),
    ],
)
async def test_wrong_requests(api: Api, body: dict[str, Any], status: int, field: str) -> None:
    async with api.http() as integrator:
        answer = await integrator.post(
            "/v1/contacts", json={"queue": "desk", "channel": "callback", **body}
        )
    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_a_website_has_nobody_phoned(api: Api) -> None:
    async with api.http(api.token("entry", "website")) as visitor:
        body = {"queue": "desk", "channel": "callback", "callback": NUMBER}
        answer = await visitor.post("/v1/contacts", json=body)
        assert answer.json()["code"] == "not_permitted"
    created = await phoned(api)
    async with api.http(created["token"]) as visitor:
        path = f"/v1/contacts/{created['contact']['id']}/callback"
        answer = await visitor.post(path, json={"to": "+1 900 1"})
    assert answer.json()["code"] == "not_permitted"
