"""An independent WebRTC client (aiortc) that shows the pattern and plays speech."""

from __future__ import annotations

import fractions
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioice.ice
import av
import numpy as np
from aiortc import (
    AudioStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

from media import files, pattern, speech
from media.pattern import Mark, Owner

_AUDIO_STEP = speech.SAMPLE_RATE // 50


class Camera(VideoStreamTrack):  # type: ignore[misc]
    """The owner's pattern at half size: aiortc encodes in Python's process."""

    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._owner = owner
        self._number = 0

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        whole = pattern.draw(Mark(self._owner, self._number % pattern.LOOP_FRAMES))
        frame = av.VideoFrame.from_ndarray(whole, format="yuv420p").reformat(640, 360)
        self._number += 1
        frame.pts, frame.time_base = pts, time_base
        return frame


class Microphone(AudioStreamTrack):  # type: ignore[misc]
    """The owner's sentence, again and again."""

    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._samples = files.spoken(owner)
        self._at = 0

    async def recv(self) -> av.AudioFrame:
        # The silent frame of the base class keeps the pace.
        paced = await super().recv()
        count = _AUDIO_STEP
        indices = (self._at + np.arange(count)) % len(self._samples)
        frame = av.AudioFrame.from_ndarray(self._samples[indices][None, :], "s16", "mono")
        frame.sample_rate = speech.SAMPLE_RATE
        frame.pts, frame.time_base = self._at, fractions.Fraction(1, speech.SAMPLE_RATE)
        del paced
        self._at += count
        return frame


@asynccontextmanager
async def peer() -> AsyncIterator[RTCPeerConnection]:
    """A peer connection on loopback that asks no STUN server."""
    everywhere = aioice.ice.get_host_addresses
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        yield connection
    finally:
        await connection.close()
        aioice.ice.get_host_addresses = everywhere


async def offer_of(connection: RTCPeerConnection) -> str:
    """The whole offer, its candidates included, as WHIP and WHEP want it."""
    await connection.setLocalDescription(await connection.createOffer())
    return str(connection.localDescription.sdp)


async def take_answer(connection: RTCPeerConnection, sdp: str) -> None:
    await connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))


async def see(track: Any, owner: Owner, frames: int) -> tuple[int, int]:
    """Receive until so many frames showed the owner's pattern; the size of the last one."""
    while True:
        frame = await track.recv()
        mark = pattern.read(frame.to_ndarray(format="gray"))
        if mark is not None and mark.owner is owner:
            frames -= 1
        if frames == 0:
            return frame.width, frame.height


async def hear(track: Any, seconds: float) -> Any:
    """Receive so much sound: mono samples at 48 kHz."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=speech.SAMPLE_RATE)
    heard: list[Any] = []
    while sum(map(len, heard)) < seconds * speech.SAMPLE_RATE:
        for part in resampler.resample(await track.recv()):
            heard.append(part.to_ndarray()[0])
    return np.concatenate(heard)
