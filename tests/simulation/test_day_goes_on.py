"""The figures of the day and of the last quarter of an hour go on where a restart cut them off: the
boards show what somebody comes to who adds it up from the log."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

from router import QueueSettings
from router.figures import RECENT_S, AgentFigures, Board, Tally
from router.model import Actor, Event
from simulation.office import BEGINS_US, Office, opened
from simulation.test_working_day import AGENTS, agent, customer

QUEUES = (
    QueueSettings(id="sales", wrap_up_s=30, service_level_s=20, short_abandon_s=5),
    QueueSettings(id="support", wrap_up_s=0, service_level_s=60, short_abandon_s=10),
)
PIECE_S = 1_500.0
PIECES = 4
DOWN_S = 7.0
CUSTOMERS = 45
MINUTE_US = 60_000_000
DAY_US = 24 * 3600 * 1_000_000
AT_WORK = {"ready": 0, "reserved": 0, "busy": 1, "wrap_up": 1}


@dataclass
class Known:
    queue: str
    arrived_us: int
    answered: bool = False


@dataclass
class Person:
    """State and since when, and the time available and occupied of the day."""

    state: str = "offline"
    since_us: int = 0
    spent_us: list[int] = field(default_factory=lambda: [0, 0])
    contacts: int = 0

    def count_to(self, at_us: int, midnight_us: int) -> None:
        if (which := AT_WORK.get(self.state)) is not None:
            self.spent_us[which] += max(0, at_us - max(self.since_us, midnight_us))
        self.since_us = max(self.since_us, at_us)


class Recount:
    """The log, read without any notion of a restart but that it signs people out."""

    def __init__(self, log: Iterable[Event], queues: Iterable[QueueSettings], now_us: int) -> None:
        self.midnight_us = now_us // DAY_US * DAY_US
        self._queues = {queue.id: queue for queue in queues}
        self.outcomes: list[tuple[str, int, Tally]] = []
        self.people: dict[str, Person] = defaultdict(Person)
        self._contacts: dict[str, Known] = {}
        self._left: dict[tuple[str, str], tuple[str, int]] = {}
        seen_us = last_us = 0
        for event in log:
            # What a restart takes back is written at one moment; till when somebody was there to
            # see the agents work is known from what was written before.
            if event.at_us > last_us:
                seen_us, last_us = last_us, event.at_us
            self._read(event, seen_us)
        for person in self.people.values():
            person.count_to(now_us, self.midnight_us)

    def _read(self, event: Event, seen_us: int) -> None:
        at_us, data = event.at_us, event.data
        if event.type == "agent.state_changed":
            person = self.people[event.agent or ""]
            by_restart = data["reason"] == "restart"
            person.count_to(seen_us if by_restart else at_us, self.midnight_us)
            person.state, person.since_us = data["state"], at_us
            return
        if event.contact is None:
            return
        if event.type == "contact.enqueued":
            self._contacts[event.contact] = Known(data["queue"], data["arrived_us"])
            return
        known, who = self._contacts[event.contact], (event.agent or "", event.contact)
        wait_us = at_us - known.arrived_us
        queue = self._queues[known.queue]
        match event.type:
            case "contact.relaxed":
                known.queue = data["queue"]
            case "reservation.accepted":
                self.people[who[0]].contacts += at_us >= self.midnight_us
                if not known.answered:
                    in_time = wait_us <= queue.service_level_s * 1e6
                    self._add(known.queue, at_us, answered=1, answered_in_time=int(in_time))
                    self._add(known.queue, at_us, answer_wait_us=wait_us)
                known.answered = True
            case "contact.abandoned" if not known.answered:
                short = wait_us <= queue.short_abandon_s * 1e6
                self._add(known.queue, at_us, abandoned=1, abandoned_short=int(short))
            case "contact.completed":
                self._add(known.queue, at_us, handled=1, talk_us=data["talk_us"])
                self._left[who] = known.queue, at_us
            case "contact.transferred":
                if event.agent is not None:
                    self._add(known.queue, at_us, handled=1, talk_us=data["talk_us"])
                    self._left[who] = known.queue, at_us
                known.queue = data["queue"]
            case "agent.wrapup_ended":
                left, since_us = self._left[who]
                self._add(left, at_us, wrap_up_us=at_us - since_us)

    def _add(self, queue: str, at_us: int, **counts: int) -> None:
        self.outcomes.append((queue, at_us, Tally(**counts)))

    def tally(self, queue: str, from_us: int) -> Tally:
        tally = Tally()
        for of, at_us, outcome in self.outcomes:
            if of == queue and at_us >= from_us:
                tally = tally.plus(outcome)
        return tally


def compare(board: Board, log: list[Event], queues: Iterable[QueueSettings] = QUEUES) -> Recount:
    recount = Recount(log, queues, board.at_us)
    first_us = (board.at_us // MINUTE_US - RECENT_S // 60 + 1) * MINUTE_US
    for queue in board.queues:
        assert queue.day == recount.tally(queue.id, recount.midnight_us)
        assert queue.recent == recount.tally(queue.id, first_us)
    for id, person in recount.people.items():
        figures = board.figures.get(id)
        if figures is None:  # who has done nothing of the day isn't told of after a restart
            assert (person.contacts, person.spent_us) == (0, [0, 0])
            continue
        assert figures.contacts == person.contacts
        assert list(spent_us(figures, board.at_us)) == person.spent_us
    return recount


def spent_us(figures: AgentFigures, at_us: int) -> tuple[int, int]:
    spent = [figures.available_us, figures.occupied_us]
    if (which := AT_WORK.get(figures.state)) is not None:
        spent[which] += at_us - figures.counted_us
    return spent[0], spent[1]


async def traffic(office: Office, seed: str) -> None:
    async with anyio.create_task_group() as tasks:
        for n in range(CUSTOMERS):
            tasks.start_soon(customer, office, PIECE_S, random.Random(f"{seed} customer {n}"))
        for n in range(AGENTS):
            chance = random.Random(f"{seed} agent {n}")
            tasks.start_soon(agent, office, f"agent-{n}", PIECES * 2 * PIECE_S, chance)
            if chance.random() < 0.5:
                tasks.start_soon(give_away, office, f"agent-{n}", chance)
        await anyio.sleep(random.Random(f"{seed} end").uniform(PIECE_S / 2, PIECE_S))
        tasks.cancel_scope.cancel()


async def give_away(office: Office, name: str, chance: random.Random) -> None:
    """Now and then the agent passes a contact on to the other queue."""
    while True:
        await anyio.sleep(chance.uniform(60, 240))
        mine = [one for one in office.centre.contacts() if one.agent == name]
        for contact in [one for one in mine if one.state == "connected"][:1]:
            other = "support" if contact.queue == "sales" else "sales"
            await office.centre.transfer(contact.id, by=Actor("agent", name), queue_id=other)


# At midnight the day begins anew, and the last quarter of an hour doesn't.
@pytest.mark.parametrize("begins_us", [BEGINS_US, BEGINS_US + DAY_US - 2_400_000_000])
@pytest.mark.timeout(180)
async def test_as_somebody_adds_it_up_from_the_log(tmp_path: Path, begins_us: int) -> None:
    seed = time.time_ns() % 1_000_000
    print(f"seed {seed}")
    url = f"sqlite:///{tmp_path}/day.db"
    counted = Tally()
    for piece in range(PIECES):
        async with opened(url, QUEUES, begins_us=begins_us) as office:
            compare(office.centre.board(), await office.log())
            await traffic(office, f"{seed} {piece}")
            # Whatever was on its way is committed.
            await anyio.wait_all_tasks_blocked()
            recount = compare(office.centre.board(), await office.log())
        await anyio.sleep(DOWN_S)
    for _, _, tally in recount.outcomes:
        counted = counted.plus(tally)
    assert min(counted.answered, counted.abandoned, counted.talk_us, counted.wrap_up_us) > 0


async def test_a_contact_that_comes_back_had_its_answer(tmp_path: Path) -> None:
    """Also if nobody knew of it but the store."""
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url) as office:
        await office.staff("anna")
        contact = await office.arrive()
        await office.answer(contact)
        await office.centre.sign_out("anna", force=True)
        assert office.state(contact) == ("waiting", None)
    async with opened(url) as office:
        await office.staff("bert")
        await office.answer(contact)
        assert office.centre.queue("sales").day.answered == 1
        assert office.centre.board().figures["bert"].contacts == 1


async def offers_after(tmp_path: Path, *, restart: bool) -> list[tuple[str | None, int]]:
    """To whom three contacts go, and what was compared, after three agents' different work."""
    queues = [QueueSettings(id="sales", strategy="least_occupied", wrap_up_s=10)]
    url = f"sqlite:///{tmp_path}/{restart}.db"
    begins_us = BEGINS_US - round(anyio.current_time() * 1e6)
    names = ["anna", "bert", "cleo"]
    async with opened(url, queues, begins_us=begins_us) as office:
        for name, talk_s in zip(names, (900, 60, 300), strict=True):
            await office.staff(name)
            contact = await office.arrive()
            assert await office.answer(contact) == name
            await anyio.sleep(talk_s)
            await office.centre.hang_up(contact, by="agent")
            await anyio.sleep(20)
            if name != "cleo":
                await office.centre.not_ready(name, "break")
        for name in names:
            await office.centre.sign_out(name)
        if not restart:
            return await offers(office, names)
    async with opened(url, queues, begins_us=begins_us) as office:
        return await offers(office, names)


async def offers(office: Office, names: list[str]) -> list[tuple[str | None, int]]:
    await office.staff(*names)
    contacts = [await office.arrive() for _ in names]
    told = {event.contact: event for event in await office.log() if event.data.get("decision")}
    return [(told[one].agent, told[one].data["decision"]["compared"]) for one in contacts]


async def test_who_was_the_least_occupied_stays_so(tmp_path: Path) -> None:
    before = await offers_after(tmp_path, restart=False)
    after = await offers_after(tmp_path, restart=True)
    assert [who for who, _ in before] == ["bert", "cleo", "anna"]
    for (who, compared_us), (same, about_us) in zip(before, after, strict=True):
        assert who == same
        assert about_us == pytest.approx(compared_us, abs=5)
