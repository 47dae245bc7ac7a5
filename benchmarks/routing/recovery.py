"""A server with very many waiting contacts is killed while it commits, and comes back.

Three processes: this one fills a store; a second opens it, takes offers and contacts and writes
down what it was answered, until SIGKILL; a third recovers and is compared with what was written.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

import anyio

from benchmarks.machine import disk_folder, file_system, resident_mb
from benchmarks.routing.backlog import PRIORITY_WORTH_S, QUEUES, SKILLS, fill
from router import (
    Actor,
    Assignment,
    ContactCentre,
    Subscription,
    ThreadedMatcher,
    open_store,
    settle,
)

AGENTS = 200
VISITORS = 64
# How long the second process works before it is killed.
WORK_S = 1.0
ALL_SKILLS = Assignment(skills={skill.id: 10 for skill in SKILLS})


def recovery(quick: bool) -> Iterator[dict[str, object]]:
    count = 100_000 if quick else 1_000_000
    with disk_folder() as folder:
        url, answers = f"sqlite:///{folder}/store.db", folder / "answers"
        anyio.run(fill, url, count, time.time_ns() // 1_000, 1)
        _work_until_killed(url, answers)
        recovered = _run("recover", url)
        yield (
            {"ready_s": recovered["ready_s"], "placed_s": recovered["placed_s"]}
            | _compared(folder / "store.db", answers, count, recovered["waiting"])
            | {
                "contacts": count,
                "rss_mb": recovered["rss_mb"],
                "file_system": file_system(folder),
            }
        )


# -- the second process ----------------------------------------------------------------------------


def _work_until_killed(url: str, answers: Path) -> None:
    with answers.open("wb") as log, _process("work", url, stdout=log) as process:
        while b"working\n" not in answers.read_bytes():
            if process.poll() is not None:
                raise RuntimeError("the process that was to be killed has ended by itself")
            time.sleep(0.01)
        time.sleep(WORK_S)
        process.send_signal(signal.SIGKILL)


async def _work(url: str) -> None:
    async with _centre(url) as (centre, _), anyio.create_task_group() as tasks:
        settle()
        async with anyio.create_task_group() as coming:
            for n in range(AGENTS):
                coming.start_soon(_come, centre, f"agent-{n}")
        _tell("working")
        # Every second agent lets it ring.
        for n in range(0, AGENTS, 2):
            tasks.start_soon(_answer_calls, centre, f"agent-{n}")
        for n in range(VISITORS):
            tasks.start_soon(_arrive, centre, QUEUES[n % len(QUEUES)].id)


async def _come(centre: ContactCentre, agent: str) -> None:
    await centre.assign(agent, ALL_SKILLS, by=Actor("integrator", "benchmark"))
    await centre.sign_in(agent, agent.title())
    await centre.ready(agent)


async def _answer_calls(centre: ContactCentre, agent: str) -> None:
    while True:
        contact = centre.contact(centre.agent(agent).work[0].contact)
        await centre.accept(contact.id, agent, contact.epoch or 0)
        await centre.connected(contact.id)
        _tell(f"ending {contact.number}")
        await centre.hang_up(contact.id, by="agent")
        _tell(f"ended {contact.number}")


async def _arrive(centre: ContactCentre, queue: str) -> None:
    while True:
        _tell(f"arrived {(await centre.enqueue(queue)).number}")


def _tell(what: str) -> None:
    os.write(1, f"{what}\n".encode())


# -- the third process -----------------------------------------------------------------------------


async def _recover(url: str) -> None:
    began = time.perf_counter()
    async with _centre(url) as (centre, matcher):
        settle()
        with centre.subscribe() as events:
            await _come(centre, "successor")
            await centre.enqueue(QUEUES[0].id)
            await _first(events, "reservation.created")
            ready_s = time.perf_counter() - began
            # Told as soon as everybody has a place.
            await _first(events, "contact.position")
        placed_s = time.perf_counter() - began
        rss_mb = resident_mb()
        waiting = {queue.queue: queue.waiting for queue in matcher.snapshot().queues}
        times = {"ready_s": round(ready_s, 2), "placed_s": round(placed_s, 2)}
        print(json.dumps(times | {"rss_mb": rss_mb, "waiting": waiting}))


async def _first(events: Subscription, type: str) -> None:
    async for event in events:
        if event.type == type:
            return


# -- what became of them ---------------------------------------------------------------------------


def _compared(
    store: Path, answers: Path, count: int, waiting: dict[str, list[int]]
) -> dict[str, object]:
    """`lost`: were accepted, nobody ended them, and they are neither waiting nor with an agent.
    `doubled`: are there twice, or although they had ended."""
    told: defaultdict[str, set[int]] = defaultdict(set)
    for line in answers.read_text().splitlines():
        what, _, number = line.partition(" ")
        if number:
            told[what].add(int(number))
    with sqlite3.connect(store) as connection:
        live = connection.execute(
            "SELECT queues.number, contacts.number, priority, arrived_us, state FROM contacts"
            " JOIN queues ON queues.id = contacts.queue"
            " WHERE state IN ('waiting', 'offered', 'accepted', 'connected')"
        ).fetchall()
    here = Counter(number for numbers in waiting.values() for number in numbers)
    here.update(row[1] for row in live if row[4] != "waiting")
    accepted = set(range(1, count + 1)) | told["arrived"]
    return {
        "lost": len(accepted - told["ending"] - here.keys()),
        "doubled": sum(here.values()) - len(here) + len(here.keys() & told["ended"]),
        "order_exact": {int(queue): numbers for queue, numbers in waiting.items() if numbers}
        == _order(live),
        "accepted": len(accepted),
        "ended_before_the_kill": len(told["ended"]),
    }


def _order(live: list[tuple[int, int, int, int, str]]) -> dict[int, list[int]]:
    """Who waits, by queue, in the order that follows from arrivals and priorities."""
    places: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for queue, number, priority, arrived_us, state in live:
        if state == "waiting":
            places[queue].append((arrived_us - priority * PRIORITY_WORTH_S * 1_000_000, number))
    return {queue: [number for _, number in sorted(found)] for queue, found in places.items()}


# -- both ------------------------------------------------------------------------------------------


@asynccontextmanager
async def _centre(url: str) -> AsyncIterator[tuple[ContactCentre, ThreadedMatcher]]:
    matcher = ThreadedMatcher()
    async with (
        open_store(url) as store,
        ContactCentre(
            store, matcher, queues=QUEUES, skills=SKILLS, heartbeat_timeout_s=3_600
        ) as centre,
    ):
        yield centre, matcher


def _process(what: str, url: str, stdout: int | IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.routing.recovery", what, url]
    return subprocess.Popen(command, stdout=stdout)


def _run(what: str, url: str) -> Any:
    with _process(what, url, stdout=subprocess.PIPE) as process:
        output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{what} has failed")
    return json.loads(output)


if __name__ == "__main__":
    anyio.run(
        {"work": _work, "recover": _recover}[sys.argv[1]],
        sys.argv[2],
        backend_options={"use_uvloop": True},
    )
