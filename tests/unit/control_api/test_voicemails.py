"""Spoken messages over HTTP: handed in, named by a message, heard."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import av
import httpx
import msgspec
import numpy as np
import pytest

from control_api import voicemails
from mediacore.config import CalendarSettings, QueueSettings, Settings
from router.errors import WrongState
from unit.control_api.running import Api, running


def sound(seconds: float, container: str = "wav", codec: str = "pcm_s16le") -> bytes:
    """A tone of 440 Hz."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as target:
        stream = target.add_stream(codec, rate=48_000, layout="mono")
        resampler = av.AudioResampler(stream.format, "mono", 48_000)
        times = np.arange(round(48_000 * seconds)) / 48_000
        samples = (8_000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = 48_000
        for piece in [*resampler.resample(frame), None]:
            target.mux(stream.encode(piece))
    return file.getvalue()


def picture() -> bytes:
    """A film without sound."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as target:
        stream = target.add_stream("libvpx", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        black = np.zeros((64, 64, 3), np.uint8)
        for frame in (av.VideoFrame.from_ndarray(black, format="rgb24"), None):
            target.mux(stream.encode(frame))
    return file.getvalue()


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    """`night` is closed and takes messages, `plain` takes none."""
    names: dict[str, Any] = {"name_en": "Night", "name_zh": "队列", "recording": "off"}
    queues = (
        QueueSettings(id="night", calendar="never", when_closed="message", **names),
        QueueSettings(id="plain", **names),
    )
    calendars = (CalendarSettings(id="never", time_zone="UTC"),)
    async with running(
        msgspec.structs.replace(settings, queues=queues, calendars=calendars)
    ) as api:
        yield api


async def handed_in(http: httpx.AsyncClient, body: bytes, type: str = "audio/wav") -> Any:
    answer = await http.post("/v1/voicemails", content=body, headers={"Content-Type": type})
    assert answer.status_code == 201, answer.text
    return answer.json()


def files(api: Api) -> list[str]:
    folder = Path(api.services.settings.recording.voicemail_directory)
    return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize(
    ("type", "container", "codec"),
    [
        ("audio/wav", "wav", "pcm_s16le"),
        ("audio/webm;codecs=opus", "webm", "libopus"),
        ("audio/ogg", "ogg", "libopus"),
        ("audio/mp4", "mp4", "aac"),
    ],
)
async def test_what_is_spoken_at_a_closed_door_is_heard(
    api: Api, type: str, container: str, codec: str
) -> None:
    async with api.http(api.token("entry", "website")) as visitor:
        made = await handed_in(visitor, sound(2.0, container, codec), type)
        assert made["duration_s"] == pytest.approx(2.0, abs=0.1)
        left = await visitor.post("/v1/contacts", json={"queue": "night", "voicemail": made["id"]})
        assert left.status_code == 201, left.text
        contact = left.json()["contact"]
        assert contact["state"] == "message"
        assert "voicemail_s" not in contact  # for staff
    async with api.http(api.token("supervisor", "eve")) as supervisor:
        (listed,) = (await supervisor.get("/v1/contacts", params={"state": "message"})).json()
        assert (listed["message"], listed["voicemail_s"]) == ("", made["duration_s"])
        heard = await supervisor.get(f"/v1/contacts/{contact['id']}/voicemail")
        assert heard.headers["content-type"] == "audio/webm"
        some = await supervisor.get(
            f"/v1/contacts/{contact['id']}/voicemail", headers={"Range": "bytes=0-3"}
        )
        assert (some.status_code, some.content) == (206, heard.content[:4])
    with av.open(io.BytesIO(heard.content)) as file:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * 48_000 / len(samples) == pytest.approx(440, abs=5)
    assert files(api) == [".webm"]


async def test_a_refused_message_keeps_the_sound_for_another_try(api: Api) -> None:
    async with api.http() as http:
        made = await handed_in(http, sound(1.0))
        wish = {"voicemail": made["id"]}
        refused = await http.post("/v1/contacts", json={"queue": "plain"} | wish)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
        left = await http.post("/v1/contacts", json={"queue": "night", "message": "Hello"} | wish)
        assert left.status_code == 201, left.text
        assert files(api) == [".webm"]


async def test_who_waits_may_speak_instead(api: Api) -> None:
    created = await api.contact("plain")
    contact = created["contact"]["id"]
    async with api.http(created["token"]) as visitor:
        made = await handed_in(visitor, sound(1.0))
        path = f"/v1/contacts/{contact}/message"
        refused = await visitor.post(path, json={"voicemail": made["id"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
        empty = await visitor.post(path, json={})
        assert (empty.status_code, empty.json()["field"]) == (400, "text")
        assert api.services.centre.contact(contact).state == "waiting"


@pytest.mark.parametrize(
    ("body", "type", "status", "code", "says"),
    [
        (b"RIFF", "audio/wav", 400, "malformed_sound", "can't be read as audio/wav"),
        (b"", "audio/webm", 400, "malformed_sound", "can't be read as audio/webm"),
        (b"#EXTM3U", "audio/mpegurl", 400, "malformed_sound", "the type is one of audio/webm"),
        (picture(), "audio/webm", 400, "malformed_sound", "no sound"),
        (
            bytes(voicemails.BYTES_MAX + 1),
            "audio/wav",
            413,
            "message_too_large",
            "at most 4194304 bytes",
        ),
        (
            sound(121.0, "ogg", "libopus"),
            "audio/ogg",
            400,
            "malformed_sound",
            "longer than 120 s",
        ),
    ],
)
async def test_what_is_no_sound_is_refused(
    api: Api, body: bytes, type: str, status: int, code: str, says: str
) -> None:
    async with api.http() as http:
        answer = await http.post("/v1/voicemails", content=body, headers={"Content-Type": type})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert says in answer.json()["detail"]
    assert files(api) == []


async def test_a_name_that_nobody_gave(api: Api) -> None:
    async with api.http() as http:
        wish = {"queue": "night", "voicemail": "v_0"}
        answer = await http.post("/v1/contacts", json=wish)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_voicemail")
        assert answer.json()["field"] == "voicemail"


async def test_too_many_that_nobody_sends(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voicemails, "PENDING_BOUND", 1)
    async with api.http() as http:
        await handed_in(http, sound(0.5))
        answer = await http.post(
            "/v1/voicemails", content=sound(0.5), headers={"Content-Type": "audio/wav"}
        )
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")


async def test_who_goes_away_while_it_is_left_loses_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = api.services.voicemails
    left = await kept.take(sound(0.5), "audio/wav")
    with anyio.CancelScope() as gone:
        async with kept.left(left.id):
            gone.cancel()  # whether the message was committed, nobody knows here
            await anyio.lowlevel.checkpoint()
    refused = await kept.take(sound(0.5), "audio/wav")
    with pytest.raises(WrongState):
        async with kept.left(refused.id):
            raise WrongState("no messages here")
    assert files(api) == [".webm", ".webm"]
    now_s = anyio.current_time()
    monkeypatch.setattr(anyio, "current_time", lambda: now_s + voicemails.PENDING_S)
    await kept.take(sound(0.5), "audio/wav")  # forgets what is over
    assert files(api) == [".pending", ".webm"]
    assert kept.path(left.id).exists()


async def test_what_nobody_named_goes_with_the_server(api: Api, settings: Settings) -> None:
    async with api.http() as http:
        await handed_in(http, sound(0.5))
    assert files(api) == [".pending"]
    await api.services.voicemails.recover()
    assert files(api) == []
