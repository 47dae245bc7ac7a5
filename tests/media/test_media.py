"""The tests' own eyes and ears: what they draw and speak survives a codec and is told apart."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from media import files, pattern, speech
from media.pattern import Mark, Owner


def _through_vp8(frames: list[NDArray[np.uint8]], bit_rate: int) -> list[NDArray[np.uint8]]:
    data = io.BytesIO()
    with av.open(data, "w", format="webm") as container:
        stream = container.add_stream(
            "libvpx", rate=30, options={"deadline": "realtime", "cpu-used": "8"}
        )
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.bit_rate = bit_rate
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="yuv420p")))
        container.mux(stream.encode(None))
    data.seek(0)
    with av.open(data) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def test_every_frame_is_read_back_from_a_low_bit_rate() -> None:
    marks = [Mark(Owner.AGENT, number) for number in range(40)]
    decoded = _through_vp8([pattern.draw(mark) for mark in marks], 500_000)
    assert [pattern.read(frame) for frame in decoded] == marks


@pytest.mark.parametrize("divisor", [2, 4, 8])
def test_a_smaller_picture_is_read_too(divisor: int) -> None:
    mark = Mark(Owner.VISITOR, 299)
    small = pattern.draw(mark)[: pattern.HEIGHT : divisor, ::divisor]
    assert pattern.read(small) == mark


def test_other_pictures_are_not_mistaken() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (720, 1280), np.uint8)
    assert pattern.read(noise) is None
    assert pattern.read(np.zeros((720, 1280), np.uint8)) is None


def test_the_clip_for_chromium_is_whole() -> None:
    with av.open(files.camera_clip(Owner.VISITOR)) as container:
        numbers = [
            pattern.read(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)
        ]
    assert numbers == [Mark(Owner.VISITOR, number) for number in range(pattern.LOOP_FRAMES)]


def _through_opus(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    data = io.BytesIO()
    with av.open(data, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.codec_context.bit_rate = 32_000
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data.seek(0)
    with av.open(data) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def test_speech_is_heard_through_opus_and_told_apart() -> None:
    visitor, agent = files.spoken(Owner.VISITOR), files.spoken(Owner.AGENT)
    # A call joins the loop somewhere in the middle.
    heard = _through_opus(np.tile(np.roll(visitor, 70_000), 2))
    assert speech.likeness(heard, visitor) > 0.7
    assert speech.likeness(heard, agent) < 0.5
    assert speech.loudness_db(heard) > -40
    assert speech.likeness(np.zeros(480_000, np.int16), visitor) == 0
