"""A call that runs while the server restarts."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from simulation.office import HEARTBEAT_TIMEOUT_S, opened


@pytest.fixture
async def talking(tmp_path: Path) -> str:
    """A store left behind with one contact connected to anna, and one waiting."""
    async with opened(f"sqlite:///{tmp_path}/day.db") as office:
        await office.staff("anna")
        contact = await office.arrive()
        await office.answer(contact)
        await office.arrive()
        return contact


async def test_the_agent_comes_back_into_the_call(talking: str, tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/day.db") as office:
        await anyio.sleep(HEARTBEAT_TIMEOUT_S - 6)
        await office.sign_in("anna")
        await anyio.sleep(600)
        assert office.state(talking) == ("connected", "anna")
        assert office.centre.agent("anna").holds(talking)
        await office.centre.hang_up(talking, by="visitor")
        assert office.agent_state("anna")[0] == "wrap_up"
        assert "contact.requeued" not in await office.story(talking)


async def test_an_agent_who_stays_away_gives_the_contact_back(talking: str, tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/day.db") as office:
        await anyio.sleep(HEARTBEAT_TIMEOUT_S + 1)
        assert office.agent_state("anna")[0] == "offline"
        view = office.centre.contact(talking)
        assert (view.state, view.position) == ("waiting", 1)
        await office.staff("bert")
        assert office.state(talking) == ("offered", "bert")
