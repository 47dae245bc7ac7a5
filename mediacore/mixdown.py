"""All voices in one Opus stream, so that any player plays both sides of a call.

Samples are float32 at 48 kHz, mono, full scale 1.0.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext

Samples: TypeAlias = npt.NDArray[np.float32]

RATE = 48_000
BLOCK = 960
"""Samples per encoded packet: 20 ms, what Opus does best."""

PACKET_MAX = 5760
"""Samples of the longest Opus packet, 120 ms (RFC 6716 section 2.1.4)."""

KNEE = 0.8
"""Level from which sums of loud voices are bent instead of cut."""


def voice_decoder() -> AudioCodecContext:
    """A fresh Opus decoder; each track needs one of its own, as Opus has memory."""
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext), "Opus is audio"
    decoder.sample_rate = RATE
    decoder.layout = "mono"  # libopus mixes the channels down itself
    return decoder


def decode(decoder: AudioCodecContext, packet: bytes) -> Samples:
    """The packet's samples; none when it is damaged."""
    try:
        frames = decoder.decode(av.Packet(packet))
    except av.FFmpegError:
        return np.zeros(0, np.float32)
    parts = [frame.to_ndarray()[0] for frame in frames]
    samples = np.concatenate(parts) if parts else np.zeros(0, np.int16)
    return samples.astype(np.float32) / np.float32(32768)


def mix(voices: Iterable[tuple[int, Samples]], length: int) -> Iterator[Samples]:
    """Sum voices into blocks of BLOCK samples, `length` samples in all (rounded up).

    Each voice piece comes with the sample index it starts at, in ascending order of it. Where
    nobody speaks there is silence.
    """
    window = np.zeros(BLOCK + PACKET_MAX, np.float32)
    begin = 0  # the index of the window's first sample
    for start, samples in voices:
        while start >= begin + BLOCK and begin < length:
            yield soft_clip(window[:BLOCK])
            window[:-BLOCK] = window[BLOCK:]
            window[-BLOCK:] = 0
            begin += BLOCK
        if begin >= length:
            return
        at = max(0, start - begin)
        samples = samples[:PACKET_MAX]
        window[at : at + len(samples)] += samples
    while begin < length:
        yield soft_clip(window[:BLOCK])
        window[:-BLOCK] = window[BLOCK:]
        window[-BLOCK:] = 0
        begin += BLOCK


def soft_clip(samples: Samples) -> Samples:
    """The same below KNEE; above it bent toward, and never beyond, full scale."""
    size = np.abs(samples)
    bent = KNEE + (1 - KNEE) * np.tanh((size - KNEE) / (1 - KNEE))
    return np.where(size <= KNEE, samples, np.copysign(bent, samples)).astype(np.float32)
