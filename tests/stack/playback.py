"""Look at and listen to a finished recording, as somebody who has only the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from media import files, pattern, speech
from media.pattern import Mark, Owner

# Every frame is decoded, but to look at each would only cost time.
_LOOK_EVERY = 5


@dataclass
class Video:
    """One video track as it was seen. Times in seconds from the start of the file."""

    width: int
    height: int
    codec: str
    frames: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    marks: list[Mark] = field(default_factory=list)
    fake_screen_seen: bool = False

    def owners(self) -> set[Owner]:
        return {mark.owner for mark in self.marks}


@dataclass
class Audio:
    """One audio track as it was heard: mono samples at 48 kHz."""

    title: str
    codec: str
    samples: NDArray[np.float32]

    def likeness(self, owner: Owner) -> float:
        return speech.likeness(self.samples, files.spoken(owner))


@dataclass
class Playback:
    duration_s: float
    videos: list[Video]
    audios: list[Audio]


def play(path: Path) -> Playback:
    """Decode the whole file; any error of the decoder is an error of the recording."""
    with av.open(path) as container:
        assert container.duration is not None, "the file says no duration: a player can't seek"
        playback = Playback(container.duration / av.time_base, [], [])
    # One pass per track keeps the memory small: a call has more frames than fit.
    with av.open(path) as container:
        videos, audios = len(container.streams.video), len(container.streams.audio)
    for index in range(videos):
        playback.videos.append(_watch(path, index))
    for index in range(audios):
        playback.audios.append(_listen(path, index))
    return playback


def _watch(path: Path, index: int) -> Video:
    with av.open(path) as container:
        stream = container.streams.video[index]
        stream.thread_type = "AUTO"
        video = Video(stream.width, stream.height, stream.codec_context.name)
        for frame in container.decode(stream):
            if video.frames == 0:
                video.first_s = frame.time
            video.last_s = frame.time
            video.width, video.height = frame.width, frame.height
            if video.frames % _LOOK_EVERY == 0:
                mark = pattern.read(frame.to_ndarray(format="gray"))
                if mark is not None:
                    video.marks.append(mark)
                elif pattern.is_fake_screen(frame.to_ndarray(format="rgb24")):
                    video.fake_screen_seen = True
            video.frames += 1
        return video


def _listen(path: Path, index: int) -> Audio:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=speech.SAMPLE_RATE)
    pieces = []
    with av.open(path) as container:
        stream = container.streams.audio[index]
        for frame in container.decode(stream):
            pieces += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        title = stream.metadata.get("title", "")
        codec = stream.codec_context.name
    return Audio(title, codec, np.concatenate(pieces) if pieces else np.zeros(0, np.float32))
