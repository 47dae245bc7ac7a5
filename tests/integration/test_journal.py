"""A server is killed in the middle of its work: what its matcher did can be carried out again."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from mediacore.cli import GROUP, build_parser
from stack.pages import agent_page, queue_up
from stack.server import Server
from stack.waiting import eventually


def _replay(journal: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    words = ["replay", str(journal), "--json"]
    entry = EntryPoint("replay", "control_api.replay:register", GROUP)
    arguments = build_parser(words, [entry]).parse_args(words)
    assert arguments.run(arguments) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.timeout(90)
async def test_every_run_is_replayed_byte_for_byte_after_kill_9(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Server(tmp_path) as server:
        async with agent_page(server, "bo") as (page, _):
            contact = (await queue_up(server))["contact"]["id"]
            offer = await page.wait_for("reservation.created")
            await page.request("reservation.accept", contact=contact, epoch=offer["epoch"])
            await page.request("call.hang_up", contact=contact)
        for _ in range(5):
            await queue_up(server, priority=3)
        recorded = server.metric("mediacore_journal_commands_total")
        assert recorded >= 10
        # What was answered a moment ago is on its way to the file.
        eventually(
            lambda: server.metric("mediacore_journal_commands_total") == recorded,
            "a journal at rest",
        )
        server.kill()
        server.start()
        assert server.metric("mediacore_journal_lost_total") == 0
    journal = tmp_path / "data" / "journal"
    killed, stopped = _replay(journal, capsys)
    assert killed["end"] in ("open", "cut")
    assert killed["commands"] >= recorded
    assert killed["proven"] == killed["commands"] - 1
    # It begins with an empty floor, and who waited was put back by commands.
    assert stopped["end"] == "closed"
    assert stopped["proven"] == stopped["commands"] >= 5
    names = json.loads((journal / Path(stopped["run"]).name / "names.json").read_text())
    assert "general" in {queue["id"] for queue in names["queues"].values()}
