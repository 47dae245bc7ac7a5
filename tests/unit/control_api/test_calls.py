"""A call from acceptance to its end: rooms, sessions, tracks, hold, watching, recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mediacore.client import Connection, RequestRefused
from unit.control_api.running import Api, join


async def _until(page: Connection, kind: str, what: Any) -> dict[str, Any]:
    """The next message of that type for which `what(message)` is true."""
    while True:
        message = await page.wait_for(kind)
        if what(message):
            return message


def _state(state: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a message shows a contact, call or agent in that state."""

    def shows(message: dict[str, Any]) -> bool:
        (view,) = (message[name] for name in ("contact", "call", "agent") if name in message)
        return bool(view["state"] == state)

    return shows


def _present(call: dict[str, Any]) -> set[str]:
    return {one["role"] for one in call["participants"] if one["present"]}


async def test_both_are_connected_once_both_have_media(api: Api) -> None:
    async with api.agent() as agent:
        created = await api.contact()
        contact = created["contact"]["id"]
        async with api.page(created["token"]) as visitor:
            offer = await agent.wait_for("reservation.created")
            assert offer["contact"]["customer"]["name"] == "Ada"
            assert offer["contact"]["notes"] == ""
            assert offer["offer_timeout_s"] == 20.0
            await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])
            assert (await agent.wait_for("reservation.ended"))["outcome"] == "accepted"
            assert (await visitor.wait_for("call.updated"))["call"]["state"] == "accepted"

            await join(agent, contact)
            one = await _until(visitor, "call.updated", lambda m: bool(_present(m["call"])))
            assert one["call"]["state"] == "accepted"
            await join(visitor, contact)
            both = await _until(visitor, "call.updated", _state("connected"))
            assert both["call"]["started_at"] is not None
            assert _present(both["call"]) == {"agent", "visitor"}

            await agent.request("call.hang_up", contact=contact)
            ended = await _until(visitor, "contact.updated", _state("completed"))
            assert ended["contact"]["agent"] == {"id": "bo", "name": "Bo"}
            await _until(visitor, "call.updated", _state("ended"))
            busy = await _until(agent, "agent.updated", _state("wrap_up"))
            assert busy["agent"]["wrap_up_ends_at"] is not None
            await agent.request("contact.notes", contact=contact, text="was kind")
            await agent.request("wrap_up.done", contact=contact)
            await _until(agent, "agent.updated", _state("ready"))
    assert [one["room"] for one in api.shard.told("close_room")] == [1]
    async with api.client() as integrator:
        assert (await integrator.contact(contact))["notes"] == "was kind"


async def test_each_is_told_the_others_tracks(api: Api) -> None:
    async with api.call() as (agent, visitor, contact):
        tracks = (await visitor.request("media.join", contact=contact))["tracks"]
        assert [(one["source"], one["role"], one["name"]) for one in tracks] == [
            ("microphone", "agent", "Bo"),
            ("camera", "agent", "Bo"),
        ]
        await join(visitor, contact, "screen")
        shown = await _until(agent, "media.tracks", lambda m: m["tracks"][-1]["source"] == "screen")
        assert {one["role"] for one in shown["tracks"]} == {"visitor"}
        await visitor.request("media.mute", contact=contact, source="camera", muted=True)
        muted = api.shard.told("set_muted")[-1]
        assert (muted["source"], muted["muted"]) == ("camera", True)
        api.shard.say("track_changed", track=tracks[1]["id"], codec="VP8", muted=True)
        changed = await _until(visitor, "media.tracks", lambda m: m["tracks"][1]["muted"])
        assert changed["contact_id"] == contact
        api.shard.say("track_removed", room=1, track=tracks[1]["id"])
        await _until(visitor, "media.tracks", lambda m: len(m["tracks"]) == 1)


async def test_grants_stand_in_the_join_not_in_the_page(api: Api) -> None:
    async with api.call() as (_, _, contact):
        async with api.page(api.token("supervisor", "eve")) as eve:
            with pytest.raises(RequestRefused, match="not_permitted"):
                await eve.request("media.offer", contact=contact, sdp="v=0\r\n")
            watched = await eve.request("watch.start", contact=contact)
            assert {one["role"] for one in watched["tracks"]} == {"agent", "visitor"}
            for kind in ("media.join", "call.hang_up"):
                with pytest.raises(RequestRefused, match="not_permitted"):
                    await eve.request(kind, contact=contact)
            await eve.request("media.offer", contact=contact, sdp="v=0\r\n")
        joins = api.shard.told("join")
        assert [(one["publish"], one["hidden"]) for one in joins] == [
            (True, False),
            (True, False),
            (False, True),
        ]
        # The page is gone, and so is its session.
        assert [one["session"] for one in api.shard.told("leave")] == [joins[2]["session"]]


async def test_nobody_is_told_of_who_watches(api: Api) -> None:
    async with api.call() as (agent, _, contact), api.page(api.token("supervisor", "eve")) as eve:
        await eve.request("watch.start", contact=contact)
        await eve.request("media.offer", contact=contact, sdp="v=0\r\n")
        await agent.request("call.hold", contact=contact, held=True)
        update = await _until(agent, "call.updated", lambda m: m["call"]["held"])
        assert {one["role"] for one in update["call"]["participants"]} == {"agent", "visitor"}
        assert await _until(eve, "call.updated", lambda m: m["call"]["held"])
        assert api.shard.told("set_hold")[-1]["held"] is True
        await agent.request("call.hang_up", contact=contact)
        await _until(eve, "call.updated", _state("ended"))


async def test_a_broken_offer_leaves_the_call_alone(api: Api) -> None:
    async with api.call() as (agent, visitor, contact):
        with pytest.raises(RequestRefused, match="malformed_sdp"):
            await visitor.request("media.offer", contact=contact, sdp="v=1")
        await visitor.request("media.leave", contact=contact)
        with pytest.raises(RequestRefused, match="wrong_state"):
            await visitor.request("media.offer", contact=contact, sdp="v=0\r\n")
        await agent.request("media.offer", contact=contact, sdp="v=0\r\n")


async def test_a_session_outlives_its_socket_and_a_reload_replaces_it(api: Api) -> None:
    async with api.agent() as agent:
        created = await api.contact()
        contact = created["contact"]["id"]
        async with api.page(created["token"], "tab") as visitor:
            offer = await agent.wait_for("reservation.created")
            await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])
            await join(visitor, contact)
            await visitor.request("chat.send", contact=contact, client_id="1", text="hello")
        await join(agent, contact)
        await _until(agent, "call.updated", _state("connected"))
        async with api.page(created["token"], "tab") as again:
            assert again.welcome["call"]["state"] == "connected"
            assert [one["text"] for one in again.welcome["messages"]] == ["hello"]
            missed = await again.wait_for("media.tracks")
            assert {one["role"] for one in missed["tracks"]} == {"agent"}
            await again.request("media.offer", contact=contact, sdp="v=0\r\n")
            first = api.shard.told("join")[0]
            assert api.shard.told("offer")[-1]["session"] == first["session"]
            await again.request("media.join", contact=contact)
            second = api.shard.told("join")[-1]
            assert first["participant"] == second["participant"]
            assert [one["session"] for one in api.shard.told("leave")] == [first["session"]]
            await again.request("chat.send", contact=contact, client_id="1", text="hello")
            async with api.client(created["token"]) as client:
                assert len(await client.messages(contact)) == 1


async def test_an_agent_who_comes_back_hears_the_offer_again(api: Api) -> None:
    token = api.token("agent", "bo", name="Bo")
    async with api.page(token, "tab") as agent:
        await agent.request("agent.sign_in")
        await agent.request("agent.ready")
        contact = (await api.contact())["contact"]["id"]
        offer = await agent.wait_for("reservation.created")
    async with api.page(token, "tab") as agent:
        assert agent.welcome["agent"]["state"] == "reserved"
        assert await agent.wait_for("reservation.created") == offer
        await agent.request("reservation.reject", contact=contact, epoch=offer["epoch"])
        assert (await agent.wait_for("reservation.ended"))["outcome"] == "rejected"


async def test_always_is_recorded_from_the_open_room_on(api: Api) -> None:
    async with api.call("support") as (agent, visitor, contact):
        kinds = [one["type"] for one in api.shard.commands]
        assert kinds.index("start_capture") < kinds.index("join")
        assert (await visitor.wait_for("contact.updated"))["contact"]["id"] == contact
        async with api.client() as integrator:
            assert (await integrator.contact(contact))["recording"] == "on"
            assert (await integrator.recording(contact))["state"] == "on"
        await agent.request("call.hang_up", contact=contact)
        # The script sent no media: an empty recording is none.
        await _until(
            agent,
            "contact.updated",
            lambda m: (m["contact"]["state"], m["contact"]["recording"]) == ("completed", "off"),
        )
        kinds = [one["type"] for one in api.shard.commands]
        assert kinds.index("stop_capture") < kinds.index("close_room")
    async with api.client() as integrator:
        types = [one["type"] for one in await integrator.events(limit=1000)]
        assert "recording.started" in types
        with pytest.raises(RequestRefused, match="unknown_recording"):
            await integrator.recording(contact)


async def test_nothing_is_recorded_before_consent_and_nothing_after(
    api: Api, tmp_path: Path
) -> None:
    async with api.call("sales") as (_, visitor, contact):
        assert api.shard.told("start_capture") == []
        assert not (tmp_path / "recordings").exists()
        await visitor.request("consent.set", granted=True)
        await _until(visitor, "contact.updated", lambda m: m["contact"]["recording"] == "on")
        assert len(api.shard.told("start_capture")) == 1
        await visitor.request("consent.set", granted=False)
        await _until(visitor, "contact.updated", lambda m: m["contact"]["recording"] == "off")
        assert len(api.shard.told("stop_capture")) == 1
        await visitor.request("consent.set", granted=True)
        await _until(visitor, "contact.updated", lambda m: m["contact"]["recording"] == "on")
        assert len(api.shard.told("start_capture")) == 2
        assert (tmp_path / "recordings" / contact).is_dir()


async def test_off_is_never_recorded(api: Api, tmp_path: Path) -> None:
    async with api.call("general") as (agent, visitor, contact):
        with pytest.raises(RequestRefused, match="wrong_state"):
            await visitor.request("consent.set", granted=True)
        await agent.request("call.hang_up", contact=contact)
    assert api.shard.told("start_capture") == []
    assert not (tmp_path / "recordings").exists()
