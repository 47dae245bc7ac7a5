"""A person in front of a Chromium of their own, with a camera and a microphone that play files.

Each person gets a browser process, because the files of the fake devices are options of the
process. What they see is read from the page's peer connection and from the pixels of its videos.
"""

from __future__ import annotations

import base64
import shutil
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Error, Locator, Page, Playwright

from media import files, pattern
from media.pattern import Mark, Owner
from stack.waiting import eventually

# The browser talks to nobody but the server under test.
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_SAMPLE_WIDTH, _SAMPLE_HEIGHT = 320, 180

_RECEIVED_JS = """async () => {
  const pc = window.mediacore?.call?.pc;
  if (!pc) return null;
  const mids = new Map();
  for (const track of window.mediacore.call.remote) {
    const line = pc.getTransceivers().find(
      ({ receiver }) => track.stream?.getTracks().includes(receiver.track));
    if (line) mids.set(line.mid, `${track.role}:${track.source}`);
  }
  const received = {};
  const statistics = await pc.getStats();
  for (const entry of statistics.values()) {
    if (entry.type !== "inbound-rtp" || !mids.has(entry.mid)) continue;
    received[mids.get(entry.mid)] = {
      width: entry.frameWidth ?? 0,
      height: entry.frameHeight ?? 0,
      frames: entry.framesDecoded ?? 0,
      fps: entry.framesPerSecond ?? 0,
      energy: entry.totalAudioEnergy ?? 0,
      packets: entry.packetsReceived ?? 0,
      codec: statistics.get(entry.codecId)?.mimeType ?? "",
    };
  }
  return received;
}"""

_SENT_JS = """async () => {
  const sent = {};
  for (const entry of (await window.mediacore.call.pc.getStats()).values()) {
    if (entry.type === "outbound-rtp" && entry.kind === "video") {
      sent[entry.ssrc] = entry.framesSent;
    }
  }
  return sent;
}"""

# A browser that knows one video codec only.
_ONE_CODEC_JS = """(() => {
  for (const side of [RTCRtpSender, RTCRtpReceiver]) {
    const all = side.getCapabilities.bind(side);
    side.getCapabilities = (kind) => {
      const known = all(kind);
      const others = ["VP8", "VP9", "AV1", "H264", "H265"].filter((name) => name !== "%s");
      known.codecs = known.codecs.filter(
        ({ mimeType }) => !others.some((name) => mimeType === `video/${name}`));
      return known;
    };
  }
})()"""

_PICTURE_JS = """([testid, width, height]) => {
  const video = document.querySelector(`[data-testid="${testid}"] video`);
  if (!video || video.readyState < 2) return null;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, width, height);
  const bytes = context.getImageData(0, 0, width, height).data;
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}"""


@dataclass(frozen=True)
class Received:
    """What the page has decoded from one source of somebody else so far.

    `width` and `height` in pixels, `fps` frames per second now, `energy` the sum of the squared
    loudness over time as getStats counts it.
    """

    width: int
    height: int
    frames: int
    fps: float
    energy: float
    packets: int
    codec: str


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


class Participant:
    """Use as a context manager; leaving it closes the browser."""

    def __init__(
        self,
        playwright: Playwright,
        owner: Owner,
        *,
        devices: Literal["working", "refused", "missing"] = "working",
        language: str = "en",
        width: int = 1280,
        height: int = 800,
        codec: str | None = None,
    ) -> None:
        self._playwright = playwright
        self._owner = owner
        self._devices = devices
        self._view = {"width": width, "height": height}
        self._language = language
        self._codec = codec
        self._errors: list[str] = []

    def __enter__(self) -> Self:
        options = list(_QUIET)
        if self._devices != "missing":
            options.append("--use-fake-device-for-media-stream")
        if self._devices == "working":
            # Says yes to every question; without it a headless browser says no.
            options += [
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={files.camera_clip(self._owner)}",
                f"--use-file-for-fake-audio-capture={files.microphone_clip(self._owner)}",
            ]
        self.browser: Browser = self._playwright.chromium.launch(
            executable_path=chromium_path(), headless=True, args=options
        )
        self.context = self.browser.new_context(
            viewport=self._view, locale={"en": "en-GB", "zh": "zh-CN"}[self._language]
        )
        if self._codec is not None:
            self.context.add_init_script(_ONE_CODEC_JS % self._codec)
        self.page = self.new_page()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.browser.close()
        if error is None:
            assert self._errors == [], self._errors

    def new_page(self) -> Page:
        """One more tab in this browser. What goes wrong in its scripts fails the test."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self._errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self._errors.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        return page

    def text(self) -> str:
        """What is on screen, in one line."""
        try:
            return " | ".join(self.page.inner_text("body", timeout=1_000).split("\n"))
        except Error as error:
            return f"nothing ({error.message})"

    def find(self, testid: str) -> Locator:
        return self.page.get_by_test_id(testid)

    def click(self, testid: str) -> None:
        self.find(testid).first.click()

    def sees(self, testid: str, *, within_s: float = 15.0) -> Locator:
        """Wait until it is on screen."""
        locator = self.find(testid).first
        locator.wait_for(state="visible", timeout=within_s * 1000)
        return locator

    def received(self) -> dict[str, Received]:
        """By role and source ("agent:camera"); empty while there is no connection."""
        found: dict[str, Any] = self.page.evaluate(_RECEIVED_JS) or {}
        return {source: Received(**values) for source, values in found.items()}

    def sent_frames(self) -> dict[str, int]:
        """Pictures that the page has sent so far, by synchronisation source."""
        sent: dict[str, int] = self.page.evaluate(_SENT_JS)
        return sent

    def picture(self, testid: str = "remote-video") -> NDArray[np.uint8] | None:
        """What the video on screen shows now as RGB, or None while it shows nothing."""
        size = [_SAMPLE_WIDTH, _SAMPLE_HEIGHT]
        text = self.page.evaluate(_PICTURE_JS, [testid, *size])
        if text is None:
            return None
        pixels = np.frombuffer(base64.b64decode(text), np.uint8)
        return pixels.reshape(_SAMPLE_HEIGHT, _SAMPLE_WIDTH, 4)[..., :3]

    def mark(self, testid: str = "remote-video") -> Mark | None:
        """Whose picture the video on screen shows, and which frame of it."""
        picture = self.picture(testid)
        return None if picture is None else pattern.read(picture)

    def watches(
        self, owner: Owner, testid: str = "remote-video", *, within_s: float = 20.0
    ) -> None:
        """Wait until the video on screen shows the owner's picture, and moves."""

        def shown() -> Mark | None:
            mark = self.mark(testid)
            return mark if mark is not None and mark.owner is owner else None

        first = eventually(shown, f"the picture of {owner.name}", within_s=within_s)
        eventually(lambda: shown() not in (None, first), f"{owner.name} moving")

    def decodes(
        self, source: str, *, width: int, height: int, frames: int, within_s: float = 30.0
    ) -> Received:
        """Wait until a source comes in at this size, and for so many frames from then on."""

        def large() -> Received | None:
            now = self.received().get(source)
            return now if now and now.width >= width and now.height >= height else None

        before = eventually(large, f"{source} at {width}x{height}", within_s=within_s)

        def enough() -> Received | None:
            now = large()
            return now if now and now.frames >= before.frames + frames else None

        return eventually(enough, f"{frames} more frames of {source}", within_s=within_s)

    def hears(self, source: str, *, within_s: float = 15.0) -> None:
        """Wait until the sound that comes in grows by more than silence would."""

        def energy() -> float:
            now = self.received().get(source)
            return now.energy if now else 0.0

        before = energy()
        # A quiet room gives 1e-6 a second, a voice 1e-2.
        eventually(lambda: energy() > before + 1e-3, f"sound of {source}", within_s=within_s)
