"""Recordings: nothing before the start, a checked file after the end, nothing lost in between."""

import json
from pathlib import Path

import av
import pytest

from mediacore.errors import EngineClosed, MediaBusy, MediaRefused, NothingRecorded, RecordingError
from mediacore.recording import Recorder
from unit.mediacore.tracklogs import STARTED_US, LogWriter, tone


class Captures:
    """A media engine that captures two seconds of tone at once."""

    def __init__(self):
        self.sound = tone(440, 2)
        self.directories = []
        self.error = None
        self.at_s = 0.0
        self.clock_s = 0.0

    async def start_capture(self, room, directory):
        if self.error:
            raise self.error
        self.directories.append(Path(directory))
        path = Path(directory) / f"{room}.mclog"
        LogWriter(path, "microphone", "visitor", "opus").frames(self.sound, self.at_s)

    async def stop_capture(self, room):
        if self.error:
            raise self.error
        return ()


@pytest.fixture
def engine():
    return Captures()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "recordings"


@pytest.fixture
def recorder(engine, root):
    return Recorder(engine, root, clock=lambda: STARTED_US / 1e6 + engine.clock_s)


def names(directory):
    return sorted(path.name for path in directory.iterdir())


async def test_a_recording(recorder, root):
    assert not root.exists(), "nothing is written before the start"
    await recorder.start(7, "c_abc", {"queue": "general"})
    assert (await recorder.get("c_abc")).state == "capturing"
    recording = await recorder.finish(7)
    assert names(root / "c_abc") == ["recording.json", "recording.webm"]
    assert recording.path == root / "c_abc" / "recording.webm"
    assert recording.state == "ready"
    assert recording.duration_s == pytest.approx(2, abs=0.1)
    assert recording.size_bytes == recording.path.stat().st_size
    assert [track.title for track in recording.tracks] == ["both voices", "microphone visitor"]
    assert recording.started_at.year == 2027
    assert await recorder.get("c_abc") == recording
    assert await recorder.list() == [recording]
    stored = json.loads((root / "c_abc" / "recording.json").read_text())
    assert stored["metadata"] == {"queue": "general"}
    assert stored["sha256"] == recording.sha256
    assert str(root) not in json.dumps(stored), "the tree can be moved"
    with av.open(str(recording.path)) as file:
        assert file.duration / av.time_base == pytest.approx(2, abs=0.1)


async def test_a_capture_that_pauses_is_one_file(recorder, engine):
    await recorder.start(7, "c_abc")
    await recorder.stop(7)
    await recorder.stop(7)
    engine.at_s = 4.0
    await recorder.start(7, "c_abc")
    recording = await recorder.finish(7)
    assert [path.name for path in engine.directories] == ["part-1", "part-2"]
    assert recording.duration_s == pytest.approx(6, abs=0.1)
    assert len(recording.tracks) == 2


async def test_a_call_that_ends_on_hold_keeps_its_length(recorder, engine):
    await recorder.start(7, "c_abc")
    engine.clock_s = 7.5
    recording = await recorder.finish(7)
    assert recording.duration_s == pytest.approx(7.5, abs=0.1)
    with av.open(str(recording.path)) as file:
        assert file.duration / av.time_base == pytest.approx(7.5, abs=0.1)


async def test_a_crash_while_capturing(recorder, engine, root):
    await recorder.start(7, "c_one")
    await recorder.start(8, "c_two")
    revived = Recorder(engine, root)
    kept = await revived.recover(keep={"c_two"})
    assert [(recording.name, recording.state) for recording in kept] == [("c_one", "ready")]
    assert (await revived.get("c_two")).state == "capturing"
    engine.at_s = 3.0
    await revived.start(8, "c_two")
    assert (await revived.finish(8)).duration_s == pytest.approx(5, abs=0.1)


async def test_a_crash_between_file_and_removal_of_the_logs(recorder, root):
    await recorder.start(7, "c_abc")
    logs = root / "c_abc" / "part-1"
    before = {path.name: path.read_bytes() for path in logs.iterdir()}
    first = await recorder.finish(7)
    logs.mkdir()
    for name, data in before.items():
        (logs / name).write_bytes(data)
    assert await recorder.recover() == []
    assert names(root / "c_abc") == ["recording.json", "recording.webm"]
    assert await recorder.get("c_abc") == first


async def test_a_file_that_cannot_be_made_is_tried_again(recorder, root):
    await recorder.start(7, "c_abc")
    (root / "c_abc" / "recording.webm.part").mkdir()
    with pytest.raises(RecordingError, match="c_abc"):
        await recorder.finish(7)
    failed = await recorder.get("c_abc")
    assert failed.state == "failed"
    assert failed.failure
    assert (root / "c_abc" / "part-1" / "7.mclog").exists()
    assert await recorder.recover() == []
    (root / "c_abc" / "recording.webm.part").rmdir()
    assert [recording.state for recording in await recorder.recover()] == ["ready"]


async def test_nothing_recorded_leaves_nothing(recorder, engine, root):
    engine.sound = []
    await recorder.start(7, "c_abc")
    with pytest.raises(NothingRecorded):
        await recorder.finish(7)
    assert names(root) == []
    await recorder.start(8, "c_def")
    assert await Recorder(engine, root).recover() == []
    assert names(root) == []


async def test_the_room_may_be_gone_before_the_end(recorder, engine):
    for number, error in enumerate([MediaRefused("unknown_room", "7"), EngineClosed("closed")]):
        engine.error = None
        await recorder.start(7, f"c_{number}")
        engine.error = error
        assert (await recorder.finish(7)).state == "ready"


async def test_a_busy_engine_can_be_asked_again(recorder, engine):
    await recorder.start(7, "c_abc")
    engine.error = MediaBusy("ring full")
    with pytest.raises(MediaBusy):
        await recorder.finish(7)
    engine.error = None
    assert (await recorder.finish(7)).state == "ready"


async def test_what_is_out_of_order_is_refused(recorder, engine, root):
    with pytest.raises(RecordingError, match="not being recorded"):
        await recorder.finish(7)
    await recorder.start(7, "c_abc")
    with pytest.raises(RecordingError, match="already"):
        await recorder.start(7, "c_abc")
    await recorder.finish(7)
    with pytest.raises(RecordingError, match="finished already"):
        await recorder.start(7, "c_abc")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "x" * 65, "a\0b", "a\n"])
async def test_names_that_lead_elsewhere_are_refused(recorder, name):
    for act in (recorder.get, recorder.discard, lambda name: recorder.start(1, name)):
        with pytest.raises(RecordingError, match="can't name"):
            await act(name)


async def test_discard(recorder, root):
    await recorder.start(7, "c_abc")
    await recorder.finish(7)
    await recorder.discard("c_abc")
    await recorder.discard("c_abc")
    assert names(root) == []
    assert await recorder.get("c_abc") is None


async def test_a_damaged_manifest_hides_no_other_recording(recorder, root):
    await recorder.start(7, "c_abc")
    await recorder.finish(7)
    (root / "c_bad").mkdir()
    (root / "c_bad" / "recording.json").write_text("{")
    (root / "stray.txt").write_text("?")
    assert [recording.name for recording in await recorder.list()] == ["c_abc"]
    with pytest.raises(RecordingError, match="damaged"):
        await recorder.get("c_bad")
