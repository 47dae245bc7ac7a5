"""Track logs become one file: every frame in it, in its place in time, voices mixed."""

import hashlib
import random

import av
import numpy as np
import pytest

from mediacore import remux as remux_module
from mediacore.errors import NothingRecorded, RecordingError
from mediacore.remux import remux
from unit.mediacore.tracklogs import STARTED_US, LogWriter, payloads, tone, video

TOLERANCE_S = 0.03


@pytest.fixture
def make(tmp_path):
    """Remuxes all logs in the directory; returns what was made and its path."""

    def make(started_us=STARTED_US):
        logs = sorted(str(log) for log in tmp_path.glob("*.mclog"))
        made = remux(logs, str(tmp_path / "recording"), started_us)
        return made, tmp_path / made.file

    return make


@pytest.fixture
def log(tmp_path):
    numbers = iter(range(1, 100))
    return lambda source, label, codec: LogWriter(
        tmp_path / f"{next(numbers)}.mclog", source, label, codec
    )


def times(path, number):
    """Seconds of the track's packets."""
    with av.open(str(path)) as file:
        stream = file.streams[number]
        packets = [packet for packet in file.demux(stream) if packet.size]
        return [float(packet.pts * packet.time_base) for packet in packets]


def pictures(path, number):
    with av.open(str(path)) as file:
        return list(file.decode(file.streams.video[number]))


def loudness(path, hertz, at_s):
    """Level of a tone in 0.4 s of the mix, 1.0 for full scale."""
    with av.open(str(path)) as file:
        mix = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    part = mix[round(at_s * 48_000) : round((at_s + 0.4) * 48_000)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) * 4 / len(part)
    return spectrum[np.argmin(np.abs(np.fft.rfftfreq(len(part), 1 / 48_000) - hertz))]


@pytest.mark.parametrize(
    ("codec", "file"),
    [
        ("vp8", "recording.webm"),
        ("vp9", "recording.webm"),
        ("av1", "recording.webm"),
        ("h264", "recording.mkv"),
    ],
)
def test_a_call(log, make, codec, file):
    log("microphone", "visitor 王伟", "opus").frames(tone(440, 3.0), 0.5)
    log("camera", "visitor 王伟", codec).frames(video(codec, 320, 180, 3.0), 0.5)
    log("microphone", "agent Mei", "opus").frames(tone(1000, 2.0), 1.5)
    log("screen", "agent Mei", codec).frames(video(codec, 640, 360, 1.0), 2.5)
    made, path = make()
    assert made.file == file
    assert made.duration_s == pytest.approx(3.5, abs=0.1)
    assert made.size_bytes == path.stat().st_size
    assert made.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [(track.title, track.codec, track.frames) for track in made.tracks] == [
        ("both voices", "opus", pytest.approx(175, abs=4)),
        ("microphone visitor 王伟", "opus", 150),
        ("microphone agent Mei", "opus", 100),
        ("camera visitor 王伟", codec, 45),
        ("screen agent Mei", codec, 15),
    ]
    assert all(track.playable and not track.damaged for track in made.tracks)
    assert [(t.width, t.height) for t in made.tracks[3:]] == [(320, 180), (640, 360)]
    with av.open(str(path)) as opened:
        assert opened.duration / av.time_base == pytest.approx(3.5, abs=0.15)
        titles = [stream.metadata["title"] for stream in opened.streams]
    assert titles == [track.title for track in made.tracks]
    for number, start in enumerate([0.0, 0.52, 1.52, 0.52, 2.52]):
        assert times(path, number)[0] == pytest.approx(start, abs=TOLERANCE_S)
    assert [(len(pictures(path, n)), pictures(path, n)[-1].width) for n in (0, 1)] == [
        (45, 320),
        (15, 640),
    ]
    assert loudness(path, 440, 0.8) == pytest.approx(0.3, abs=0.05)
    assert loudness(path, 1000, 0.8) < 0.01
    assert loudness(path, 440, 2.5) == pytest.approx(0.3, abs=0.05)
    assert loudness(path, 1000, 2.5) == pytest.approx(0.3, abs=0.05)


def test_jitter_leaves_no_trace(log, make):
    log("camera", "a", "vp8").frames(video("vp8", 160, 90, 4), 1.0, jitter_ms=200)
    _, path = make()
    steps = np.diff(times(path, 0))
    assert abs(steps - 1 / 15).max() < 0.002


def test_a_resolution_that_grows(log, make):
    log("camera", "a", "vp8").frames(video("vp8", 320, 180, 1) + video("vp8", 640, 360, 1), 0.0)
    made, path = make()
    assert (made.tracks[0].width, made.tracks[0].height) == (640, 360)
    with av.open(str(path)) as file:
        assert file.streams.video[0].width == 640
    assert {frame.width for frame in pictures(path, 0)} == {320, 640}


def test_pictures_before_the_first_keyframe_are_left_out(log, make):
    frames = video("vp8", 160, 90, 1)
    log("camera", "a", "vp8").frames(frames[5:] + frames, 0.0)
    made, path = make()
    assert made.tracks[0].frames == len(frames)
    assert times(path, 0)[0] == pytest.approx(10 / 15 + 0.02, abs=TOLERANCE_S)


def test_what_is_missing_is_left_out_and_counted(log, make):
    frames = video("vp8", 320, 180, 1)
    camera = log("camera", "a", "vp8").frames(frames, 0.0).uncaptured(12, 1.0)
    cut_ticks, cut_us = (camera.base + 90_000) % (1 << 32), STARTED_US + 1_000_000
    camera.packets(payloads("vp8", frames[0])[:1], cut_ticks, cut_us, ended=False)
    camera.frames(frames, 1.1)
    made, path = make()
    (track,) = made.tracks
    assert (track.frames, track.incomplete, track.uncaptured_packets) == (2 * len(frames), 1, 12)
    assert len(pictures(path, 0)) == 2 * len(frames)


def test_a_source_that_went_on_in_another_log_is_one_track(log, make):
    log("microphone", "a", "opus").frames(tone(440, 1), 0.0)
    log("microphone", "a", "opus").frames(tone(440, 1), 5.0)
    made, path = make()
    assert [(t.title, t.frames, t.gaps) for t in made.tracks[1:]] == [("microphone a", 100, 1)]
    assert made.duration_s == pytest.approx(6.0, abs=0.1)
    assert loudness(path, 440, 3.0) < 0.01
    assert loudness(path, 440, 5.3) == pytest.approx(0.3, abs=0.05)


def test_a_long_pause_is_kept_and_counted(log, make):
    log("camera", "a", "vp8").frames(video("vp8", 160, 90, 2), 0.0).frames(
        video("vp8", 160, 90, 1), 60.0
    )
    made, path = make()
    assert made.tracks[0].gaps == 1
    assert made.duration_s == pytest.approx(61, abs=0.1)
    assert times(path, 0)[-1] == pytest.approx(61, abs=0.1)


def test_a_sender_that_began_anew(log, make):
    """Another SSRC, timestamps from anywhere: the frames stay where they arrived."""
    one = log("microphone", "a", "opus").frames(tone(440, 1), 0.0)
    one.base = 5
    one.frames(tone(440, 1), 3.0, ssrc=8)
    made, path = make()
    assert made.duration_s == pytest.approx(4.0, abs=0.15)
    assert times(path, 1)[50] == pytest.approx(3.0, abs=0.1)


def test_timestamps_that_jump_without_a_word(log, make):
    one = log("microphone", "a", "opus").frames(tone(440, 1), 0.0)
    one.base += 1 << 30
    one.frames(tone(440, 1), 1.0)
    made, _ = make()
    assert made.duration_s == pytest.approx(2.0, abs=0.15)


def test_a_log_that_was_cut_off(log, make, tmp_path):
    path = log("microphone", "a", "opus").frames(tone(440, 2), 0.0).path
    path.write_bytes(path.read_bytes()[:-7])
    (tmp_path / "8.mclog").write_bytes(b"")
    (tmp_path / "9.mclog").write_bytes(b"MCLOG\x01\r\n\x20\0")
    made, _ = make()
    assert made.tracks[1].frames == 99


def test_without_a_microphone_there_is_no_mix(log, make):
    log("screen", "a", "vp8").frames(video("vp8", 160, 90, 1), 0.0)
    made, _ = make()
    assert [track.title for track in made.tracks] == ["screen a"]


def test_sound_only(log, make):
    log("microphone", "a", "opus").frames(tone(440, 1), 0.0)
    made, _ = make()
    assert made.file == "recording.webm"


def test_nothing_at_all(log, make):
    log("microphone", "a", "opus")
    frames = video("vp8", 160, 90, 1)
    log("camera", "a", "vp8").frames(frames[1:], 0.0)
    with pytest.raises(NothingRecorded):
        make()


@pytest.mark.parametrize("codec", ["vp8", "vp9", "av1", "h264"])
def test_a_hostile_participant_costs_nobody_elses_recording(log, make, codec):
    noise = random.Random(codec)
    good = video(codec, 160, 90, 2)
    spoilt = [f if n == 0 or n % 4 else noise.randbytes(300) for n, f in enumerate(good)]
    writer = log("camera", "enemy", codec)
    for number, frame in enumerate(spoilt):
        arrival_us = STARTED_US + number * 66_667
        parts = [frame] if number and number % 4 == 0 else None
        if parts is None:
            writer.frames([frame], number / 15, jitter_ms=0)
        else:
            writer.packets(parts, number * 6000, arrival_us)
    log("microphone", "enemy", "opus").frames([noise.randbytes(60) for _ in range(100)], 0.0)
    log("microphone", "friend", "opus").frames(tone(440, 2), 0.0)
    made, path = make()
    friend = next(track for track in made.tracks if track.title == "microphone friend")
    assert (friend.frames, friend.damaged, friend.playable) == (100, 0, True)
    assert made.duration_s < 14
    assert path.stat().st_size == made.size_bytes


def test_a_file_that_is_not_whole_is_not_kept(log, make, monkeypatch, tmp_path):
    log("microphone", "a", "opus").frames(tone(440, 2), 0.0)
    monkeypatch.setattr(remux_module.mixdown, "mix", lambda voices, length: iter(()))
    with pytest.raises(RecordingError, match="of the mix"):
        make()
    assert not (tmp_path / "recording.webm").exists()
