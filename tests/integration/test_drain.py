"""SIGTERM while a call is recorded: new contacts are refused, the recording is finished."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from media.pattern import Owner
from mediacore.client import ConnectionEnded, Json, MediacoreClient, RequestRefused
from stack import rtc
from stack.pages import agent_page, pick_up, queue_up
from stack.playback import play
from stack.server import API_KEY, Server


@pytest.mark.timeout(120)
async def test_a_call_ends_with_its_recording(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        created = await queue_up(server, "support")
        contact = created["contact"]["id"]
        with suppress(ConnectionEnded):
            await _talk_until_the_server_ends(server, created)
        assert server.process is not None
        assert await anyio.to_thread.run_sync(server.process.wait, 30) == 0

    (file,) = (server.recordings / contact).glob("recording.*m*")
    playback = play(file)
    assert playback.duration_s > 1
    assert any(Owner.VISITOR in video.owners() for video in playback.videos)
    assert not list((server.recordings / contact).rglob("*.mclog"))


async def _talk_until_the_server_ends(server: Server, created: Json) -> None:
    contact = created["contact"]["id"]
    async with (
        agent_page(server, "bo") as (page, _),
        MediacoreClient(server.url, created["token"]) as visitor,
        MediacoreClient(server.url, API_KEY) as integrator,
        rtc.peer() as publisher,
    ):
        await pick_up(page, contact)
        publisher.addTrack(rtc.Microphone(Owner.VISITOR))
        publisher.addTrack(rtc.Camera(Owner.VISITOR))
        answer, _ = await visitor.whip(contact, await rtc.offer_of(publisher))
        await rtc.take_answer(publisher, answer)
        await _capture_grows(server, contact)

        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        await page.wait_for("server.draining")
        with pytest.raises(RequestRefused) as refusal:
            await integrator.create_contact("general", {"name": "Too late"})
        assert refusal.value.code == "draining"
        while True:
            await page.next_event()


async def _capture_grows(server: Server, contact: str) -> None:
    """Wait until a second or so of pictures is on disk."""
    with anyio.fail_after(30):
        while True:
            logs = list((server.recordings / contact).rglob("*.mclog"))
            if sum(log.stat().st_size for log in logs) > 100_000:
                return
            await anyio.sleep(0.1)
