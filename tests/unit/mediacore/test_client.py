"""The protocol's client, against an application that answers as the protocol says."""

import json

import anyio
import httpx
import pytest
from httpx_ws.transport import ASGIWebSocketTransport

from mediacore.client import ConnectionEnded, MediacoreClient, RequestRefused


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


async def application(scope, receive, send):
    """Echoes HTTP requests; on the WebSocket does what each message's type names."""
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket":
        await websocket(receive, send)


async def http(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    status, kind = 200, b"application/json"
    if scope["path"] == "/v1/contacts/none":
        status, kind = 404, b"application/problem+json"
        answer = json.dumps({"code": "unknown_contact", "detail": "no contact none"}).encode()
    elif scope["path"].startswith("/v1/whip"):
        status, kind, answer = 201, b"application/sdp", b"answer to " + body
    elif scope["path"] == "/v1/events":
        answer = json.dumps([{"query": scope["query_string"].decode()}]).encode()
    else:
        seen = {"method": scope["method"], "body": json.loads(body or b"null"), "headers": headers}
        answer = json.dumps(seen).encode()
    out = [(b"content-type", kind), (b"location", b"/v1/media-sessions/7")]
    await send({"type": "http.response.start", "status": status, "headers": out})
    await send({"type": "http.response.body", "body": answer})


async def websocket(receive, send):
    async def say(**message):
        await send({"type": "websocket.send", "text": json.dumps(message)})

    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        said = json.loads(message["text"])
        number = said.get("id")
        match said["type"]:
            case "hello" if said["token"] == "good":
                await say(type="welcome", tab=said["tab"], take_over=said["take_over"])
            case "hello":
                await say(type="error", code="token_invalid", detail="not ours")
            case "chat.send":
                await say(type="chat.message", text="before the answer")
                await say(type="ok", id=number, seq=3)
            case "bad":
                await say(type="error", id=number, code="unknown_message", detail="bad")
            case "flood":
                for n in range(said["events"]):
                    await say(type="event", n=n)
            case "close":
                await send({"type": "websocket.close", "code": 1000, "reason": ""})
                return


@pytest.fixture
async def client():
    async with (
        ASGIWebSocketTransport(application) as transport,
        MediacoreClient("http://server", "good", transport=transport) as client,
    ):
        yield client


async def test_a_request_carries_key_and_body(client):
    seen = await client.create_contact("sales", {"name": "Wei"}, idempotency_key="k1")
    assert seen["body"] == {"queue": "sales", "customer": {"name": "Wei"}}
    assert seen["headers"]["authorization"] == "Bearer good"
    assert seen["headers"]["idempotency-key"] == "k1"


async def test_a_problem_is_a_refusal(client):
    with pytest.raises(RequestRefused, match="no contact none") as caught:
        await client.contact("none")
    assert (caught.value.code, caught.value.status) == ("unknown_contact", 404)


async def test_a_query(client):
    assert await client.events(after=5, limit=2) == [{"query": "after=5&limit=2"}]


async def test_whip(client):
    assert await client.whip("c_1", "v=0") == ("answer to v=0", "/v1/media-sessions/7")


async def test_welcome_answers_and_events(client):
    async with client.connect("tab1") as connection:
        assert connection.welcome["tab"] == "tab1"
        assert (await connection.request("chat.send", text="hi"))["seq"] == 3
        assert (await connection.wait_for("chat.message"))["text"] == "before the answer"
        with pytest.raises(RequestRefused) as caught:
            await connection.request("bad")
        assert caught.value.code == "unknown_message"


async def test_an_unwelcome_page(client):
    async with ASGIWebSocketTransport(application) as transport:
        other = MediacoreClient("http://server", "wrong", transport=transport)
        with pytest.raises(RequestRefused) as caught:
            async with other.connect("tab1"):
                pass
    assert caught.value.code == "token_invalid"


async def test_the_end_of_the_connection(client):
    async with client.connect("tab1") as connection:
        await connection.send("flood", events=2)
        await connection.send("close")
        assert [(await connection.next_event())["n"] for _ in range(2)] == [0, 1]
        with pytest.raises(ConnectionEnded):
            await connection.next_event()
        with pytest.raises(ConnectionEnded):
            await connection.request("chat.send")


async def test_an_error_of_the_caller_comes_out_as_it_is(client):
    with pytest.raises(KeyError):
        async with client.connect("tab1"):
            raise KeyError("mine")


async def test_many_requests_at_once(client):
    seen = []

    async def ask():
        seen.append((await connection.request("chat.send"))["seq"])

    async with client.connect("tab1") as connection, anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(ask)
    assert seen == [3] * 20


async def test_no_server():
    async with MediacoreClient("http://127.0.0.1:9", "good") as client:
        with pytest.raises(httpx.ConnectError):
            await client.queues()
