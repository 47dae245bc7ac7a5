"""Spoken messages: what a browser has recorded, made into one Opus stream that any player plays."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import av

from mediacore.mixdown import RATE

FORMATS: Final = {
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "mp4",
    "audio/wav": "wav",
}
"""What may come in, by media type. Named, so that nothing opens as a list of other files."""

LENGTH_MAX_S: Final = 120
BIT_RATE: Final = 32_000


class NotSpoken(ValueError):
    """The bytes are no sound of that type, or none that is kept."""


def write(sound: bytes, media_type: str, path: Path) -> float:
    """Write the sound to `path` as Opus in WebM, mono; return its length in seconds.

    Blocks for up to a second or two. Raises NotSpoken (other type, damaged, silent by being empty,
    longer than LENGTH_MAX_S), OSError.
    """
    if media_type not in FORMATS:
        raise NotSpoken(f"the type is one of {', '.join(FORMATS)}")
    try:
        with (
            av.open(io.BytesIO(sound), "r", format=FORMATS[media_type]) as source,
            av.open(str(path), "w", format="webm") as target,
        ):
            samples = _transcode(source, target)
    except av.FFmpegError as error:
        raise NotSpoken(f"it can't be read as {media_type} ({error.strerror})") from None
    if samples == 0:
        raise NotSpoken("there is no sound in it")
    return samples / RATE


def _transcode(source: av.container.InputContainer, target: av.container.OutputContainer) -> int:
    """The samples written."""
    if not source.streams.audio:
        raise NotSpoken("there is no sound in it")
    voice = target.add_stream("libopus", rate=RATE, bit_rate=BIT_RATE, layout="mono")
    resampler = av.AudioResampler("s16", "mono", RATE)
    samples = 0

    def put(frame: av.AudioFrame | None) -> None:
        nonlocal samples
        for piece in resampler.resample(frame):
            piece.pts = samples
            samples += piece.samples
            if samples > LENGTH_MAX_S * RATE:
                raise NotSpoken(f"it is longer than {LENGTH_MAX_S} s")
            target.mux(voice.encode(piece))

    for frame in source.decode(source.streams.audio[0]):
        put(frame)
    put(None)
    target.mux(voice.encode(None))
    return samples
