"""From track logs to one playable file: what was sent is kept as it was sent.

First comes an audio track with all voices mixed, which is what players play; then each
participant's own audio and video, not transcoded. WebM where its codecs allow, else Matroska.
"""

from __future__ import annotations

import hashlib
import heapq
import io
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import msgspec
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream

from mediacore import mixdown
from mediacore.durable import settle
from mediacore.errors import NothingRecorded, RecordingError
from mediacore.track import TrackSurvey, elementary, survey

NICENESS = 15
"""Running calls come first."""

MIX_TITLE = "both voices"
MIX_BITRATE = 64_000
MIX_COMPLEXITY = "4"  # of 10; at this rate nobody hears the difference, and it halves the time
MICROSECONDS = Fraction(1, 1_000_000)
OPUS_FRAME_US = 20_000
WEBM_CODECS = {"opus", "vp8", "vp9", "av1"}
VERIFY_SLACK_S = 1.0


class RecordedTrack(msgspec.Struct, frozen=True, omit_defaults=True):
    """A track of the file, in the file's order.

    Not in the file: `incomplete` frames, which came in part; `damaged` ones, sent so broken that no
    file can hold them; `uncaptured_packets`, for which the disk was too slow. `gaps` are pauses of
    more than a second: held, muted, reconnected. Not `playable`: nothing in the track can be
    decoded, though it is in the file as it was sent.
    """

    title: str
    kind: str
    codec: str
    frames: int
    incomplete: int = 0
    damaged: int = 0
    uncaptured_packets: int = 0
    gaps: int = 0
    width: int = 0
    height: int = 0
    playable: bool = True


class RemuxedFile(msgspec.Struct, frozen=True):
    """The finished file, next to which it was asked for."""

    file: str
    duration_s: float
    size_bytes: int
    sha256: str
    tracks: tuple[RecordedTrack, ...]


@dataclass
class Lane:
    """One track of the file: a source of one participant, through any number of reconnections."""

    parts: list[TrackSurvey] = field(default_factory=list)

    @property
    def first(self) -> TrackSurvey:
        return self.parts[0]

    @property
    def title(self) -> str:
        header = self.first.header
        return f"{header.source} {header.label}".strip()

    @property
    def largest(self) -> TrackSurvey:
        return max(self.parts, key=lambda part: part.width * part.height)

    @property
    def recorded(self) -> RecordedTrack:
        return RecordedTrack(
            title=self.title,
            kind=self.first.header.kind,
            codec=self.first.codec,
            frames=sum(part.frames for part in self.parts),
            incomplete=sum(part.incomplete for part in self.parts),
            uncaptured_packets=sum(part.uncaptured_packets for part in self.parts),
            gaps=sum(part.gaps for part in self.parts) + len(self.parts) - 1,
            width=self.largest.width,
            height=self.largest.height,
        )


class Timed(NamedTuple):
    """A packet in the order it goes into the file."""

    time_us: int
    lane: int
    packet: av.Packet[Any]


def remux_in_background(
    logs: list[str], target: str, started_us: int, ended_us: int
) -> RemuxedFile:
    """As `remux`, for a process of its own: behind running calls, and not ended by Ctrl-C.

    The server drains on SIGINT and SIGTERM, which a terminal or a supervisor sends to its
    processes all together; it waits for this one.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    return remux(logs, target, started_us, ended_us)


def remux(logs: list[str], target: str, started_us: int, ended_us: int = 0) -> RemuxedFile:
    """Make `target` plus .webm or .mkv from the track logs, and check it by reading it back.

    `started_us` and `ended_us` (0: unknown) are the recording's beginning and end, microseconds
    since the Unix epoch; silence is kept between them. The file appears only when it is complete.
    Raises NothingRecorded, and RecordingError when the check fails.
    """
    surveys = [found for found in map(survey, logs) if found is not None]
    if not surveys:
        raise NothingRecorded("no frame was captured")
    lanes = arrange(surveys)
    webm = all(lane.first.codec in WEBM_CODECS for lane in lanes)
    final = Path(f"{target}.webm" if webm else f"{target}.mkv")
    fresh = final.with_suffix(f"{final.suffix}.part")
    end_us = max(found.end_us for found in surveys) + OPUS_FRAME_US
    if any(found.header.source == "microphone" for found in surveys):
        end_us = max(end_us, ended_us)  # held or muted to the end: the mix goes on in silence
    started_us = min(started_us, *(found.start_us for found in surveys))
    duration_s = (end_us - started_us) / 1e6
    tracks = _write(fresh, "webm" if webm else "matroska", lanes, started_us, end_us)
    tracks = _verify(fresh, tracks, duration_s)
    with fresh.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    settle(fresh, final)
    return RemuxedFile(final.name, duration_s, final.stat().st_size, digest, tracks)


def arrange(surveys: list[TrackSurvey]) -> list[Lane]:
    """Put logs of the same source one after the other in one lane; audio lanes first.

    A page that was reloaded begins new tracks; a player should see the participant once.
    """
    lanes: list[Lane] = []
    for found in sorted(surveys, key=lambda found: found.start_us):
        key = (found.header.label, found.header.source, found.codec)
        for lane in lanes:
            last = lane.parts[-1]
            same = (last.header.label, last.header.source, last.codec) == key
            if same and last.end_us <= found.start_us:
                lane.parts.append(found)
                break
        else:
            lanes.append(Lane([found]))
    return sorted(lanes, key=lambda lane: lane.first.header.kind != "audio")


def _write(
    fresh: Path, container: str, lanes: list[Lane], started_us: int, end_us: int
) -> tuple[RecordedTrack, ...]:
    microphones = [lane for lane in lanes if lane.first.header.source == "microphone"]
    tracks = [lane.recorded for lane in lanes]
    with ExitStack() as stack:
        output = stack.enter_context(av.open(str(fresh), "w", format=container))
        sources: list[Iterator[Timed]] = []
        if microphones:
            mixed = output.add_stream("libopus", rate=mixdown.RATE, layout="mono", format="flt")
            mixed.bit_rate = MIX_BITRATE
            mixed.options = {"compression_level": MIX_COMPLEXITY}
            _label(mixed, MIX_TITLE)
            length = (end_us - started_us) * mixdown.RATE // 1_000_000
            blocks = -(-length // mixdown.BLOCK)
            tracks.insert(0, RecordedTrack(MIX_TITLE, "audio", "opus", blocks))
            sources.append(_voices(mixed, microphones, started_us, length))
        for number, lane in enumerate(lanes, start=1):
            stream = _copy_stream(output, lane, stack)
            _label(stream, lane.title)
            sources.append(_packets(stream, lane, number, started_us))
        for timed in heapq.merge(*sources, key=lambda timed: timed[:2]):
            with suppress(av.InvalidDataError):  # nobody may spoil the others' recording
                output.mux(timed.packet)
    return tuple(tracks)


def _copy_stream(output: OutputContainer, lane: Lane, stack: ExitStack) -> Stream:
    """A stream for frames as they are. Its header data can only come from a template."""
    if lane.first.header.kind == "audio":
        source = stack.enter_context(_opus_template())
    else:
        source = stack.enter_context(elementary(lane.first.codec, lane.largest.keyframe))
    return output.add_stream_from_template(source.streams[0], opaque=True)


def _opus_template() -> av.container.InputContainer:
    """A file with one Opus packet: RTP's Opus is stereo at 48 kHz always (RFC 7587)."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as output:
        stream = output.add_stream("libopus", rate=mixdown.RATE, layout="stereo", format="flt")
        silence = av.AudioFrame(format="flt", layout="stereo", samples=mixdown.BLOCK)
        silence.sample_rate = mixdown.RATE
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        output.mux(stream.encode(silence))
        output.mux(stream.encode(None))
    file.seek(0)
    return av.open(file, "r")


def _label(stream: Stream, title: str) -> None:
    stream.metadata["title"] = title
    stream.metadata["language"] = "und"


def _packets(stream: Stream, lane: Lane, number: int, started_us: int) -> Iterator[Timed]:
    for part in lane.parts:
        for frame in part:
            packet = av.Packet(frame.data)
            packet.stream = stream
            packet.time_base = MICROSECONDS
            packet.pts = packet.dts = frame.time_us - started_us
            packet.is_keyframe = frame.keyframe
            yield Timed(frame.time_us - started_us, number, packet)


def _voices(
    stream: AudioStream, lanes: list[Lane], started_us: int, length: int
) -> Iterator[Timed]:
    """The mix of `lanes`, `length` samples of it, encoded."""
    pieces = heapq.merge(
        *(_decoded(lane, started_us) for lane in lanes), key=lambda piece: piece[0]
    )
    for number, block in enumerate(mixdown.mix(pieces, length)):
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = mixdown.RATE
        frame.pts = number * mixdown.BLOCK
        frame.time_base = Fraction(1, mixdown.RATE)
        for packet in stream.encode(frame):
            yield _timed(packet)
    for packet in stream.encode(None):
        yield _timed(packet)


def _timed(packet: av.Packet[Any]) -> Timed:
    assert packet.pts is not None, "the encoder's packets have times"
    return Timed(int(packet.pts * packet.time_base * 1_000_000), 0, packet)


def _decoded(lane: Lane, started_us: int) -> Iterator[tuple[int, mixdown.Samples]]:
    for part in lane.parts:
        decoder = mixdown.voice_decoder()
        for frame in part:
            start = (frame.time_us - started_us) * mixdown.RATE // 1_000_000
            yield start, mixdown.decode(decoder, frame.data)


def _verify(
    fresh: Path, tracks: tuple[RecordedTrack, ...], duration_s: float
) -> tuple[RecordedTrack, ...]:
    """Read the whole file; the tracks as they are in it.

    Raises RecordingError when it isn't all there. Only the mix must be perfect, as it is made
    here: what participants sent may be broken, and that must not cost the rest.
    """
    with av.open(str(fresh), "r") as file:
        if len(file.streams) != len(tracks):
            raise RecordingError(f"{len(file.streams)} tracks in the file, {len(tracks)} put in")
        found = [0] * len(tracks)
        playable = [False] * len(tracks)
        for packet in file.demux():
            number = packet.stream.index
            found[number] += packet.size > 0
            if not playable[number]:
                with suppress(av.FFmpegError):
                    playable[number] = bool(packet.decode())
        found_s = (file.duration or 0) / av.time_base
    if tracks[0].title == MIX_TITLE and (found[0] < tracks[0].frames or not playable[0]):
        raise RecordingError(f"{found[0]} of {tracks[0].frames} blocks of the mix in the file")
    if abs(found_s - duration_s) > VERIFY_SLACK_S:
        raise RecordingError(f"the file lasts {found_s:.1f} s, the call lasted {duration_s:.1f} s")
    return tuple(
        msgspec.structs.replace(
            track,
            frames=min(track.frames, count),
            damaged=max(0, track.frames - count),
            playable=good,
        )
        for track, count, good in zip(tracks, found, playable, strict=True)
    )
