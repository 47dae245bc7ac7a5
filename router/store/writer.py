"""The one writer: whatever is pending goes into one transaction (a group commit).

A commit with synchronous=FULL costs a millisecond whether it holds one event or five hundred;
what arrives during one commit shares the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice

import anyio

from router.errors import Busy, CentreClosed
from router.model import Event
from router.store.entry import Entry
from router.store.store import Store

# Above this the pump stops reading decisions, and calls that write directly are refused as busy.
WRITE_QUEUE_BOUND = 4_096
# One transaction's share, so that a backlog doesn't make its first entry wait for its last.
GROUP_BOUND = 512

Committed = Callable[[Entry, list[Event]], None]


class Writer:
    """Takes entries in order, commits them in groups, reports each after its commit, in order."""

    def __init__(self, store: Store, committed: Committed, bound: int = WRITE_QUEUE_BOUND) -> None:
        self._store = store
        self._committed = committed
        self._bound = bound
        self._queue: deque[Entry] = deque()
        self._arrived = anyio.Event()
        self._room = anyio.Event()
        self._closed = False

    def put(self, entry: Entry) -> None:
        """Queue an entry, whatever the bound says: a decision that was made can't be refused.

        Never blocks, so that the order of entries is the order in which their makers changed the
        ledger. Raises CentreClosed once the writer has stopped.
        """
        if self._closed:
            closed = CentreClosed("the store's writer has stopped")
            if entry.answer is not None:
                entry.answer.settle(closed)
            raise closed
        self._queue.append(entry)
        self._arrived.set()

    def check_room(self) -> None:
        """Raise Busy if WRITE_QUEUE_BOUND entries wait already."""
        if len(self._queue) >= self._bound:
            raise Busy(f"{self._bound} writes are waiting for the store; try again")

    async def wait_for_room(self) -> None:
        """Return when fewer than WRITE_QUEUE_BOUND entries wait."""
        while len(self._queue) >= self._bound:
            self._room = anyio.Event()
            await self._room.wait()

    async def run(self) -> None:
        """Commit until cancelled. An error of the store ends it: what isn't kept can't be told."""
        try:
            while True:
                while not self._queue:
                    self._arrived = anyio.Event()
                    await self._arrived.wait()
                await self._commit(list(islice(self._queue, GROUP_BOUND)))
        finally:
            self._closed = True
            for entry in self._queue:
                if entry.answer is not None:
                    entry.answer.settle(CentreClosed("the store's writer has stopped"))

    async def _commit(self, group: list[Entry]) -> None:
        writing = [entry for entry in group if entry.writes]
        numbered = iter(await self._store.commit(writing) if writing else ())
        for entry in group:
            self._queue.popleft()
            self._committed(entry, next(numbered) if entry.writes else [])
            if entry.answer is not None:
                entry.answer.settle(entry.error)
        self._room.set()
