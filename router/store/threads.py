"""Where the store's blocking calls run: worker threads in production, in place in simulations
(a thread knows nothing of a virtual clock)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

T = TypeVar("T")

# The store's own threads, so that slow downloads or DNS never keep a commit waiting for a thread.
STORE_THREADS_BOUND = 6


class RunSync(Protocol):
    """Runs a blocking call; returns what it returns, raises what it raises."""

    async def __call__(self, call: Callable[[], T], /) -> T: ...


class WorkerThreads:
    """Runs each call in a worker thread; a call that has begun is always awaited to its end."""

    def __init__(self, bound: int = STORE_THREADS_BOUND) -> None:
        self._limiter = anyio.CapacityLimiter(bound)

    async def __call__(self, call: Callable[[], T], /) -> T:
        return await anyio.to_thread.run_sync(call, limiter=self._limiter)


async def in_place(call: Callable[[], T], /) -> T:
    """Runs the call in the event loop itself, after letting others run."""
    await anyio.lowlevel.checkpoint()
    return call()
