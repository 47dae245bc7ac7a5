"""What an operator's tools ask: health, readiness, metrics; and what the log must not say."""

from __future__ import annotations

import re

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from stack.pages import agent_page, pick_up, queue_up
from stack.server import API_KEY, TOKEN_SECRET, Server


def test_alive_and_ready(server: Server) -> None:
    assert httpx.get(f"{server.url}/livez").status_code == 200
    assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_metrics_follow_the_naming_rules(server: Server) -> None:
    text = httpx.get(f"{server.url}/metrics").text
    own = [
        family
        for family in text_string_to_metric_families(text)
        if family.name.startswith("mediacore_")
    ]
    assert len(own) > 5
    for family in own:
        assert family.documentation, family.name
        # The parser takes the `_total` off a counter; on anything else it has no business.
        assert not family.name.endswith("_total"), family.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", family.name), family.name
        assert not re.search(r"_(ms|us|millis|minutes|percent|kb|kbps|mb)$", family.name), (
            family.name
        )
        if family.type == "counter":
            assert all(sample.name.endswith(("_total", "_created")) for sample in family.samples)


@pytest.mark.parametrize("page", ["visitor", "agent", "supervisor"])
def test_pages_load_nothing_from_elsewhere(server: Server, page: str) -> None:
    answer = httpx.get(f"{server.url}/{page}")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy or "default-src 'self'" in policy
    assert not re.search(r"(src|href)=\"(https?:)?//", answer.text)


async def test_the_log_holds_no_token_key_or_personal_data(server: Server) -> None:
    created = await queue_up(server, "general")
    contact = created["contact"]["id"]
    async with agent_page(server, "discreet") as (page, token):
        await pick_up(page, contact)
        await page.request("chat.send", contact=contact, client_id="1", text="my PIN is 4711-0815")
        await page.request("call.hang_up", contact=contact)
    log = server.log.read_text()
    for secret in (token, created["token"], API_KEY, TOKEN_SECRET, "4711-0815", "Ada"):
        assert secret not in log
