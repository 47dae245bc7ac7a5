"""Instead of waiting, over HTTP: callbacks, messages; and a queue that is closed for good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from mediacore.config import CalendarSettings, QueueSettings, Settings
from unit.control_api.running import Api, join, running


def _queue(id: str, **more: Any) -> QueueSettings:
    return QueueSettings(id=id, name_en=id.title(), name_zh="队列", recording="off", **more)


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    """`holiday` never opens and takes messages, `full` takes one and offers callbacks."""
    queues = (
        _queue("general", callback=True),
        _queue("plain"),
        _queue("full", max_waiting=1, when_full="callback"),
        _queue("holiday", calendar="never", when_closed="message"),
    )
    calendars = (CalendarSettings(id="never", time_zone="Asia/Shanghai"),)
    async with running(
        msgspec.structs.replace(settings, queues=queues, calendars=calendars)
    ) as api:
        yield api


async def _events(api: Api, contact: str) -> list[str]:
    return [event.type for event in await api.services.centre.contact_events(contact)]


async def _wait_for(api: Api, type: str) -> None:
    with api.services.centre.subscribe() as events:
        async for event in events:
            if event.type == type:
                return


async def test_a_callback_goes_on_without_its_page_until_an_agent_accepts(api: Api) -> None:
    created = await api.contact()
    contact, token = created["contact"]["id"], created["token"]
    assert created["contact"]["offers"] == ["callback"]
    async with api.page(token), api.http(token) as visitor:
        asked = await visitor.post(f"/v1/contacts/{contact}/callback", json={"to": "+49 30 1"})
    assert asked.status_code == 200, asked.text
    assert (asked.json()["kind"], asked.json()["state"]) == ("callback", "waiting")
    assert asked.json().get("offers", []) == []
    assert "call_to" not in asked.json()  # for staff only
    assert api.services.presence.absent == 0
    async with api.agent() as agent:
        offer = await agent.wait_for("reservation.created")
        assert (offer["contact"]["kind"], offer["contact"]["call_to"]) == ("callback", "+49 30 1")
        await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])
        while "callback.due" not in await _events(api, contact):
            await _wait_for(api, "callback.due")
        assert api.services.presence.absent == 1  # now there is somebody to wait for
        async with api.page(token) as page:
            assert page.welcome["contact"]["state"] == "connected"
            assert api.services.presence.absent == 0
            await join(agent, contact)
            await join(page, contact)


async def test_one_for_later_is_shown_and_can_be_cancelled(api: Api) -> None:
    created = await api.contact()
    contact = created["contact"]["id"]
    at = datetime.now(UTC) + timedelta(hours=2)
    async with api.http() as integrator:
        path = f"/v1/contacts/{contact}"
        asked = await integrator.post(f"{path}/callback", json={"at": at.isoformat()})
        assert asked.json()["state"] == "deferred"
        due = datetime.fromisoformat(asked.json()["due_at"].replace("Z", "+00:00"))
        assert abs(due - at) < timedelta(milliseconds=2)
        listed = await integrator.get("/v1/contacts", params={"state": "deferred"})
        assert [one["id"] for one in listed.json()] == [contact]
        assert (await integrator.delete(path)).status_code == 204
        assert (await integrator.get(path)).json()["state"] == "abandoned"


async def test_a_refusal_says_what_may_be_done_instead(api: Api) -> None:
    token = api.token("entry", "website")
    async with api.http(token) as visitor:
        closed = await visitor.post("/v1/contacts", json={"queue": "holiday"})
        assert (closed.status_code, closed.json()["code"]) == (503, "queue_closed")
        assert closed.json()["offers"] == ["message"]
        left = await visitor.post(
            "/v1/contacts", json={"queue": "holiday", "message": "Please write to me."}
        )
        assert left.json()["contact"]["state"] == "message"
        assert (await visitor.post("/v1/contacts", json={"queue": "full"})).status_code == 201
        full = await visitor.post("/v1/contacts", json={"queue": "full"})
        assert (full.json()["code"], full.json()["offers"]) == ("queue_full", ["callback"])
        again = await visitor.post("/v1/contacts", json={"queue": "full", "callback": {}})
        assert again.json()["contact"]["kind"] == "callback"
        queues = {one["id"]: one for one in (await visitor.get("/v1/queues")).json()}
        assert (queues["holiday"]["open"], queues["holiday"]["changes_at"]) == (False, None)
        assert queues["general"]["open"]
    async with api.http(api.token("supervisor", "sam")) as supervisor:
        listed = await supervisor.get("/v1/contacts", params={"state": "message"})
        assert [one["message"] for one in listed.json()] == ["Please write to me."]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"at": "2020-01-01T00:00:00Z"}, 400, "invalid", "at"),
        ({"at": "2020-01-01T00:00:00"}, 400, "malformed_message", "at"),
        ({"at": "tomorrow"}, 400, "malformed_message", "at"),
        ({"to": "1" * 201}, 400, "malformed_message", "to"),
        ({"when": 1}, 400, "malformed_message", "when"),
    ],
)
async def test_wrong_wishes(
    api: Api, body: dict[str, str], status: int, code: str, field: str
) -> None:
    created = await api.contact()
    async with api.http(created["token"]) as visitor:
        path = f"/v1/contacts/{created['contact']['id']}/callback"
        answer = await visitor.post(path, json=body)
        told = answer.json()
        assert (answer.status_code, told["code"], told["field"]) == (status, code, field)


async def test_not_where_the_queue_takes_none_and_not_for_others(api: Api) -> None:
    created, other = await api.contact("plain"), await api.contact()
    path = f"/v1/contacts/{created['contact']['id']}"
    for action, body in (("callback", {}), ("message", {"text": "Hello?"})):
        async with api.http(created["token"]) as visitor:
            answer = await visitor.post(f"{path}/{action}", json=body)
            assert answer.json()["code"] == "wrong_state"
        for token in (other["token"], api.token("agent", "bo"), api.token("entry", "x")):
            async with api.http(token) as stranger:
                answer = await stranger.post(f"{path}/{action}", json=body)
                assert answer.json()["code"] == "not_permitted"


async def test_a_queue_is_closed_for_good(api: Api) -> None:
    created = await api.contact("plain")
    async with api.http(api.token("supervisor", "sam")) as supervisor:
        assert (await supervisor.delete("/v1/queues/nowhere")).json()["code"] == "unknown_queue"
        same = await supervisor.delete("/v1/queues/plain", params={"to": "plain"})
        assert (same.json()["code"], same.json()["field"]) == ("invalid", "to")
        closed = await supervisor.delete("/v1/queues/plain", params={"to": "general"})
        assert closed.status_code == 204
        contact = await supervisor.get(f"/v1/contacts/{created['contact']['id']}")
        assert contact.json()["queue"] == "general"
        assert "plain" not in [one["id"] for one in (await supervisor.get("/v1/queues")).json()]
    async with api.http(api.token("agent", "bo")) as agent:
        assert (await agent.delete("/v1/queues/general")).json()["code"] == "not_permitted"
