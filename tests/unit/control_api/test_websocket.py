"""The WebSocket's rules: hello first, one page per person, a clear word for all that is wrong."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from control_api import limits
from control_api.ws.connection import CLOSE_POLICY, CLOSE_REPLACED, CLOSE_TOO_LARGE, OVER_RATE_MAX
from mediacore.client import ConnectionEnded, RequestRefused
from unit.control_api.running import Api, join

NOBODY = "c_" + "a" * 20


async def say(socket: ClientConnection, kind: str, **fields: Any) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def closed_with(socket: ClientConnection) -> int | None:
    """The close code, after whatever still comes."""
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as ended:
        return ended.rcvd.code if ended.rcvd is not None else None


async def test_whoever_doesnt_say_hello_first_is_shown_out(api: Api) -> None:
    async with api.socket() as socket:
        await say(socket, "heartbeat", id="1")
        answer = await hear(socket)
        assert (answer["code"], answer["id"]) == ("hello_expected", "1")
        assert await closed_with(socket) == CLOSE_POLICY


async def test_whoever_says_nothing_is_shown_out(short_waits: None, api: Api) -> None:
    async with api.socket() as socket:
        assert (await hear(socket))["code"] == "hello_expected"
        assert await closed_with(socket) == CLOSE_POLICY


@pytest.mark.parametrize("case", ["forged", "expired", "entry", "contact"])
async def test_a_token_that_opens_nothing_is_refused(shared_api: Api, case: str) -> None:
    keys = shared_api.services.keys
    token, code = {
        "forged": ("no.such.token", "token_invalid"),
        "expired": (keys.issue("agent", "bo", ttl_s=-60)[0], "token_expired"),
        "entry": (shared_api.token("entry", "website"), "not_permitted"),
        "contact": (shared_api.token("visitor", "ada", contact=NOBODY), "unknown_contact"),
    }[case]
    async with shared_api.socket() as socket:
        await say(socket, "hello", token=token, tab="1")
        answer = await hear(socket)
        assert answer["code"] == code
        assert token not in answer["detail"]
        assert await closed_with(socket) == CLOSE_POLICY


async def test_welcome_tells_everything_a_page_needs(api: Api) -> None:
    created = await api.contact("sales", language="zh")
    async with api.page(created["token"]) as visitor:
        welcome = visitor.welcome
    assert (welcome["role"], welcome["name"]) == ("visitor", "Ada")
    assert welcome["heartbeat_s"] == limits.HEARTBEAT_S
    assert welcome["draining"] is False
    assert welcome["contact"]["queue_name"] == {"en": "Sales", "zh": "队列"}
    assert welcome["contact"]["consent"] == "required"
    assert "notes" not in welcome["contact"]
    assert welcome["messages"] == []
    async with api.page(api.token("agent", "new", name="New")) as agent:
        assert agent.welcome["agent"]["state"] == "offline"
        assert "contact" not in agent.welcome


async def test_a_second_page_is_refused_unless_it_takes_over(api: Api) -> None:
    token = api.token("agent", "bo", name="Bo")
    async with api.page(token, "one") as first:
        await first.request("agent.sign_in")
        with pytest.raises(RequestRefused, match="already_connected"):
            async with api.page(token, "two"):
                pass
        await first.request("agent.ready")
        async with api.page(token, "two", take_over=True) as second:
            assert second.welcome["agent"]["state"] == "ready"
            assert (await first.wait_for("error"))["code"] == "replaced"
            with pytest.raises(ConnectionEnded):
                await first.next_event()
            await second.request("agent.not_ready", reason="break")


async def test_a_visitor_joins_once(api: Api) -> None:
    created = await api.contact()
    async with api.page(created["token"], "one") as first:
        with pytest.raises(RequestRefused, match="already_connected"):
            async with api.page(created["token"], "two"):
                pass
        await first.request("heartbeat")


async def test_a_reloaded_page_replaces_silently(api: Api) -> None:
    created = await api.contact()
    hello = {"token": created["token"], "tab": "same"}
    async with api.socket() as before, api.socket() as after:
        await say(before, "hello", **hello)
        assert (await hear(before))["type"] == "welcome"
        await say(after, "hello", **hello)
        assert (await hear(after))["type"] == "welcome"
        assert await closed_with(before) == CLOSE_REPLACED
        await say(after, "heartbeat", id="1")
        answer = await hear(after)
        while answer["type"] == "contact.updated":  # the place in line, once it is known
            answer = await hear(after)
        assert answer == {"type": "ok", "id": "1"}


async def test_supervisors_may_have_several_pages(api: Api) -> None:
    token = api.token("supervisor", "eve")
    async with api.page(token, "one") as one, api.page(token, "two") as two:
        for page in (one, two):
            await page.request("board.subscribe")
            assert [queue["id"] for queue in (await page.wait_for("board"))["queues"]] == [
                "general",
                "support",
                "sales",
            ]


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("agent.sign_in", {}, "not_permitted"),
        ("board.subscribe", {}, "not_permitted"),
        ("no.such.thing", {}, "unknown_message"),
        ("consent.set", {"granted": "yes"}, "malformed_message"),
        ("consent.set", {"granted": True}, "wrong_state"),
        ("hello", {"token": "t", "tab": "t"}, "wrong_state"),
        ("chat.send", {"contact": NOBODY, "client_id": "1", "text": "x"}, "not_permitted"),
        ("media.join", {"contact": NOBODY}, "not_permitted"),
    ],
)
async def test_a_visitor_is_refused_what_is_not_theirs(
    shared_api: Api, kind: str, fields: dict[str, Any], code: str
) -> None:
    created = await shared_api.contact()
    async with shared_api.page(created["token"]) as visitor:
        with pytest.raises(RequestRefused) as refusal:
            await visitor.request(kind, **fields)
        assert refusal.value.code == code
        await visitor.request("heartbeat")
        await visitor.request("contact.leave")


async def test_an_agent_is_refused_others_contacts_and_old_offers(api: Api) -> None:
    async with api.call() as (agent, _, contact):
        async with api.page(api.token("agent", "eve")) as eve:
            for kind, fields in (
                ("media.join", {}),
                ("call.hang_up", {}),
                ("call.hold", {"held": True}),
                ("chat.send", {"client_id": "1", "text": "x"}),
            ):
                with pytest.raises(RequestRefused, match="not_permitted"):
                    await eve.request(kind, contact=contact, **fields)
            with pytest.raises(RequestRefused, match="unknown_agent"):
                await eve.request("agent.ready")
        with pytest.raises(RequestRefused, match=r"stale_reservation|wrong_state"):
            await agent.request("reservation.accept", contact=contact, epoch=99)
        with pytest.raises(RequestRefused, match="unknown_contact"):
            await agent.request("reservation.accept", contact=NOBODY, epoch=1)


async def test_what_is_too_large_or_no_text_ends_that_page_alone(api: Api) -> None:
    async with api.call() as (agent, visitor, contact):
        token = api.token("supervisor", "eve")
        async with api.socket() as socket:
            await say(socket, "hello", token=token, tab="1")
            await hear(socket)
            await socket.send(b"\x00\x01")
            assert (await hear(socket))["code"] == "malformed_message"
            await socket.send("x" * (limits.MESSAGE_BYTES_MAX + 1))
            assert (await hear(socket))["code"] == "message_too_large"
            assert await closed_with(socket) == CLOSE_TOO_LARGE
        async with api.socket() as socket:
            await say(socket, "hello", token=token, tab="1")
            await hear(socket)
            await socket.send("x" * (limits.FRAME_BYTES_MAX + 1))
            assert await closed_with(socket) == CLOSE_TOO_LARGE
        await visitor.request("chat.send", contact=contact, client_id="1", text="still here")
        assert (await agent.wait_for("chat.message"))["message"]["text"] == "still here"


async def test_a_flood_is_refused_and_then_cut_off(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MESSAGES_BURST", 3.0)
    monkeypatch.setattr(limits, "MESSAGES_PER_S", 0.01)
    async with api.socket() as socket:
        await say(socket, "hello", token=api.token("supervisor", "eve"), tab="1")
        for number in range(OVER_RATE_MAX + 3):
            await say(socket, "heartbeat", id=str(number))
        assert (await hear(socket))["type"] == "welcome"
        assert [await hear(socket) for _ in range(2)] == [
            {"type": "ok", "id": "0"},
            {"type": "ok", "id": "1"},
        ]
        refusal = await hear(socket)
        assert (refusal["code"], refusal["id"]) == ("rate_limited", "2")
        assert await closed_with(socket) == CLOSE_POLICY


async def test_a_page_that_doesnt_read_is_cut_off(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with api.call() as (agent, visitor, contact):
        monkeypatch.setattr(limits, "OUTBOX_BOUND", 3)
        async with api.page(api.token("supervisor", "eve")) as slow:
            (page,) = api.services.hub.supervisors()
            # The writer gets no turn in between.
            for _ in range(5):
                page.send(api.services.feed.board_updated())
            with pytest.raises(ConnectionEnded):
                await slow.wait_for("nothing of this kind")
        assert api.services.hub.supervisors() == []
        await join(agent, contact)
        await visitor.request("heartbeat")


async def test_a_failure_of_ours_is_told_without_ending_the_page(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    created = await api.contact()
    async with api.page(created["token"]) as visitor:
        with monkeypatch.context() as broken:
            broken.setattr(api.services.centre, "leave", fail)
            with pytest.raises(RequestRefused) as refusal:
                await visitor.request("contact.leave")
        assert refusal.value.code == "internal"
        assert "secret" not in refusal.value.detail
        assert "contact.leave failed" in caplog.text
        await visitor.request("contact.leave")


async def test_a_page_that_comes_back_is_alive(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    centre, alive = api.services.centre, []
    async with api.agent("bo"):
        pass
    monkeypatch.setattr(centre, "heartbeat", noted(alive, centre.heartbeat))
    async with api.page(api.token("agent", "bo")):
        assert alive == ["bo"]


def noted(agents: list[str], heartbeat: Callable[[str], Awaitable[None]]) -> Any:
    async def note(agent_id: str) -> None:
        agents.append(agent_id)
        await heartbeat(agent_id)

    return note
