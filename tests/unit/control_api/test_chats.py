"""Contacts that are written: beside a call, without a room, and several at once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mediacore.client import Connection, RequestRefused
from mediacore.config import RoutingSettings, Settings
from unit.control_api.running import Api, running


async def accept(agent: Connection, contact: str) -> None:
    while (offer := await agent.wait_for("reservation.created"))["contact"]["id"] != contact:
        pass
    await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])


async def in_hand(api: Api) -> list[tuple[str, str]]:
    """Channel and state of all that the agent has in hand."""
    async with api.client() as integrator:
        work = (await integrator.agent("bo"))["work"]
    return [(one["channel"], one["state"]) for one in work]


async def until_work(agent: Connection, *wanted: tuple[str, str]) -> dict[str, Any]:
    """The agent's view as soon as the page was told of this in hand."""
    while True:
        view = (await agent.wait_for("agent.updated"))["agent"]
        if [(one["channel"], one["state"]) for one in view["work"]] == list(wanted):
            return dict(view)


async def test_a_chat_is_connected_once_the_visitor_is_there(api: Api) -> None:
    async with api.agent() as agent:
        created = await api.contact("sales", channel="chat")
        contact = created["contact"]["id"]
        assert (created["contact"]["channel"], created["contact"]["consent"]) == (
            "chat",
            "not_needed",
        )
        await accept(agent, contact)
        assert api.services.centre.contact(contact).state == "accepted"
        async with api.page(created["token"]) as visitor:
            assert api.services.centre.contact(contact).state == "connected"
            await visitor.request("chat.send", contact=contact, client_id="1", text="hello")
            told = await agent.wait_for("chat.message")
            assert (told["contact_id"], told["message"]["text"]) == (contact, "hello")
            for page in (visitor, agent):
                with pytest.raises(RequestRefused, match="has no media") as refused:
                    await page.request("media.join", contact=contact)
                assert refused.value.code == "wrong_state"
            await agent.request("call.hang_up", contact=contact)
            while (await visitor.wait_for("contact.updated"))["contact"]["state"] != "completed":
                pass
        await until_work(agent, ("chat", "wrap_up"))
        await agent.request("wrap_up.done", contact=contact)
        await until_work(agent)
    assert api.shard.told("open_room") == []


async def test_a_chat_that_is_accepted_while_the_visitor_looks_on(api: Api) -> None:
    async with api.agent() as agent:
        created = await api.contact(channel="chat")
        async with api.page(created["token"]) as visitor:
            await accept(agent, created["contact"]["id"])
            while (await visitor.wait_for("contact.updated"))["contact"]["state"] != "connected":
                pass
        async with api.client() as integrator:
            events = [event["type"] for event in await integrator.events()]
        assert "contact.connected" in events


async def test_an_offer_rings_beside_a_call_and_a_reload_shows_all(api: Api) -> None:
    async with api.call() as (agent, visitor, call):
        first, second = [await api.contact(channel="chat") for _ in range(2)]
        offer = await agent.wait_for("reservation.created")
        assert offer["contact"]["id"] == first["contact"]["id"]
        await until_work(agent, ("video", "connected"), ("chat", "offered"))
        await agent.request(
            "reservation.accept", contact=first["contact"]["id"], epoch=offer["epoch"]
        )
        # The next one rings in the same step: the state is the same, what is in hand is not.
        await until_work(agent, ("video", "connected"), ("chat", "connected"), ("chat", "offered"))
        await agent.request(
            "chat.send", contact=first["contact"]["id"], client_id="1", text="one moment"
        )
        async with api.page(api.token("agent", "bo", name="Bo"), take_over=True) as again:
            shown = again.welcome["attended"]
            assert [one["contact"]["id"] for one in shown] == [
                call,
                first["contact"]["id"],
                second["contact"]["id"],
            ]
            assert [one["call"] is not None for one in shown] == [True, False, False]
            assert [one["text"] for one in shown[1]["messages"]] == ["one moment"]
            assert again.welcome["contact"]["id"] == again.welcome["agent"]["contact"] == call
            offer = await again.wait_for("reservation.created")
            assert offer["contact"]["id"] == second["contact"]["id"]
            await visitor.request("call.hang_up", contact=call)
            await until_work(
                again, ("chat", "connected"), ("chat", "offered"), ("video", "wrap_up")
            )


async def test_who_takes_no_more_is_told_so_while_busy(api: Api) -> None:
    async with api.call() as (agent, _, _contact):
        await agent.request("agent.not_ready", reason="break")
        view = await until_work(agent, ("video", "connected"))
        assert (view["state"], view["reason"]) == ("busy", "break")
        created = await api.contact(channel="chat")
        assert created["contact"]["state"] == "waiting"


async def test_an_assignment_limits_the_chats(api: Api) -> None:
    async with api.client() as integrator:
        given = {"chat": {"slots": 1}, "video": {"slots": 0, "blocks": []}}
        view = await integrator.assign("bo", capacity=given)
        assert view["assignment"]["capacity"]["chat"] == {"slots": 1, "blocks": None}
        async with api.agent():
            for _ in range(2):
                await api.contact(channel="chat")
            await api.contact()
            assert await in_hand(api) == [("chat", "offered")]
        for wrong, field in (
            ({"chat": {"slots": 33}}, "capacity.chat.slots"),
            ({"chat": {"slots": 1, "blocks": ["fax"]}}, "capacity.chat.blocks[0]"),
            ({"fax": {"slots": 1}}, "capacity.fax"),
        ):
            async with api.http() as http:
                answer = await http.put("/v1/agents/bo/assignment", json={"capacity": wrong})
            assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_a_channel_that_is_none_is_refused(api: Api) -> None:
    async with api.http() as http:
        answer = await http.post("/v1/contacts", json={"queue": "general", "channel": "fax"})
    assert (answer.status_code, answer.json()["field"]) == (400, "channel")


async def test_several_contacts_outlive_a_restart(settings: Settings) -> None:
    patient = RoutingSettings(visitor_grace_s=60)
    settings = msgspec.structs.replace(settings, routing=patient)
    async with running(settings) as api, api.call() as (agent, _, call):
        chat = await api.contact(channel="chat")
        async with api.page(chat["token"]):
            await accept(agent, chat["contact"]["id"])
            await until_work(agent, ("video", "connected"), ("chat", "connected"))
    async with running(settings) as api:
        assert await in_hand(api) == [("video", "connected"), ("chat", "connected")]
        assert [one["room"] for one in api.shard.told("open_room")] == [1]
        async with api.page(api.token("agent", "bo", name="Bo")) as agent:
            assert [one["contact"]["id"] for one in agent.welcome["attended"]] == [
                call,
                chat["contact"]["id"],
            ]


async def test_agents_write_about_a_chat_and_its_visitor_reads_none_of_it(api: Api) -> None:
    async with api.agent() as agent, api.agent("mei") as colleague:
        created = await api.contact("sales", channel="chat", affinity={"agent": "bo"})
        contact = created["contact"]["id"]
        async with api.page(created["token"]) as visitor:
            await accept(agent, contact)
            await agent.request("consult.start", contact=contact, agent="mei")
            offer = await colleague.wait_for("reservation.created")
            asked = offer["contact"]["id"]
            assert (offer["contact"]["channel"], offer["contact"]["kind"]) == ("chat", "consult")
            await colleague.request("reservation.accept", contact=asked, epoch=offer["epoch"])
            for page, other in ((agent, colleague), (colleague, agent)):
                await page.request("chat.send", contact=asked, client_id="1", text="May I?")
                told = await other.wait_for("chat.message")
                while told["message"]["sender"] != ("bo" if page is agent else "mei"):
                    told = await other.wait_for("chat.message")
                assert (told["contact_id"], told["message"]["text"]) == (asked, "May I?")
            for page, others in ((visitor, asked), (colleague, contact)):
                with pytest.raises(RequestRefused, match="not_permitted"):
                    await page.request("chat.send", contact=others, client_id="2", text="Psst")
            path = f"/v1/contacts/{asked}/messages"
            for subject, status in (("bo", 200), ("mei", 200), ("zoe", 403)):
                async with api.http(api.token("agent", subject)) as reader:
                    assert (await reader.get(path)).status_code == status, subject
            assert await api.services.centre.messages(contact) == []
            await agent.request("consult.end", contact=contact)
            with pytest.raises(RequestRefused, match="wrong_state"):
                await agent.request("chat.send", contact=asked, client_id="3", text="Thanks")
            await agent.request("call.hang_up", contact=contact)
