"""Whoever says something wrong is told so, and nobody else notices."""

from __future__ import annotations

import anyio
import httpx
import jwt
import pytest

from mediacore.client import Connection, ConnectionEnded, MediacoreClient, RequestRefused
from stack.pages import agent_page, pick_up, queue_up
from stack.server import API_KEY, TOKEN_SECRET, Server


async def _refusal(server: Server, token: str) -> RequestRefused:
    async with MediacoreClient(server.url, token) as client:
        with pytest.raises(RequestRefused) as refusal:
            async with client.connect(tab="one"):
                pass
    return refusal.value


def _token(**claims: object) -> str:
    whole = {"role": "agent", "sub": "eve", "name": "Eve", "iat": 1, "exp": 4_000_000_000, **claims}
    return jwt.encode(whole, TOKEN_SECRET, algorithm="HS256")


async def test_tokens_that_are_expired_forged_or_of_another_role(server: Server) -> None:
    assert (await _refusal(server, _token(exp=1000))).code == "token_expired"
    forged = jwt.encode({"role": "agent", "sub": "eve", "exp": 4_000_000_000}, "x" * 40)
    assert (await _refusal(server, forged)).code == "token_invalid"
    unsigned = jwt.encode({"role": "supervisor", "sub": "eve", "exp": 4_000_000_000}, "", "none")
    assert (await _refusal(server, unsigned)).code == "token_invalid"
    async with MediacoreClient(server.url, _token()) as agent:
        with pytest.raises(RequestRefused) as refusal:
            await agent.create_token("supervisor", "eve", "Eve")
        assert (refusal.value.code, refusal.value.status) == ("not_permitted", 403)


def test_http_errors_are_problem_documents(server: Server) -> None:
    key = {"Authorization": f"Bearer {API_KEY}"}
    with httpx.Client(base_url=f"{server.url}/v1") as api:
        unknown = api.post(
            "/contacts", json={"queue": "nowhere", "customer": {"name": "Ada"}}, headers=key
        )
        broken = api.post("/contacts", content=b'{"queue": ', headers=key)
        wrong = api.post("/contacts", json={"queue": 5, "customer": {"name": "Ada"}}, headers=key)
        large = api.post(
            "/contacts",
            json={"queue": "general", "customer": {"name": "A" * 3_000_000}},
            headers=key,
        )
        nobody = api.get("/board")
    expected = [
        (unknown, 404, "unknown_queue"),
        (broken, 400, "malformed_message"),
        (wrong, 400, "malformed_message"),
        (large, 413, "message_too_large"),
        (nobody, 401, "token_invalid"),
    ]
    for answer, status, code in expected:
        assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text
        problem = answer.json()
        assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
        assert problem["type"].endswith(f"/problems/{code}")
        assert problem["title"]
        assert problem["detail"]


async def test_a_second_page_of_the_same_agent_is_refused_and_may_take_over(
    server: Server,
) -> None:
    async with MediacoreClient(server.url, API_KEY) as integrator:
        token = (await integrator.create_token("agent", "twin", "Twin"))["token"]
    async with MediacoreClient(server.url, token) as client, client.connect(tab="one") as first:
        await first.request("agent.sign_in")
        with pytest.raises(RequestRefused) as refusal:
            async with client.connect(tab="two"):
                pass
        assert refusal.value.code == "already_connected"
        await first.request("agent.ready")

        async with client.connect(tab="two", take_over=True) as second:
            assert (await first.wait_for("error"))["code"] == "replaced"
            assert second.welcome["agent"]["state"] == "ready"
            with pytest.raises(ConnectionEnded):
                await first.next_event()
            await second.request("agent.sign_out")


async def _malformed(page: Connection, kind: str, **fields: object) -> str:
    with pytest.raises(RequestRefused) as refusal:
        await page.request(kind, **fields)
    return refusal.value.code


async def test_malformed_messages_leave_the_others_call_alone(server: Server) -> None:
    created = await queue_up(server)
    contact = created["contact"]["id"]
    async with (
        agent_page(server, "calm") as (page, _),
        MediacoreClient(server.url, created["token"]) as visitor,
        visitor.connect(tab="one") as caller,
    ):
        await pick_up(page, contact)
        assert await _malformed(caller, "no.such.thing") == "unknown_message"
        assert await _malformed(caller, "chat.send", contact=contact, text=5) == "malformed_message"
        assert await _malformed(caller, "agent.sign_in") == "not_permitted"
        await caller.request("media.join", contact=contact)
        wrong = {"contact": contact, "publish": [], "subscribe": []}
        assert await _malformed(caller, "media.offer", sdp="v=1\r\n", **wrong) == "malformed_sdp"
        with pytest.raises((ConnectionEnded, RequestRefused)):
            await caller.request("chat.send", contact=contact, client_id="big", text="x" * 200_000)

        async with visitor.connect(tab="one") as again:
            assert again.welcome["contact"]["state"] == "connected"
            await again.request("chat.send", contact=contact, client_id="1", text="still here")
        with anyio.fail_after(10):
            heard = await page.wait_for("chat.message")
        assert heard["message"]["text"] == "still here"
        await page.request("call.hang_up", contact=contact)
