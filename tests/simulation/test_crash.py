"""The server is gone after any commit of a busy hour: its successor has all, once, in order."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio
import trio.testing
from msgspec.structs import replace

from router import QueueSettings, Store
from router.model import Actor, Allowance, Assignment, Capacity, Channel, RelaxStep
from simulation.office import Office, opened
from simulation.test_day_goes_on import compare
from simulation.test_working_day import AGENTS, agent, customer

HOUR_S = 3600.0
CUSTOMERS = 120
CRASHES = 20
# The successor starts a minute later.
DOWN_US = 60_000_000
_BLOCKS: tuple[Channel, ...] = ("voice", "video", "chat", "callback")
ONE_AT_A_TIME = Assignment(
    capacity=Capacity(video=Allowance(1, _BLOCKS), chat=Allowance(1, _BLOCKS))
)
RELAX_US = 90_000_000
QUEUES = (
    # Whoever waits long goes on waiting in the other queue, at the same place by arrival.
    QueueSettings(
        id="sales", wrap_up_s=30, relax=(RelaxStep(after_s=RELAX_US / 1e6, queue="support"),)
    ),
    QueueSettings(id="support", wrap_up_s=30),
)


@dataclass
class Crash:
    """The store as it was after one commit, and what people had been told by then."""

    store: Path
    at_us: int
    arrived: frozenset[str]
    ended: frozenset[str]


@dataclass
class Left:
    """A live contact as the log tells of it."""

    key: tuple[int, int, str]
    agent: str | None = None
    answered: bool = False


@dataclass
class Told:
    arrived: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


def noting(call: Callable[..., Any], names: set[str], name: Callable[..., str]) -> Any:
    """The call, with what it was about noted once it has returned."""

    async def noted(*args: Any, **kwargs: Any) -> Any:
        result = await call(*args, **kwargs)
        names.add(name(result, *args))
        return result

    return noted


async def work_an_hour(
    folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch, share: float
) -> list[Crash]:
    """An hour of traffic; the store is copied after a `share` of its commits."""
    url, told = f"sqlite:///{folder}/hour.db", Told()
    crashes: list[Crash] = []
    chance = random.Random(f"{seed} crashes")
    commit = Store._commit

    async with opened(url, QUEUES) as office:
        centre = office.centre

        def commit_and_copy(store: Store, entries: Any) -> Any:
            numbered = commit(store, entries)
            if chance.random() < share:
                copy = folder / f"{len(crashes)}.db"
                with (
                    closing(sqlite3.connect(folder / "hour.db")) as source,
                    closing(sqlite3.connect(copy)) as target,
                ):
                    source.backup(target)
                now_us = office.matcher.now_us()
                crashes.append(Crash(copy, now_us, frozenset(told.arrived), frozenset(told.ended)))
            return numbered

        monkeypatch.setattr(Store, "_commit", commit_and_copy)
        for call, names, name in (
            ("enqueue", told.arrived, lambda contact, *_: contact.id),
            ("abandon", told.ended, lambda _, contact_id: contact_id),
            ("hang_up", told.ended, lambda _, contact_id: contact_id),
        ):
            monkeypatch.setattr(centre, call, noting(getattr(centre, call), names, name))
        async with anyio.create_task_group() as tasks:
            for n in range(CUSTOMERS):
                tasks.start_soon(customer, office, HOUR_S, random.Random(f"{seed} customer {n}"))
            for n in range(AGENTS):
                tasks.start_soon(
                    agent, office, f"agent-{n}", HOUR_S, random.Random(f"{seed} agent {n}")
                )
        monkeypatch.setattr(Store, "_commit", commit)
    return crashes


def read(store: Path) -> tuple[set[str], dict[str, Left]]:
    """Who ever arrived, and who is live, at the end of the log of a store."""
    with closing(sqlite3.connect(store)) as connection:
        query = "SELECT type, contact, agent, data FROM events ORDER BY seq"
        log = connection.execute(query).fetchall()
    arrived: set[str] = set()
    live: dict[str, Left] = {}
    for kind, contact, who, text in log:
        match kind:
            case "contact.enqueued":
                data = json.loads(text)
                arrived.add(contact)
                live[contact] = Left((-data["priority"], data["arrived_us"], contact))
            case "reservation.created":
                live[contact].agent = who
            case "reservation.accepted":
                live[contact].answered = True
            case "contact.requeued":
                live[contact].agent, live[contact].answered = None, False
            case "contact.abandoned" | "contact.completed":
                del live[contact]
    return arrived, live


def whole(office: Office) -> dict[str, Any]:
    """Everybody, as people see it but for the waits foretold, and the matcher's own lists."""
    unforetold = {"estimated_wait_s": None, "estimated_wait_p90_s": None, "position": None}
    return {
        "contacts": [replace(one, **unforetold) for one in office.centre.contacts()],
        "agents": office.centre.agents(),
        "matcher": office.matcher.snapshot().queues,
    }


async def recover(crash: Crash, store: Path) -> tuple[dict[str, Any], list[str]]:
    """What the successor has, and who is offered to an agent who takes everybody who waits."""
    async with successor(crash, store) as office:
        seen, offered = whole(office), []
        await office.centre.assign("zoe", ONE_AT_A_TIME, by=Actor("supervisor", "eve"))
        await office.sign_in("zoe")
        for _ in range(sum(contact.state == "waiting" for contact in seen["contacts"])):
            await office.centre.ready("zoe")
            contact = office.centre.contact(office.centre.agent("zoe").work[0].contact)
            offered.append(contact.id)
            await office.centre.accept(contact.id, "zoe", contact.epoch or 0)
            await office.centre.hang_up(contact.id, by="agent")
            await office.centre.wrap_up_done("zoe", contact.id)
        return seen, offered


async def look(crash: Crash, store: Path) -> dict[str, Any]:
    async with successor(crash, store) as office:
        compare(office.centre.board(), await office.log(), QUEUES)
        return whole(office)


def successor(crash: Crash, store: Path) -> AbstractAsyncContextManager[Office]:
    return opened(f"sqlite:///{store}", QUEUES, begins_us=crash.at_us + DOWN_US)


def check(crash: Crash, left: dict[str, Left], seen: dict[str, Any], offered: list[str]) -> None:
    """What the successor has is what the log says, and at least what people were told."""
    assert not crash.ended & left.keys()
    known = {contact.id: contact for contact in seen["contacts"]}
    assert len(seen["contacts"]) == len(known), "a contact is there twice"
    assert known.keys() == left.keys()
    waiting = sorted((one for one in left if not left[one].answered), key=lambda id: left[id].key)
    for id, contact in known.items():
        if left[id].answered:
            assert (contact.state, contact.agent) == ("connected", left[id].agent)
            continue
        assert (contact.state, contact.agent) == ("waiting", None)
        relaxed = left[id].key[1] + RELAX_US <= crash.at_us + DOWN_US
        assert contact.queue == ("support" if relaxed else contact.queue)
        assert contact.relaxed >= (relaxed and (contact.entered or contact.queue) == "sales")
    for queue in seen["matcher"]:
        here = [one for one in waiting if known[one].queue == QUEUES[queue.queue - 1].id]
        assert queue.waiting == [known[one].number for one in here]
    assert offered == waiting


def in_virtual_time(function: Callable[..., Any], *args: Any) -> Any:
    return trio.run(function, *args, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.mark.timeout(180)
def test_any_commit_may_have_been_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    crashes = in_virtual_time(work_an_hour, tmp_path, seed, monkeypatch, 0.1)
    assert len(crashes) >= CRASHES
    chance = random.Random(f"{seed} looked at")
    seen_offers = seen_calls = 0
    for crash in chance.sample(crashes, CRASHES):
        again = shutil.copy(crash.store, tmp_path / "again.db")
        arrived, left = read(crash.store)
        assert crash.arrived <= arrived
        check(crash, left, *in_virtual_time(recover, crash, crash.store))
        # Once or twice, it comes to the same.
        assert in_virtual_time(look, crash, again) == in_virtual_time(look, crash, again)
        seen_offers += any(one.agent and not one.answered for one in left.values())
        seen_calls += any(one.answered for one in left.values())
    assert seen_offers, "no crash while an offer rang"
    assert seen_calls, "no crash during a call"
