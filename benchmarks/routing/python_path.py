"""A contact's way through Python: submitted, decided, committed, told.

Open loop: contacts are due at fixed times, whether the one before has been offered or not, and each
one's latency counts from when it was due. Visitors, agents and the contact centre share one event
loop, as in the server; the store is a file on a disk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path
from time import perf_counter

import anyio
import anyio.abc

from benchmarks.machine import disk_folder, file_system
from router import ContactCentre, Event, QueueSettings, ThreadedMatcher, open_store, settle
from router.errors import Busy

CONTACTS_PER_S = 1_000
AGENTS = 600
TALK_S = 0.05
WRAP_UP_S = 0.05
# The first contacts meet code that has never run.
WARM_UP_S = 1.0
QUEUES = [
    QueueSettings(id=f"queue-{n}", offer_timeout_s=20, wrap_up_s=WRAP_UP_S, max_waiting=100_000)
    for n in range(4)
]


def python_path(quick: bool) -> Iterator[dict[str, object]]:
    with disk_folder() as folder:
        run = _Run(folder, window_s=3.0 if quick else 20.0)
        anyio.run(run.whole, backend_options={"use_uvloop": True})
        yield run.figures() | {"file_system": file_system(folder)}


class _Run:
    def __init__(self, folder: Path, window_s: float) -> None:
        self._url = f"sqlite:///{folder}/path.db"
        self._window_s = window_s
        self._due: dict[str, float] = {}
        self._offered: dict[str, float] = {}
        self._answered: dict[str, float] = {}
        self._began = self._ended = 0.0
        self._refused = 0
        self._expected = inf
        self._all_offered = anyio.Event()

    async def whole(self) -> None:
        async with (
            open_store(self._url) as store,
            ContactCentre(
                store, ThreadedMatcher(), queues=QUEUES, heartbeat_timeout_s=3_600
            ) as centre,
            anyio.create_task_group() as tasks,
        ):
            for n in range(AGENTS):
                await centre.sign_in(f"agent-{n}", f"Agent {n}")
                await centre.ready(f"agent-{n}")
            settle()
            tasks.start_soon(self._agents, centre, tasks)
            async with anyio.create_task_group() as visitors:
                await self._visitors(centre, visitors)
            self._expected = len(self._due)
            self._look()
            with anyio.fail_after(60):
                await self._all_offered.wait()
            tasks.cancel_scope.cancel()

    async def _visitors(self, centre: ContactCentre, visitors: anyio.abc.TaskGroup) -> None:
        self._began = perf_counter() + 0.1
        for n in range(round((WARM_UP_S + self._window_s) * CONTACTS_PER_S)):
            due = self._began + n / CONTACTS_PER_S
            if (early := due - perf_counter()) > 0:
                await anyio.sleep(early)
            visitors.start_soon(self._visitor, centre, n, due)
        self._ended = perf_counter()

    async def _visitor(self, centre: ContactCentre, n: int, due: float) -> None:
        try:
            contact = await centre.enqueue(QUEUES[n % len(QUEUES)].id, priority=n % 3)
        except Busy:
            self._refused += 1
            return
        self._due[contact.id] = due
        self._answered[contact.id] = perf_counter()

    async def _agents(self, centre: ContactCentre, tasks: anyio.abc.TaskGroup) -> None:
        with centre.subscribe() as events:
            async for event in events:
                if event.type == "reservation.created":
                    self._offered[event.contact or ""] = perf_counter()
                    tasks.start_soon(self._call, centre, event)
                    self._look()

    def _look(self) -> None:
        if len(self._offered) >= self._expected:
            self._all_offered.set()

    async def _call(self, centre: ContactCentre, offer: Event) -> None:
        contact = offer.contact or ""
        await _patiently(centre.accept, contact, offer.agent or "", offer.data["epoch"])
        await anyio.sleep(TALK_S)
        await _patiently(partial(centre.hang_up, by="agent"), contact)

    def figures(self) -> dict[str, object]:
        measured = [contact for contact, due in self._due.items() if due >= self._began + WARM_UP_S]
        offered = sorted(self._offered[contact] - self._due[contact] for contact in measured)
        answered = sorted(self._answered[contact] - self._due[contact] for contact in measured)
        return {
            "p50_ms": _quantile_ms(offered, 0.5),
            "p99_ms": _quantile_ms(offered, 0.99),
            "p999_ms": _quantile_ms(offered, 0.999),
            "max_ms": _quantile_ms(offered, 1.0),
            "answered_p99_ms": _quantile_ms(answered, 0.99),
            "contacts_per_s": round(len(self._due) / (self._ended - self._began)),
            "contacts": len(offered),
            "refused": self._refused,
        }


async def _patiently(call: Callable[..., Awaitable[None]], *arguments: object) -> None:
    """The call, again after a moment as long as the server is too busy for it."""
    while True:
        with suppress(Busy):
            return await call(*arguments)
        await anyio.sleep(0.01)


def _quantile_ms(sorted_s: list[float], share: float) -> float:
    return round(1e3 * sorted_s[min(int(len(sorted_s) * share), len(sorted_s) - 1)], 2)
