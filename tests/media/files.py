"""The pattern and the speech as files for Chromium's fake devices."""

from __future__ import annotations

import hashlib
import os
import tempfile
import wave
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from media import pattern, speech
from media.pattern import Mark, Owner

_CACHE = Path(__file__).parents[2] / ".cache" / "media"


def _cached(name: str, *sources: Path) -> Path:
    """Where the file goes: another folder whenever the code that makes it changes."""
    content = hashlib.sha256(b"".join(source.read_bytes() for source in (Path(__file__), *sources)))
    return _CACHE / content.hexdigest()[:16] / name


def _placeholder(target: Path) -> Path:
    """A file beside the target, to be renamed when whole: a stopped run leaves no half a clip."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=target.suffix)
    os.close(handle)
    return Path(name)


def camera_clip(owner: Owner) -> Path:
    """Ten seconds of the owner's picture as Motion JPEG, which Chromium loops at 30 a second."""
    target = _cached(f"{owner.name.lower()}.mjpeg", Path(pattern.__file__))
    if target.exists():
        return target
    unfinished = _placeholder(target)
    with av.open(unfinished, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=pattern.FRAME_RATE)
        stream.width, stream.height, stream.pix_fmt = pattern.WIDTH, pattern.HEIGHT, "yuvj420p"
        stream.codec_context.bit_rate = 12_000_000
        for number in range(pattern.LOOP_FRAMES):
            frame = av.VideoFrame.from_ndarray(pattern.draw(Mark(owner, number)), format="yuvj420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    unfinished.rename(target)
    return target


def microphone_clip(owner: Owner) -> Path:
    """The owner's sentence as WAV (48 kHz, 16 bit, mono), which Chromium plays in a loop."""
    target = _cached(f"{owner.name.lower()}.wav", Path(speech.__file__))
    if target.exists():
        return target
    unfinished = _placeholder(target)
    with wave.open(str(unfinished), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(speech.SAMPLE_RATE)
        sound.writeframes(speech.speak(owner).tobytes())
    unfinished.rename(target)
    return target


def spoken(owner: Owner) -> NDArray[np.int16]:
    """The owner's sentence as samples, to compare with what was heard."""
    with wave.open(str(microphone_clip(owner))) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
