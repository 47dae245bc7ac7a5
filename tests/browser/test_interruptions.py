"""A page is closed, the server is killed: the others' call goes on or comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from media.pattern import Owner
from stack.cast import CALL_STARTS_S, Cast
from stack.playback import play
from stack.recordings import download
from stack.server import Server


@pytest.fixture
def cast(playwright: Playwright, tmp_path: Path) -> Iterator[Cast]:
    """With a server of their own: one test kills it."""
    with Server(tmp_path) as server, Cast(playwright, server) as people:
        yield people


def test_an_agent_whose_page_is_closed_is_replaced(cast: Cast) -> None:
    visitor, agent = cast.call()
    agent.page.close()
    visitor.sees("returned", within_s=3 * cast.server.heartbeat_timeout_s)
    second = cast.agent("Cleo", ready=False)
    second.click("go-ready")
    second.sees("offer")
    second.click("accept")
    visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
    second.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
    cast.end(visitor, second)


def test_a_recorded_call_comes_back_after_kill_9(cast: Cast, tmp_path: Path) -> None:
    visitor, agent = cast.call("support")
    contact = str(agent.page.evaluate("window.mediacore.call.contact"))
    agent.decodes("visitor:camera", width=1280, height=720, frames=30)
    cast.server.kill()
    visitor.sees("reconnecting")
    cast.server.start()
    for person in (visitor, agent):
        person.find("reconnecting").wait_for(state="detached")
    visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
    agent.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
    assert cast.end(visitor, agent) == contact

    playback = play(download(cast.server, contact, tmp_path))
    cameras = [video for video in playback.videos if video.marks]
    assert {owner for video in cameras for owner in video.owners()} == set(Owner)
