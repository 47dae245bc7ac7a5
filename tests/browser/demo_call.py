"""One complete call between two headless browsers, summed up in one line (`make demo-call`).

- resolution: the smaller of what the two pages decode
- fps_visitor, fps_agent: frames a second that each page decodes, over some seconds
- join_ms: from the agent's click on "accept" until the later page is connected
- offer_to_media_ms: from a page's first SDP offer to the other's first picture on screen; the later
- recording_s: the length of the file, in which both people were seen and heard
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from media.pattern import Owner
from stack.cast import CALL_STARTS_S, Cast
from stack.participant import Participant, chromium_path
from stack.playback import play
from stack.recordings import download
from stack.server import Server

_WATCH_FRAMES = 150

# Notes in the page when things happen, so that the measuring itself takes no part in it.
_CLOCK_JS = """(() => {
  const at = (window.demo = {});
  const describe = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function (...description) {
    at.offer ??= Date.now();
    this.addEventListener("connectionstatechange", () => {
      if (this.connectionState === "connected") at.connected ??= Date.now();
    });
    return describe.apply(this, description);
  };
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-testid=accept]")) at.accept ??= Date.now();
  }, true);
  const search = setInterval(() => {
    const video = document.querySelector("[data-testid=remote-video] video");
    if (!video) return;
    clearInterval(search);
    video.requestVideoFrameCallback(() => { at.picture = Date.now(); });
  }, 10);
})()"""


def _frame_rate(person: Participant, source: str) -> float:
    began_s, before = time.monotonic(), person.received()[source].frames
    after = person.decodes(source, width=1, height=1, frames=_WATCH_FRAMES)
    return (after.frames - before) / (time.monotonic() - began_s)


def _clock(person: Participant) -> dict[str, int]:
    return dict(person.page.evaluate("window.demo"))


def run(folder: Path) -> str:
    """The line of figures. Raises AssertionError or playwright's Error with the cause."""
    assert chromium_path(), "chromium is missing: scripts/install-system-packages"
    with (
        sync_playwright() as playwright,
        Server(folder) as server,
        Cast(playwright, server) as cast,
    ):
        agent, visitor = cast.agent(), cast.visitor()
        for person in (agent, visitor):
            person.page.evaluate(_CLOCK_JS)
        cast.join(visitor, "support", "Ada")
        agent.sees("offer")
        agent.click("accept")
        visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
        agent.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
        seen_by_visitor = visitor.decodes("agent:camera", width=1280, height=720, frames=1)
        seen_by_agent = agent.decodes("visitor:camera", width=1280, height=720, frames=1)
        visitor.hears("agent:microphone")
        agent.hears("visitor:microphone")
        fps_visitor = _frame_rate(visitor, "agent:camera")
        fps_agent = _frame_rate(agent, "visitor:camera")
        clocks = _clock(visitor), _clock(agent)
        contact = cast.end(visitor, agent)
        playback = play(download(server, contact, folder))
    seen = {owner for video in playback.videos for owner in video.owners()}
    assert seen == {Owner.VISITOR, Owner.AGENT}, f"the recording shows {seen}"
    for owner in Owner:
        likeness = max(audio.likeness(owner) for audio in playback.audios)
        assert likeness > 0.6, f"{owner.name} is not heard in the recording ({likeness:.2f})"

    accepted = clocks[1]["accept"]
    join_ms = max(clock["connected"] for clock in clocks) - accepted
    offer_to_media_ms = max(clock["picture"] - clock["offer"] for clock in clocks)
    width = min(seen_by_visitor.width, seen_by_agent.width)
    height = min(seen_by_visitor.height, seen_by_agent.height)
    return (
        f"demo-call: ok resolution={width}x{height} fps_visitor={fps_visitor:.1f} "
        f"fps_agent={fps_agent:.1f} join_ms={join_ms} offer_to_media_ms={offer_to_media_ms} "
        f"recording_s={playback.duration_s:.1f}"
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        try:
            print(run(Path(folder)))
        except (AssertionError, Error) as cause:
            print(f"demo-call: failed: {cause}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
