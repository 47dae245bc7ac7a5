"""Simulations run on trio's virtual clock: whoever sleeps makes the time jump, nobody waits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio.testing

from simulation.office import Office, opened


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """A contact centre with the queues `sales` and `support`, and nobody in it."""
    async with opened() as office:
        yield office
