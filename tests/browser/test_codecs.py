"""Every video codec that both browsers know is passed through and recorded as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.pattern import Owner
from stack.cast import Cast
from stack.playback import play
from stack.recordings import download


@pytest.mark.parametrize("codec", ["VP8", "H264", "VP9", "AV1"])
def test_both_see_each_other_and_the_file_shows_both(
    cast: Cast, codec: str, tmp_path: Path
) -> None:
    visitor, agent = cast.call("support", codec=codec)
    for person, other in ((visitor, "agent"), (agent, "visitor")):
        camera = person.decodes(f"{other}:camera", width=1280, height=720, frames=20)
        assert camera.codec == f"video/{codec}"
    contact = cast.end(visitor, agent)
    cameras = play(download(cast.server, contact, tmp_path)).videos
    assert {frozenset(video.owners()) for video in cameras} == {
        frozenset({Owner.VISITOR}),
        frozenset({Owner.AGENT}),
    }
    for video in cameras:
        assert (video.width, video.height) == (1280, 720)
