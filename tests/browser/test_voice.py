"""Calls by voice alone: both are heard, nobody is seen, no camera is lit."""

from __future__ import annotations

from pathlib import Path

from media.pattern import Owner
from stack.cast import CALL_STARTS_S, Cast, choose_topic
from stack.participant import Participant
from stack.playback import play
from stack.recordings import download, finished
from stack.waiting import eventually

# Which kinds of tracks a page has asked the browser for and not given back.
_TAKEN_JS = """(() => {
  const taken = (window.taken = []);
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    taken.push(...stream.getTracks());
    return stream;
  };
})()"""

_LIVE_JS = "taken.filter(({ readyState }) => readyState === 'live').map(({ kind }) => kind).sort()"


def sources(participant: Participant) -> list[str]:
    """What the page sends and receives, by role and source for what comes in."""
    received = sorted(participant.received())
    sent = participant.page.evaluate(
        "[...window.mediacore.call.pc.getSenders()].flatMap(({ track }) => track?.kind ?? [])"
    )
    return [*received, *sorted(sent)]


def speaks(cast: Cast, queue: str = "general") -> tuple[Participant, Participant]:
    """A visitor and an agent in a voice call, each hearing the other."""
    agent = cast.agent()
    visitor = cast.visitor()
    visitor.page.evaluate(_TAKEN_JS)
    choose_topic(visitor, queue, "Ada")
    visitor.find("channel-voice").check(force=True)
    visitor.click("devices-start")
    visitor.sees("preview-voice")
    assert visitor.find("preview-video").count() == 0
    visitor.click("join")
    visitor.sees("waiting")
    agent.sees("offer")
    assert "Voice call" in agent.find("offer").inner_text()
    agent.click("accept")
    visitor.hears("agent:microphone", within_s=CALL_STARTS_S)
    agent.hears("visitor:microphone", within_s=CALL_STARTS_S)
    return visitor, agent


def said(listener: Participant, source: str) -> None:
    """Wait for as long as the sentence that is looked for in a recording: 50 packets a second."""
    listener.hears(source)
    enough = listener.received()[source].packets + 400
    eventually(
        lambda: listener.received()[source].packets > enough, f"words of {source}", within_s=30
    )


def test_both_are_heard_and_nobody_is_seen(cast: Cast) -> None:
    visitor, agent = speaks(cast)
    assert sources(visitor) == ["agent:microphone", "audio"]
    assert sources(agent) == ["visitor:microphone", "audio"]
    assert visitor.page.evaluate(_LIVE_JS) == ["audio"]
    for page in (visitor, agent):
        assert page.find("own-video").count() == page.find("toggle-camera").count() == 0
        assert page.find("remote-video").locator("video").count() == 0
        page.page.keyboard.press("v")  # no key turns a camera on
    assert sources(visitor) == ["agent:microphone", "audio"]
    visitor.page.reload()
    visitor.hears("agent:microphone", within_s=CALL_STARTS_S)
    agent.hears("visitor:microphone", within_s=CALL_STARTS_S)
    assert sources(visitor) == ["agent:microphone", "audio"]
    assert sources(agent) == ["visitor:microphone", "audio"]
    cast.end(visitor, agent)


def test_the_next_video_call_has_the_camera_again(cast: Cast) -> None:
    visitor, agent = speaks(cast)
    cast.end(visitor, agent)
    visitor.page.close()
    second = cast.visitor("general", "Grace")
    agent.sees("offer")
    agent.click("accept")
    second.watches(Owner.AGENT, within_s=CALL_STARTS_S)
    agent.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
    cast.end(second, agent)


def test_the_recording_has_both_voices_and_no_picture(cast: Cast, tmp_path: Path) -> None:
    visitor, agent = speaks(cast, "support")
    agent.sees("recording")
    for page, source in ((visitor, "agent:microphone"), (agent, "visitor:microphone")):
        said(page, source)
    contact = cast.end(visitor, agent)
    about = finished(cast.server, contact)
    playback = play(download(cast.server, contact, tmp_path))
    assert abs(playback.duration_s - about["duration_s"]) < 1
    assert playback.videos == []
    both, *single = playback.audios
    for owner in (Owner.VISITOR, Owner.AGENT):
        assert both.likeness(owner) > 0.3
        assert max(audio.likeness(owner) for audio in single) > 0.6


def test_who_chooses_video_after_voice_is_seen_in_the_preview(cast: Cast) -> None:
    visitor = cast.visitor()
    visitor.page.evaluate(_TAKEN_JS)
    choose_topic(visitor, "general", "Ada")
    visitor.find("channel-voice").check(force=True)
    visitor.click("devices-start")
    visitor.sees("preview-voice")
    visitor.find("channel-video").check(force=True)
    visitor.watches(Owner.VISITOR, "preview-video")
    visitor.find("channel-voice").check(force=True)
    visitor.sees("preview-voice")
    eventually(lambda: visitor.page.evaluate(_LIVE_JS) == ["audio"], "the camera being released")
