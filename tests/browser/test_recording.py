"""The recording: what the file shows and sounds like, and when nothing may be written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from media.pattern import Owner
from stack.cast import Cast
from stack.playback import play
from stack.recordings import download, finished
from stack.waiting import eventually


def test_both_sides_and_the_screen_are_in_the_file(cast: Cast, tmp_path: Path) -> None:
    visitor, agent = cast.call("support")
    visitor.sees("recording")
    agent.sees("recording")
    before = [page.sent_frames() for page in (visitor, agent)]
    visitor.decodes("agent:camera", width=1280, height=720, frames=120)
    agent.decodes("visitor:camera", width=1280, height=720, frames=30)
    agent.click("toggle-share")
    visitor.decodes("agent:screen", width=1280, height=720, frames=20)
    after = [page.sent_frames() for page in (visitor, agent)]
    contact = cast.end(visitor, agent)

    about = finished(cast.server, contact)
    playback = play(download(cast.server, contact, tmp_path))
    assert abs(playback.duration_s - about["duration_s"]) < 1
    cameras = [video for video in playback.videos if video.marks]
    # One side may begin to send well before the other: the call is from when both are there.
    both_from_s = max(video.first_s for video in cameras)
    connected_s = _until_the_end_s(cast, contact, "contact.connected")
    assert abs(playback.duration_s - both_from_s - connected_s) < 1
    accepted_s = _until_the_end_s(cast, contact, "reservation.accepted")
    assert playback.duration_s < accepted_s + 1

    camera = {owner: video for video in cameras for owner in video.owners()}
    assert len(camera) == len(cameras) == 2
    for owner, early, late in zip((Owner.VISITOR, Owner.AGENT), before, after, strict=True):
        assert (camera[owner].width, camera[owner].height) == (1280, 720)
        ((ssrc, frames),) = early.items()  # no screen yet
        # Chrome itself throws frames away when a keyframe overtakes them.
        assert camera[owner].frames > 0.95 * (late[ssrc] - frames)
    assert any(video.fake_screen_seen for video in playback.videos)

    both, *single = playback.audios
    assert both.likeness(Owner.VISITOR) > 0.3
    assert both.likeness(Owner.AGENT) > 0.3
    for owner in (Owner.VISITOR, Owner.AGENT):
        assert max(audio.likeness(owner) for audio in single) > 0.6


def _until_the_end_s(cast: Cast, contact: str, event_type: str) -> float:
    """From an event of the contact to the end of its call, by the event log."""
    at = {
        event["type"]: event["at"]
        for event in cast.server.get("/events", after=0, limit=1000)
        if event.get("contact") == contact
    }
    return _seconds(at["contact.completed"]) - _seconds(at[event_type])


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_not_a_byte_before_consent_and_none_after_it_is_withdrawn(cast: Cast) -> None:
    visitor, agent = cast.call("private")
    agent.sees("recording-awaiting")
    visitor.sees("consent")
    # Enough of the call that a recorder which ran ahead of the consent would have written.
    agent.decodes("visitor:camera", width=640, height=360, frames=60)
    contact = str(agent.page.evaluate("window.mediacore.call.contact"))
    assert _bytes(cast, contact) == 0

    visitor.click("consent-grant")
    visitor.sees("recording")
    agent.sees("recording")
    eventually(lambda: _bytes(cast, contact) > 10_000, "the capture")
    visitor.click("consent-withdraw")
    agent.find("recording").wait_for(state="detached")
    written = _bytes(cast, contact)
    agent.decodes("visitor:camera", width=640, height=360, frames=30)
    assert _bytes(cast, contact) <= written
    cast.end(visitor, agent)


def test_refused_consent_means_a_call_without_a_recording(cast: Cast) -> None:
    visitor, agent = cast.call("private")
    visitor.click("consent-refuse")
    agent.find("recording-awaiting").wait_for(state="detached")
    contact = cast.end(visitor, agent)
    assert cast.server.get(f"/contacts/{contact}")["recording"] == "off"
    assert _bytes(cast, contact) == 0


def _bytes(cast: Cast, contact: str) -> int:
    return sum(
        file.stat().st_size
        for file in (cast.server.recordings / contact).glob("**/*")
        if file.is_file()
    )
