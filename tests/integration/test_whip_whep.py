"""A second, independent WebRTC implementation publishes through WHIP and watches through WHEP."""

from __future__ import annotations

import anyio
import httpx
import pytest

from media import files, speech
from media.pattern import Owner
from mediacore.client import MediacoreClient, RequestRefused
from stack import rtc
from stack.pages import agent_page, pick_up, queue_up
from stack.server import Server


@pytest.mark.timeout(90)
async def test_what_one_publishes_the_other_sees_and_hears(server: Server) -> None:
    created = await queue_up(server)
    contact = created["contact"]["id"]
    async with (
        agent_page(server, "whip-agent") as (page, agent_token),
        MediacoreClient(server.url, created["token"]) as visitor,
        MediacoreClient(server.url, agent_token) as agent,
        rtc.peer() as publisher,
        rtc.peer() as viewer,
    ):
        await pick_up(page, contact)
        publisher.addTrack(rtc.Microphone(Owner.VISITOR))
        publisher.addTrack(rtc.Camera(Owner.VISITOR))
        answer, published = await visitor.whip(contact, await rtc.offer_of(publisher))
        await rtc.take_answer(publisher, answer)

        sound = viewer.addTransceiver("audio", direction="recvonly").receiver
        picture = viewer.addTransceiver("video", direction="recvonly").receiver
        answer, watched = await agent.whep(contact, await rtc.offer_of(viewer))
        await rtc.take_answer(viewer, answer)

        with anyio.fail_after(60):
            assert await rtc.see(picture.track, Owner.VISITOR, frames=20) == (640, 360)
            heard = await rtc.hear(sound.track, seconds=8)
        assert speech.likeness(heard, files.spoken(Owner.VISITOR)) > 0.6

        await agent.end_media_session(watched)
        await visitor.end_media_session(published)
        with pytest.raises(RequestRefused) as refusal:
            await visitor.end_media_session(published)
        assert refusal.value.status == 404
        await page.request("call.hang_up", contact=contact)


async def test_nobody_is_seen_in_a_call_by_voice(server: Server) -> None:
    created = await queue_up(server, channel="voice")
    contact = created["contact"]["id"]
    async with (
        agent_page(server, "whip-voice") as (page, _),
        MediacoreClient(server.url, created["token"]) as visitor,
        rtc.peer() as publisher,
    ):
        await pick_up(page, contact)
        sound = publisher.addTransceiver(rtc.Microphone(Owner.VISITOR), direction="sendonly")
        picture = publisher.addTransceiver(rtc.Camera(Owner.VISITOR), direction="sendonly")
        answer, _ = await visitor.whip(contact, await rtc.offer_of(publisher))
        await rtc.take_answer(publisher, answer)
        assert (sound.currentDirection, picture.currentDirection) == ("sendonly", "inactive")
        await page.request("call.hang_up", contact=contact)


async def test_refusals_say_what_was_wrong(server: Server) -> None:
    created = await queue_up(server)
    contact = created["contact"]["id"]
    async with (
        agent_page(server, "whip-refuser") as (page, agent_token),
        MediacoreClient(server.url, created["token"]) as visitor,
        MediacoreClient(server.url, agent_token) as agent,
        rtc.peer() as publisher,
    ):
        await pick_up(page, contact)
        with pytest.raises(RequestRefused) as refusal:
            await visitor.whip(contact, "this is no session description")
        assert (refusal.value.code, refusal.value.status // 100) == ("malformed_sdp", 4)

        publisher.addTrack(rtc.Microphone(Owner.VISITOR))
        offer = await rtc.offer_of(publisher)
        with pytest.raises(RequestRefused) as refusal:
            await visitor.whip("c_aaaaaaaaaaaaaaaaaaaa", offer)
        assert refusal.value.status in (403, 404)
        async with MediacoreClient(server.url, "not.a.token") as nobody:
            with pytest.raises(RequestRefused) as refusal:
                await nobody.whip(contact, offer)
        assert (refusal.value.code, refusal.value.status) == ("token_invalid", 401)

        # RFC 9725 section 4.3.1: a server without trickle ICE and ICE restarts says so by 405.
        answer, session = await visitor.whip(contact, offer)
        assert "a=candidate:" in answer
        async with httpx.AsyncClient(base_url=server.url) as plain:
            patched = await plain.patch(
                session,
                content="a=ice-ufrag:x",
                headers={
                    "Authorization": f"Bearer {created['token']}",
                    "Content-Type": "application/trickle-ice-sdpfrag",
                },
            )
        assert patched.status_code == 405
        await agent.end_contact(contact)
