"""Metrics and logs: what they tell, and what they must not."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from control_api import logs
from control_api.metrics import MEDIA
from mediacore.client import RequestRefused
from mediacore.config import LogSettings, MediaSettings
from mediacore.engine import open_shard
from unit.control_api.running import API_KEY, Api


async def _metrics(api: Api) -> dict[tuple[str, str], float]:
    """The value of each sample of ours, by name and the values of its labels in their order."""
    async with api.http(None) as http:
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (
            sample.name.removeprefix("mediacore_"),
            "/".join(sample.labels[name] for name in sorted(sample.labels)),
        ): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name.startswith("mediacore_")
    }


async def test_metrics_follow_a_call(api: Api) -> None:
    async with api.call() as (agent, visitor, contact):
        now = await _metrics(api)
        assert now["contacts", "general/connected"] == 1
        assert now["agents", "busy"] == 1
        assert now["calls", ""] == 1
        assert now["websockets", "visitor"] == 1
        assert now["offers_total", "accepted/general"] == 1
        assert now["wait_seconds_count", "general"] == 1
        assert (now["media_sessions", ""], now["media_sent_bytes_total", ""]) == (2, 1234)
        with pytest.raises(RequestRefused):
            await visitor.request("call.hold", contact=contact, held=True)
        async with api.http(None) as http:
            await http.get("/v1/board")
        now = await _metrics(api)
        assert now["refusals_total", "not_permitted"] == 1
        assert now["refusals_total", "token_invalid"] == 1
        api.shard.say("capture_gap", room=1, track=1, packets=7)
        await visitor.request("chat.send", contact=contact, client_id="1", text="x")
        await agent.wait_for("chat.message")
        await agent.request("call.hang_up", contact=contact)
        while (await visitor.wait_for("contact.updated"))["contact"]["state"] != "completed":
            pass
        now = await _metrics(api)
        assert now["contacts_arrived_total", "general"] == 1
        assert now["contacts_ended_total", "completed/general"] == 1
        assert now["talk_seconds_count", "general"] == 1
        assert now["capture_gap_packets_total", ""] == 7
        assert now["chat_messages_total", ""] == 1


def test_all_that_the_media_shard_counts_is_told() -> None:
    shard = open_shard(MediaSettings())
    try:
        counted = json.loads(shard.metrics())
    finally:
        shard.close()
    assert set(counted) == {theirs for theirs, _, _ in MEDIA}


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to standard error, as in production; undone afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.set_up(LogSettings(level="debug", format="json"))
    for client in ("httpx", "httpcore"):  # the test's own, in the same process
        logging.getLogger(client).setLevel(logging.CRITICAL)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_the_log_holds_no_token_name_or_text(logged: io.StringIO, api: Api) -> None:
    created = await api.contact()
    contact = created["contact"]["id"]
    async with api.http(created["token"]) as http:
        await http.get(f"/v1/contacts/{contact}", params={"note": "query-secret"})
        await http.get("/v1/nothing/path-secret")
    async with api.page(created["token"]) as visitor:
        await visitor.request("contact.leave")
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert {"/v1/contacts", "/v1/contacts/{contact_id}", "unknown"} == {
        line["route"] for line in requests
    }
    assert {"method", "status", "took_s", "timestamp", "level"} <= set(requests[0])
    for secret in (created["token"], API_KEY, "Ada", "query-secret", "path-secret"):
        assert secret not in logged.getvalue()


def test_a_traceback_shows_no_values(logged: io.StringIO) -> None:
    token = "a-secret-value"
    try:
        raise RuntimeError(f"{len(token)} characters")
    except RuntimeError:
        logging.getLogger("control_api").exception("it failed")
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert "RuntimeError: 14 characters" in line["exception"]
    assert logged.getvalue().count("a-secret-value") <= 1  # the source line itself
