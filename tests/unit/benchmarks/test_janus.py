"""What of the other media server can be wrong without it being there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.media.janus import Janus, JanusError, configuration
from benchmarks.media.janus.session import refusal_of


def test_the_threads_are_its_own_choice_unless_told() -> None:
    assert "event_loops" not in configuration.files(8188, 0)["janus.jcfg"]
    assert "    event_loops = 1\n" in configuration.files(8188, 1)["janus.jcfg"]


def test_only_one_way_in_and_only_on_loopback() -> None:
    files = configuration.files(8188, 0)
    assert 'disable = "libjanus_http.so,' in files["janus.jcfg"]
    lines = [line.strip() for line in files["janus.transport.websockets.jcfg"].splitlines()]
    assert 'ws_ip = "127.0.0.1"' in lines
    assert "ws_port = 8188" in lines
    assert "wss = false" in lines
    assert "admin_ws = false" in lines


def test_a_refusal_comes_from_the_server_or_from_its_plugin() -> None:
    server = {"janus": "error", "error": {"code": 458, "reason": "No such session"}}
    plugin = {
        "janus": "event",
        "plugindata": {"data": {"error_code": 428, "error": "No such feed"}},
    }
    room = {"janus": "success", "plugindata": {"data": {"videoroom": "created", "room": 7}}}
    assert refusal_of(server) == "No such session"
    assert refusal_of(plugin) == "No such feed"
    assert refusal_of(room) is None
    assert refusal_of({"janus": "success", "data": {"id": 1}}) is None


async def test_where_it_is_missing_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(JanusError, match="apt-get install janus"):
        async with Janus(tmp_path):
            pass
