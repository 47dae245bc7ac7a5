"""A visitor who is gone has a while to come back; then the contact ends."""

from __future__ import annotations

import msgspec
import pytest

from control_api.ws.presence import Presence
from mediacore.config import RoutingSettings, Settings
from unit.control_api.running import Api, join, running


async def _ended(api: Api, contact: str) -> str:
    """The state the contact ends in."""
    with api.services.centre.subscribe() as events:
        async for event in events:
            if event.contact == contact and event.type in (
                "contact.abandoned",
                "contact.completed",
            ):
                assert event.data["by"] == "visitor_gone"
                return event.type
    raise AssertionError("the stream ended")


async def test_who_waits_and_goes_is_abandoned(api: Api) -> None:
    created = await api.contact()
    async with api.page(created["token"]):
        pass
    assert await _ended(api, created["contact"]["id"]) == "contact.abandoned"


async def test_who_never_comes_is_abandoned(short_waits: None, api: Api) -> None:
    created = await api.contact()
    assert await _ended(api, created["contact"]["id"]) == "contact.abandoned"


async def test_a_call_without_its_visitor_ends(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async with api.agent() as agent:
        created = await api.contact()
        contact = created["contact"]["id"]
        async with api.page(created["token"]) as visitor:
            offer = await agent.wait_for("reservation.created")
            await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])
            await join(agent, contact)
            await visitor.request("media.join", contact=contact)
            await visitor.request("media.leave", contact=contact)
        assert await _ended(api, contact) == "contact.completed"


async def test_who_comes_back_in_time_stays(settings: Settings) -> None:
    patient = msgspec.structs.replace(settings, routing=RoutingSettings(visitor_grace_s=600))
    async with running(patient) as api:
        created = await api.contact()
        presence: Presence = api.services.presence
        async with api.page(created["token"]):
            assert presence.absent == 0
        async with api.page(created["token"]) as visitor:
            assert visitor.welcome["contact"]["state"] == "waiting"
            assert presence.absent == 0
