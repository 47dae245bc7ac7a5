"""The pictures in the documents, taken from the real pages (`make pictures`)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from media.pattern import Owner
from repository import ROOT
from stack.cast import CALL_STARTS_S, Cast
from stack.participant import Participant
from stack.server import Server

IMAGES = ROOT / "docs" / "images"
_VIEW = {"width": 1200, "height": 750}


def _say(person: Participant, text: str) -> None:
    person.find("chat-input").fill(text)
    person.click("chat-send")
    person.page.get_by_test_id("chat-message").get_by_text(text).wait_for()


def _shoot(person: Participant, name: str) -> None:
    person.page.screenshot(path=IMAGES / f"{name}.png")


def take(playwright: Playwright, server: Server) -> None:
    with Cast(playwright, server) as cast:
        agent = cast.agent("Bo Lindqvist", **_VIEW)
        visitor = cast.visitor("support", "Ada Okafor", **_VIEW)
        agent.sees("offer")
        agent.click("accept")
        visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
        agent.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
        visitor.click("toggle-chat")
        agent.click("toggle-chat")
        _say(visitor, "The light on the front blinks red.")
        _say(agent, "I see it. Please hold the label on the back into the camera.")
        visitor.decodes("agent:camera", width=1280, height=720, frames=30)
        agent.decodes("visitor:camera", width=1280, height=720, frames=30)

        waiting = cast.visitor("support", "Grace Kim", **_VIEW)
        last = cast.visitor("support", "Lin Wei", language="zh", **_VIEW)
        last.page.locator('[data-testid="waiting"][data-position="2"]').wait_for()
        supervisor = cast.supervisor(**_VIEW)
        supervisor.page.locator('[data-testid="call-row"]').wait_for()
        supervisor.find("total-waiting").get_by_text("2").wait_for()

        _shoot(agent, "agent")
        _shoot(waiting, "visitor")
        _shoot(supervisor, "supervisor")
        _shoot(last, "visitor-zh")
        cast.end(visitor, agent)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        take(playwright, server)


if __name__ == "__main__":
    main()
