"""The engine answers requests, keeps tracks and fans out events, on both event loops."""

import anyio
import pytest

from mediacore import engine as engine_module
from mediacore import events
from mediacore.commands import Publish, Subscribe
from mediacore.engine import MediaEngine
from mediacore.errors import (
    EngineClosed,
    EventsLost,
    MediaBusy,
    MediaError,
    MediaRefused,
    MediaTimeout,
    OfferRefused,
)
from mediacore.settings import MediaSettings
from unit.mediacore.shard import FakeShard

ADDED = {
    "type": "track_added",
    "room": 1,
    "session": 1,
    "participant": 7,
    "track": 5,
    "source": "camera",
    "kind": "video",
    "codec": "vp8",
    "muted": False,
}


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param


@pytest.fixture
def shard():
    return FakeShard()


@pytest.fixture
async def engine(shard):
    async with MediaEngine(MediaSettings(), open_shard=lambda _: shard) as engine:
        yield engine
    assert shard.closed


async def test_requests_become_commands(engine, shard):
    await engine.open_room(1)
    session = await engine.join(1, 7, "agent/Mei", hidden=True, publish=False)
    await session.set_muted("camera", True)
    await engine.set_hold(1, True)
    await session.leave()
    await engine.close_room(1)
    assert [command.pop("type") for command in shard.commands] == [
        "open_room",
        "join",
        "set_muted",
        "set_hold",
        "leave",
        "close_room",
    ]
    assert shard.commands[1] == {
        "room": 1,
        "session": session.id,
        "participant": 7,
        "label": "agent/Mei",
        "publish": False,
        "withheld": [],
        "subscribe": True,
        "hidden": True,
    }


async def test_an_offer_is_answered(engine, shard):
    session = await engine.join(1, 7, "visitor")
    shard.replies["offer"] = {"type": "answer", "sdp": "v=0"}
    answer = await session.offer("o", [Publish("0", "microphone")], [Subscribe("1", 5)])
    assert answer == "v=0"
    assert shard.commands[-1] == {
        "type": "offer",
        "session": session.id,
        "sdp": "o",
        "publish": [{"mid": "0", "source": "microphone"}],
        "subscribe": [{"mid": "1", "track": 5}],
        "auto": False,
    }


async def test_a_refusal_has_code_and_detail(engine, shard):
    session = await engine.join(1, 7, "visitor")
    shard.replies["offer"] = {"type": "refused", "code": "malformed_sdp", "detail": "line 3"}
    with pytest.raises(OfferRefused, match="line 3") as caught:
        await session.offer("nonsense")
    assert caught.value.code == "malformed_sdp"


async def test_a_session_that_is_over_can_be_left(engine, shard):
    session = await engine.join(1, 7, "visitor")
    shard.replies["leave"] = {"type": "refused", "code": "unknown_session", "detail": ""}
    await session.leave()
    shard.replies["leave"] = {"type": "refused", "code": "invalid", "detail": ""}
    with pytest.raises(MediaRefused):
        await session.leave()


async def test_a_full_ring_is_told_apart(engine, shard):
    shard.full = True
    with pytest.raises(MediaBusy):
        await engine.open_room(1)


async def test_silence_of_the_shard_is_a_timeout(engine, shard, monkeypatch):
    monkeypatch.setattr(engine_module, "REQUEST_TIMEOUT_S", 0.01)
    shard.replies["open_room"] = None
    with pytest.raises(MediaTimeout, match="OpenRoom"):
        await engine.open_room(1)


async def test_a_join_nobody_waits_for_any_more_is_undone(engine, shard):
    shard.replies["join"] = None
    with anyio.move_on_after(0.01):
        await engine.join(1, 7, "visitor")
    assert [command["type"] for command in shard.commands] == ["join", "leave"]
    assert shard.commands[0]["session"] == shard.commands[1]["session"]


async def test_a_leave_is_sent_even_by_a_cancelled_caller(engine, shard):
    session = await engine.join(1, 7, "visitor")
    with anyio.CancelScope() as scope:
        scope.cancel()
        await session.leave()
    assert shard.commands[-1] == {"type": "leave", "session": session.id}


async def test_an_unfitting_answer_is_an_error(engine, shard):
    shard.replies["open_room"] = {"type": "answer", "sdp": ""}
    with pytest.raises(MediaError, match="Answer"):
        await engine.open_room(1)


async def test_tracks_follow_the_events(engine, shard):
    with engine.subscribe() as told:
        shard.say(**ADDED)
        assert isinstance(await anext(told), events.TrackAdded)
        (track,) = engine.tracks(1)
        assert (track.id, track.participant, track.source) == (5, 7, "camera")
        shard.say(type="track_changed", track=5, muted=True, codec="h264")
        await anext(told)
        assert [(track.muted, track.codec) for track in engine.tracks(1)] == [(True, "h264")]
        shard.say(type="track_removed", room=1, track=5)
        await anext(told)
        assert engine.tracks(1) == []


async def test_a_closed_room_has_no_tracks(engine, shard):
    with engine.subscribe() as told:
        shard.say(**ADDED)
        await anext(told)
        await engine.close_room(1)
        assert engine.tracks(1) == []


async def test_sessions_are_known_until_they_close(engine, shard):
    session = await engine.join(1, 7, "visitor")
    assert engine.session(session.id) is session
    with engine.subscribe() as told:
        shard.say(type="session_closed", session=session.id, reason="silent")
        assert (await anext(told)).reason == "silent"
    assert engine.session(session.id) is None


async def test_an_unknown_event_disturbs_nothing(engine, shard):
    with engine.subscribe() as told:
        shard.say(type="from_the_future")
        shard.say(type="session_connected", session=3)
        assert await anext(told) == events.SessionConnected(3)


async def test_every_subscriber_gets_every_event_in_order(engine, shard):
    with engine.subscribe() as one, engine.subscribe() as two:
        for session in range(2000):
            shard.say(type="session_connected", session=session)
        for told in (one, two):
            assert [(await anext(told)).session for _ in range(2000)] == list(range(2000))


async def test_a_subscriber_that_falls_behind_is_told(engine, shard, monkeypatch):
    monkeypatch.setattr(engine_module, "SUBSCRIBER_BOUND", 3)
    with engine.subscribe() as slow, engine.subscribe() as quick:
        for session in range(5):
            shard.say(type="session_connected", session=session)
            await anext(quick)
        assert [(await anext(slow)).session for _ in range(3)] == [0, 1, 2]
        with pytest.raises(EventsLost):
            await anext(slow)


async def test_capture(engine, shard):
    shard.replies["stop_capture"] = {"type": "capture_stopped", "room": 1, "files": ["a.mclog"]}
    await engine.start_capture(1, "directory")
    assert await engine.stop_capture(1) == ("a.mclog",)


async def test_statistics(engine, shard):
    session = await engine.join(1, 7, "visitor")
    counters = dict.fromkeys(events.Stats.__struct_fields__[1:-1], 4)
    shard.replies["stats"] = {"type": "stats", "session": session.id, **counters}
    assert (await session.stats()).bytes_sent == 4
    assert engine.metrics()["datagrams_received_total"] == 7
    assert engine.local_port == 4000


async def test_closing_ends_subscriptions_and_requests(shard):
    shard.replies["set_hold"] = None
    outcome = []

    async def hold(engine):
        try:
            await engine.set_hold(1, True)
        except EngineClosed as error:
            outcome.append(error)

    async with anyio.create_task_group() as tasks:
        async with MediaEngine(MediaSettings(), open_shard=lambda _: shard) as engine:
            told = engine.subscribe()
            tasks.start_soon(hold, engine)
            await anyio.wait_all_tasks_blocked()
        assert [event async for event in told] == []
    assert len(outcome) == 1
    with pytest.raises(EngineClosed):
        await engine.open_room(1)


async def test_a_failed_shard_ends_everything(shard):
    with pytest.RaisesGroup(pytest.RaisesExc(MediaError, match="panicked")):
        async with MediaEngine(MediaSettings(), open_shard=lambda _: shard):
            shard.failed = True
            shard.say(type="session_connected", session=1)
            await anyio.sleep_forever()
    assert shard.closed


async def test_the_native_shard(tmp_path):
    """What is said above in the words of the stand-in holds for the real one."""
    async with MediaEngine(MediaSettings()) as engine:
        assert engine.local_port > 0
        await engine.open_room(1)
        await engine.open_room(1)
        with pytest.raises(MediaRefused) as caught:
            await engine.join(2, 7, "visitor")
        assert caught.value.code == "unknown_room"
        session = await engine.join(1, 7, "visitor")
        with pytest.raises(OfferRefused) as caught:
            await session.offer("no SDP")
        assert caught.value.code == "malformed_sdp"
        assert (await session.stats()).packets_received == 0
        await engine.set_hold(1, True)
        await engine.start_capture(1, str(tmp_path))
        assert await engine.stop_capture(1) == ()
        with engine.subscribe() as told:
            await session.leave()
            assert await anext(told) == events.SessionClosed(session.id, "left")
        await session.leave()
        assert "datagrams_received_total" in engine.metrics()
        await engine.close_room(1)
        await engine.close_room(1)


async def test_an_address_that_is_taken(tmp_path):
    async with MediaEngine(MediaSettings()) as engine:
        settings = MediaSettings(bind=f"127.0.0.1:{engine.local_port}")
        with pytest.raises(OSError):
            async with MediaEngine(settings):
                pass
