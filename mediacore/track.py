"""One track log as the remuxer sees it: its frames in wall-clock time, and its pictures' size."""

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import av
import msgspec
from av.container import InputContainer

from mediacore._bridge import Frame, read_track_log

ANCHOR_US = 10_000_000
"""Span at a track's start over which the least delayed frame is looked for; browsers report their
clock, which puts sound and picture together, every 5 s at the latest."""

REANCHOR_US = 10_000_000
"""A frame this far off its place was sent on a new time base (the sender restarted)."""

GAP_US = 1_000_000
"""A pause between frames that is counted as a gap."""

PIXELS_MAX = 7680 * 4320
"""A larger picture is a lie in a header, told to make us allocate memory."""

CLOCK_RATE = 90_000
"""Ticks per second of video (RFC 3551 section 5)."""

IVF_CODES = {"vp8": b"VP80", "vp9": b"VP90", "av1": b"AV01"}


class TrackHeader(msgspec.Struct, frozen=True):
    """The head of a track log."""

    source: str
    label: str
    kind: str
    codec: str
    clock_rate: int


class TimedFrame(NamedTuple):
    """A frame and when it was spoken or shown, microseconds since the Unix epoch."""

    time_us: int
    data: bytes
    keyframe: bool


@dataclass(frozen=True)
class TrackSurvey:
    """What one pass over a log tells. Times in microseconds since the Unix epoch."""

    path: str
    header: TrackHeader
    codec: str
    offset_us: int
    start_us: int
    end_us: int
    frames: int
    incomplete: int
    uncaptured_packets: int
    gaps: int
    width: int
    height: int
    keyframe: bytes  # of the largest size seen: players lay out the window by it

    def __iter__(self) -> Iterator[TimedFrame]:
        """The frames from the first keyframe on."""
        frames = placed(
            read_track_log(self.path), self.codec, self.header.clock_rate, self.offset_us
        )
        started = False
        for frame in frames:
            started = started or frame.keyframe
            if started:
                yield frame


def survey(path: str) -> TrackSurvey | None:
    """Read the log through once; None when nothing in it can be played. Raises OSError."""
    try:
        log = read_track_log(path)
    except ValueError:
        return None  # the process died while the header was being written
    header = msgspec.json.decode(log.header, type=TrackHeader)
    codec = header.codec.lower()
    offset_us = anchor(path, header.clock_rate)
    frames = gaps = start_us = end_us = 0
    size, largest = (0, 0), b""
    captured = iter(log)
    for frame in placed(captured, codec, header.clock_rate, offset_us):
        if not frames:
            if not frame.keyframe:
                continue
            start_us = end_us = frame.time_us
        frames += 1
        gaps += frame.time_us - end_us > GAP_US
        end_us = frame.time_us
        if header.kind == "video" and frame.keyframe:
            found = picture_size(codec, frame.data)
            if size[0] * size[1] < found[0] * found[1] <= PIXELS_MAX:
                size, largest = found, frame.data
    if not frames or (header.kind == "video" and not largest):
        return None
    return TrackSurvey(
        path,
        header,
        codec,
        offset_us,
        start_us,
        end_us,
        frames,
        captured.incomplete,
        captured.uncaptured_packets,
        gaps,
        *size,
        largest,
    )


def anchor(path: str, clock_rate: int) -> int:
    """Wall-clock time of media time 0, in microseconds since the Unix epoch.

    Delay only ever adds, so the least delayed frame of the first seconds is nearest to the truth.
    """
    offset_us, first_us = None, 0
    for frame in read_track_log(path):
        media_us = frame.pts_ticks * 1_000_000 // clock_rate
        if offset_us is None:
            offset_us, first_us = frame.captured_us - media_us, media_us
        if abs(media_us - first_us) > ANCHOR_US:
            break
        offset_us = min(offset_us, frame.captured_us - media_us)
    return offset_us or 0


def placed(
    frames: Iterable[Frame], codec: str, clock_rate: int, offset_us: int
) -> Iterator[TimedFrame]:
    """Frames at their wall-clock times, which never run back.

    AV1 that is cut wrongly is left out: a muxer would give up over it.
    """
    time_us = None
    for frame in frames:
        if codec == "av1" and not whole_units(frame.data):
            continue
        media_us = frame.pts_ticks * 1_000_000 // clock_rate
        if abs(frame.captured_us - media_us - offset_us) > REANCHOR_US:
            offset_us = frame.captured_us - media_us
        time_us = max(media_us + offset_us, time_us or 0)
        yield TimedFrame(time_us, frame.data, frame.keyframe)


def whole_units(unit: bytes) -> bool:
    """Whether a temporal unit falls into units with sizes (AV1 specification section 5.3)."""
    at = 0
    while at < len(unit):
        head = unit[at]
        if head & 0x80 or not head & 0x02:
            return False
        at += 1 + (head >> 2 & 1)
        size = shift = 0
        while True:  # section 4.10.5
            if at >= len(unit) or shift > 28:
                return False
            byte = unit[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        at += size
    return at == len(unit)


def picture_size(codec: str, keyframe: bytes) -> tuple[int, int]:
    """Width and height in pixels of a keyframe; (0, 0) when it can't be read."""
    if codec == "vp8":  # RFC 6386 section 9.1
        if len(keyframe) < 10 or keyframe[3:6] != b"\x9d\x01\x2a":
            return 0, 0
        width, height = struct.unpack_from("<HH", keyframe, 6)
        return width & 0x3FFF, height & 0x3FFF
    try:
        with elementary(codec, keyframe) as source:
            stream = source.streams.video[0]
            return stream.width, stream.height
    except (av.FFmpegError, IndexError):
        return 0, 0


def elementary(codec: str, keyframe: bytes) -> InputContainer:
    """A stream of one picture, opened: what libav knows of it is what a muxer needs.

    Raises av.FFmpegError when the bytes aren't of that codec.
    """
    if codec == "h264":
        return av.open(io.BytesIO(keyframe), "r", format="h264")
    head = struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, IVF_CODES[codec], 0, 0, CLOCK_RATE, 1, 1, 0)
    frame = struct.pack("<IQ", len(keyframe), 0)
    return av.open(io.BytesIO(head + frame + keyframe), "r", format="ivf")
