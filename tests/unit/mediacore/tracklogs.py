"""Track logs as the native writer makes them, from pictures and tones encoded here.

The format is described in native/io/src/capture/log.rs; the payloads follow RFC 7741 (VP8), RFC
6184 (H.264), RFC 9628 (VP9), the AV1 payload format and RFC 7587 (Opus).
"""

import json
import random
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

STARTED_US = 1_800_000_000_000_000
PAYLOAD_BYTES = 1100
FPS = 15

ENCODERS = {
    "vp8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    "h264": ("libx264", {"tune": "zerolatency", "preset": "ultrafast"}),
    "av1": ("libsvtav1", {"preset": "12", "svtav1-params": "pred-struct=1:lookahead=0"}),
}


def picture(number, width, height):
    """A grey ramp that moves, with a white bar `number` pixels from the left."""
    planes = np.full((height * 3 // 2, width), 128, np.uint8)
    planes[:height] = (np.arange(width) // 2 + number) % 120
    planes[:height, number % width : number % width + 8] = 255
    return av.VideoFrame.from_ndarray(planes, "yuv420p")


def video(codec, width, height, seconds):
    """Encoded frames; the first is a keyframe, the only one."""
    name, options = ENCODERS[codec]
    encoder = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    encoder.gop_size, encoder.options = 10_000, options
    packets = []
    for number in range(round(seconds * FPS)):
        frame = picture(number, width, height)
        frame.pts = number
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in [*packets, *encoder.encode(None)]]


def tone(hertz, seconds, level=0.3):
    """Opus packets of 20 ms each."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "flt"
    packets = []
    for number in range(round(seconds * 50)):
        t = (np.arange(960) + number * 960) / 48_000
        samples = (level * np.sin(2 * np.pi * hertz * t)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2).reshape(1, -1), "flt", "stereo")
        frame.sample_rate, frame.pts = 48_000, number * 960
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in packets]


def payloads(codec, frame):
    """RTP payloads of one frame."""
    if codec == "opus":
        return [frame]
    if codec == "h264":
        return [payload for unit in units(frame) for payload in fragments(unit)]
    if codec == "av1":
        return av1_payloads(frame)
    chunks = [frame[at : at + PAYLOAD_BYTES] for at in range(0, len(frame), PAYLOAD_BYTES)]
    if codec == "vp8":
        return [bytes([0x10 if n == 0 else 0]) + chunk for n, chunk in enumerate(chunks)]
    # Not predicted from other pictures (P) only in a keyframe; no picture ids.
    predicted = 0x40 if frame[0] & 0x04 else 0
    last = len(chunks) - 1
    return [
        bytes([predicted | (0x08 if n == 0 else 0) | (0x04 if n == last else 0)]) + chunk
        for n, chunk in enumerate(chunks)
    ]


def units(frame):
    """NAL units of an Annex B frame."""
    parts = frame.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part for part in parts if part]


def fragments(unit):
    if len(unit) <= PAYLOAD_BYTES:
        return [unit]
    chunks = [unit[at : at + PAYLOAD_BYTES] for at in range(1, len(unit), PAYLOAD_BYTES)]
    indicator, kind, last = unit[0] & 0xE0 | 28, unit[0] & 0x1F, len(chunks) - 1
    return [
        bytes([indicator, kind | (0x80 if n == 0 else 0) | (0x40 if n == last else 0)]) + chunk
        for n, chunk in enumerate(chunks)
    ]


def av1_payloads(frame):
    """One packet with one element per unit, each with its length; big ones go on in the next."""
    first = 0x08 if any(unit[0] >> 3 & 0xF == 1 for unit in obus(frame)) else 0
    body = b"".join(bytes(leb128(len(unit))) + unit for unit in obus(frame))
    return [bytes([first]) + body]


def obus(frame):
    """Units of a temporal unit without their sizes; the delimiter is left out."""
    found, at = [], 0
    while at < len(frame):
        head = frame[at]
        size = shift = 0
        at += 1
        while True:
            byte = frame[at]
            size, shift, at = size | (byte & 0x7F) << shift, shift + 7, at + 1
            if not byte & 0x80:
                break
        if head >> 3 & 0xF != 2:
            found.append(bytes([head & ~0x02]) + frame[at : at + size])
        at += size
    return found


def leb128(number):
    while True:
        yield number & 0x7F | (0x80 if number > 0x7F else 0)
        number >>= 7
        if not number:
            return


class LogWriter:
    """One log; `at_s` counts from STARTED_US."""

    def __init__(self, path, source, label, codec, seed=1):
        self.path = Path(path)
        self.codec = codec
        self.audio = codec == "opus"
        self.clock_rate = 48_000 if self.audio else 90_000
        self._random = random.Random(seed)
        self._sequence = self._random.randrange(1 << 16)
        self.base = self._random.randrange(1 << 32)
        header = {
            "room": 1,
            "track": int(self.path.stem),
            "participant": 1,
            "label": label,
            "source": source,
            "kind": "audio" if self.audio else "video",
            "codec": codec,
            "clock_rate": self.clock_rate,
            "started_unix_us": STARTED_US,
        }
        self.path.write_bytes(b"MCLOG\x01\r\n")
        self._record(b"\0" + json.dumps(header).encode())

    def frames(self, frames, at_s, *, every_s=None, delay_ms=20, jitter_ms=40, ssrc=7):
        """Append frames sent from `at_s` on, each late by the delay and up to the jitter."""
        every_s = every_s or (0.02 if self.audio else 1 / FPS)
        for number, frame in enumerate(frames):
            media_s = at_s + number * every_s
            late_ms = delay_ms + self._random.uniform(0, jitter_ms) * (number % 5 != 0)
            arrival_us = STARTED_US + round(media_s * 1e6 + late_ms * 1e3)
            ticks = (self.base + round(media_s * self.clock_rate)) % (1 << 32)
            self.packets(payloads(self.codec, frame), ticks, arrival_us, ssrc)
        return self

    def packets(self, payloads, ticks, arrival_us, ssrc=7, *, ended=True):
        """Append one frame's packets; not `ended`: the sender left out the last ones."""
        for number, payload in enumerate(payloads):
            marker = ended and number == len(payloads) - 1
            self._record(
                b"\1"
                + struct.pack("<qIQII", arrival_us, 0, self._sequence, ssrc, ticks)
                + bytes([111, marker])
                + payload
            )
            self._sequence += 1

    def uncaptured(self, packets, at_s):
        """Append the note that the writer was too slow for some packets."""
        self._record(b"\2" + struct.pack("<qQ", STARTED_US + round(at_s * 1e6), packets))
        self._sequence += packets
        return self

    def _record(self, body):
        with self.path.open("ab") as file:
            file.write(struct.pack("<II", len(body), zlib.crc32(body)) + body)
