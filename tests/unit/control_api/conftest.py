"""The control API, running, for each test of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from control_api import limits
from mediacore.config import Settings
from unit.control_api.running import Api, running, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    async with running(settings) as api:
        yield api


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time limits that a test reaches in a moment. To be named before `api`."""
    monkeypatch.setattr(limits, "HELLO_TIMEOUT_S", 0.1)
    monkeypatch.setattr(limits, "ARRIVAL_GRACE_S", 0.2)


@pytest.fixture(scope="module")
async def shared_api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """One API for the tests of a file that leave nothing behind."""
    async with running(settings_in(tmp_path_factory.mktemp("api"))) as api:
        yield api
