"""Two independent WebRTC peers talk through the engine, and the recording shows it."""

import math
from fractions import Fraction

import anyio
import av
import numpy as np
import pytest
from aiortc import (
    AudioStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

from mediacore import events
from mediacore.commands import Publish, Subscribe
from mediacore.engine import MediaEngine
from mediacore.errors import OfferRefused
from mediacore.recording import Recorder
from mediacore.settings import MediaSettings
from unit.mediacore.tracklogs import picture

ROOM = 1
PATIENCE_S = 20


class Tone(AudioStreamTrack):
    """A sine at 48 kHz, paced by the base class."""

    def __init__(self, hertz):
        super().__init__()
        self.hertz = hertz

    async def recv(self):
        frame = await super().recv()
        count, rate = frame.samples, frame.sample_rate
        t = (np.arange(count) + frame.pts) / rate
        wave = (np.sin(2 * math.pi * self.hertz * t) * 10_000).astype(np.int16)
        tone = av.AudioFrame.from_ndarray(wave.reshape(1, -1), "s16", "mono")
        tone.pts, tone.sample_rate, tone.time_base = frame.pts, rate, Fraction(1, rate)
        return tone


class Pattern(VideoStreamTrack):
    """The moving ramp of tracklogs.picture."""

    def __init__(self, width, height):
        super().__init__()
        self.size = width, height
        self.number = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = picture(self.number, *self.size)
        frame.pts, frame.time_base = pts, time_base
        self.number += 4
        return frame


class Peer:
    """A peer connection that offers to a media session."""

    def __init__(self, session):
        self.session = session
        # Otherwise aiortc takes the candidates of the last section of a kind, where a bundled
        # answer has none (RFC 8843 section 7.3.1).
        policy = RTCBundlePolicy.MAX_COMPAT
        self.connection = RTCPeerConnection(RTCConfiguration(bundlePolicy=policy))
        self.sending = {}
        self.receiving = {}

    def send(self, source, track):
        self.sending[source] = self.connection.addTransceiver(track, direction="sendonly")

    def receive(self, track):
        transceiver = self.connection.addTransceiver(track.kind, direction="recvonly")
        self.receiving[track.id] = transceiver

    async def negotiate(self):
        await self.connection.setLocalDescription(await self.connection.createOffer())
        answer = await self.session.offer(
            self.connection.localDescription.sdp,
            [Publish(sender.mid, source) for source, sender in self.sending.items()],
            [Subscribe(receiver.mid, track) for track, receiver in self.receiving.items()],
        )
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def frames(self, track, count):
        receiver = self.receiving[track].receiver
        return [await receiver.track.recv() for _ in range(count)]


@pytest.fixture
async def engine():
    async with MediaEngine(MediaSettings()) as engine:
        yield engine


async def wait_for(told, kind, **fields):
    with anyio.fail_after(PATIENCE_S):
        async for event in told:
            if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
                return event
    raise AssertionError("the events ended")


async def test_a_recorded_call_between_two_peers(engine, tmp_path):
    recorder = Recorder(engine, tmp_path)
    await engine.open_room(ROOM)
    visitor = Peer(await engine.join(ROOM, 1, "visitor Wei"))
    agent = Peer(await engine.join(ROOM, 2, "agent Mei"))
    try:
        with engine.subscribe() as told:
            visitor.send("microphone", Tone(440))
            visitor.send("camera", Pattern(320, 240))
            await visitor.negotiate()
            await wait_for(told, events.SessionConnected, session=visitor.session.id)
        assert {(t.source, t.kind, t.participant) for t in engine.tracks(ROOM)} == {
            ("microphone", "audio", 1),
            ("camera", "video", 1),
        }
        await recorder.start(ROOM, "c_call", {"queue": "general"})
        for track in engine.tracks(ROOM):
            agent.receive(track)
        agent.send("microphone", Tone(1000))
        await agent.negotiate()
        (spoken,) = (t for t in engine.tracks(ROOM) if t.participant == 2)
        visitor.receive(spoken)
        await visitor.negotiate()
        sound, seen = (t for t in engine.tracks(ROOM) if t.participant == 1)
        with anyio.fail_after(PATIENCE_S):
            heard = await agent.frames(sound.id, 50)
            pictures = await agent.frames(seen.id, 20)
            answered = await visitor.frames(spoken.id, 50)
        assert loudest(heard[20:]) == pytest.approx(440, abs=30)
        assert loudest(answered[20:]) == pytest.approx(1000, abs=30)
        assert (pictures[-1].width, pictures[-1].height) == (320, 240)
        stats = await visitor.session.stats()
        assert stats.media_packets_received > 50
        assert stats.media_packets_sent > 20
        recording = await recorder.finish(ROOM)
    finally:
        await visitor.connection.close()
        await agent.connection.close()
    assert [track.title for track in recording.tracks] == [
        "both voices",
        "microphone visitor Wei",
        "microphone agent Mei",
        "camera visitor Wei",
    ]
    with av.open(str(recording.path)) as file:
        sounds = list(file.decode(audio=0))
    with av.open(str(recording.path)) as file:
        shown = list(file.decode(video=0))
    assert loudest(sounds[-30:], of=2) == pytest.approx([440, 1000], abs=30)
    assert (shown[-1].width, shown[-1].height) == (320, 240)
    assert len(shown) >= 15
    assert recording.duration_s == pytest.approx(float(sounds[-1].time), abs=0.2)


async def test_what_is_not_granted_is_refused(engine):
    await engine.open_room(ROOM)
    watcher = Peer(await engine.join(ROOM, 3, "supervisor", publish=False, hidden=True))
    watcher.send("microphone", Tone(440))
    with pytest.raises(OfferRefused) as caught:
        await watcher.negotiate()
    await watcher.connection.close()
    assert caught.value.code == "publish_not_granted"
    with pytest.raises(OfferRefused) as caught:
        await watcher.session.offer("this is no SDP")
    assert caught.value.code == "malformed_sdp"
    assert engine.tracks(ROOM) == []


async def test_what_is_withheld_is_refused_by_name_and_left_out_of_what_is_chosen(engine):
    await engine.open_room(ROOM)
    visitor = Peer(await engine.join(ROOM, 1, "visitor", withheld=("camera",)))
    visitor.send("microphone", Tone(440))
    visitor.send("camera", Pattern(320, 240))
    with pytest.raises(OfferRefused, match="camera") as caught:
        await visitor.negotiate()
    assert caught.value.code == "publish_not_granted"
    await visitor.session.offer(visitor.connection.localDescription.sdp, auto=True)
    assert [track.source for track in engine.tracks(ROOM)] == ["microphone"]
    await visitor.connection.close()


def loudest(frames, of=1):
    """The frequency in hertz with the most energy, or the `of` first, ascending."""
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    channels = frames[0].layout.nb_channels if not frames[0].format.is_planar else 1
    wave = samples.reshape(-1, channels)[:, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    hertz = np.fft.rfftfreq(len(wave), 1 / frames[0].sample_rate)
    found = []
    for _ in range(of):
        peak = hertz[spectrum.argmax()]
        found.append(peak)
        spectrum[np.abs(hertz - peak) < 100] = 0
    return found[0] if of == 1 else sorted(found)
