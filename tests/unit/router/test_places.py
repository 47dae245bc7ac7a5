"""Who waits where, who is there for them, and what is learned of both."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from router.model import Agent, Assignment, Contact, QueueSettings
from router.places import Places, Standing
from router.prediction import WINDOW, Group, Predictor
from router.staff import Staff
from router.waiting import LINES_BOUND, Waiting

QUEUES = {"sales": QueueSettings(id="sales"), "urgent": QueueSettings(id="urgent", urgency=4)}


def contact(number: int, queue: str = "sales", arrived_s: float = 0.0, **given: Any) -> Contact:
    arrived_us = round(arrived_s * 1e6)
    return Contact(
        **{"priority": 0, **given},
        number=number,
        id=f"c{number}",
        queue=queue,
        arrived_us=arrived_us,
    )


def agent(number: int, *queues: str, state: Any = "busy", **skills: int) -> Agent:
    assignment = Assignment(skills=skills)
    return Agent(
        number=number, id=f"a{number}", name="", queues=queues, state=state, assignment=assignment
    )


class Desk:
    """Places, with the time in seconds."""

    def __init__(self) -> None:
        self.predictor = Predictor()
        self.places = Places(QUEUES, self.predictor)

    def add(self, *everybody: Contact | Agent) -> None:
        for one in everybody:
            if isinstance(one, Contact):
                self.places.follow_contact(None, one)
            else:
                self.places.follow_agent(one, None)

    def waits_s(self, now_s: float, *numbers: int) -> list[int]:
        self.places.refresh(round(now_s * 1e6))
        standings = [self.places.standing(number) for number in numbers]
        return [one.wait_s for one in standings if one is not None and one.wait_s is not None]


def test_a_queue_that_gets_urgent_faster_overtakes() -> None:
    desk = Desk()
    desk.add(agent(1, "sales", "urgent"), contact(1), contact(2, "urgent", arrived_s=60))
    # After 70 s the one has waited 70, the other 10 that count as 40; after 100 s 100 and 160.
    older, newer = desk.waits_s(70, 1, 2)
    assert older < newer
    older, newer = desk.waits_s(100, 1, 2)
    assert older > newer


def test_priority_goes_first_and_positions_follow() -> None:
    desk = Desk()
    desk.add(agent(1, "sales"), contact(1), contact(2), contact(3, arrived_s=9, priority=1))
    standings = [desk.places.standing(number) for number in (1, 2, 3)]
    assert [one.position for one in standings if one] == [2, 3, 1]
    waits_s = desk.waits_s(10, 3, 1, 2)
    assert waits_s == sorted(waits_s)
    assert len(waits_s) == 3


def test_whoever_leaves_or_learns_a_skill_changes_the_wait() -> None:
    desk = Desk()
    desk.add(agent(1, "sales"), agent(2, "sales", german=3), contact(1, requires={"german": 3}))
    (only_one_can,) = desk.waits_s(1, 1)
    desk.add(agent(1, "sales", german=4))
    (both_can,) = desk.waits_s(2, 1)
    assert both_can == pytest.approx(only_one_can / 2, abs=1)
    desk.add(agent(1, "sales", state="not_ready", german=4), agent(2, "sales", german=2))
    assert desk.waits_s(3, 1) == []
    desk.add(agent(2, "urgent", german=9))
    assert desk.waits_s(4, 1) == []


def test_calls_that_take_longer_make_the_wait_longer() -> None:
    desk = Desk()
    desk.add(agent(1, "sales"), contact(1))
    (before,) = desk.waits_s(1, 1)
    ended = contact(9, state="connected", accepted_us=1)
    for _ in range(WINDOW):
        desk.places.follow_contact(ended, replace(ended, state="completed", talk_us=360_000_000))
    (after,) = desk.waits_s(2, 1)
    assert after == pytest.approx(2 * before, abs=2)


def test_before_anything_was_foretold_there_is_a_place() -> None:
    desk = Desk()
    desk.add(agent(1, "sales"), contact(1))
    assert desk.places.standing(1) == Standing(1, None, None)
    assert desk.places.newcomer("sales") == Standing(2, None, None)
    assert desk.places.standing(7) is None


def test_news_is_told_once() -> None:
    desk = Desk()
    desk.add(agent(1, "sales"), *(contact(number) for number in range(1, 4)))
    desk.places.refresh(0)
    assert desk.places.news() == [1, 2, 3]
    desk.places.refresh(1)
    assert desk.places.news() == []
    desk.places.follow_contact(contact(1), contact(1, state="abandoned", ended_us=2))
    desk.places.refresh(2)
    assert desk.places.news() == [2, 3]
    assert not desk.places.more_news


def test_too_many_kinds_of_needs_wait_in_the_queues_usual_line() -> None:
    waiting = Waiting(QUEUES)
    kinds = LINES_BOUND + 10
    for number in range(kinds):
        waiting.enter(contact(number, requires={f"s{number}": 1}))
    assert len(waiting.lines()) == LINES_BOUND
    last = waiting.spot(kinds - 1)
    assert last is not None
    assert last.line is waiting.usual("sales")
    assert waiting.ahead_in_queue(last) == kinds - 1
    # Lines that nobody waits in any more make room.
    for number in range(kinds):
        waiting.leave(number)
    waiting.enter(contact(kinds, requires={"new": 1}))
    spot = waiting.spot(kinds)
    assert spot is not None
    assert spot.line.needs.levels == (("new", 1),)
    assert len(waiting) == 1
    assert len(waiting.lines()) == len(QUEUES) + 1


def test_a_line_in_which_nobody_waits_is_foretold_only_if_it_is_usual() -> None:
    waiting = Waiting(QUEUES)
    usual = [waiting.usual(queue) for queue in QUEUES]
    waiting.enter(contact(1, requires={"german": 1}))
    asked = waiting.enter(contact(2, requires={"german": 2, "agent:lin": 1})).line
    waiting.leave(1)
    assert waiting.in_use() == [*usual, asked]
    assert asked.needs.levels == (("german", 2),)
    waiting.enter(contact(3, requires={"german": 1}))
    waiting.leave(2)
    assert [line.needs.levels for line in waiting.in_use()] == [(), (), (("german", 1),)]


def test_agents_alike_stay_together_as_lines_come_and_go() -> None:
    waiting, staff = Waiting(QUEUES), Staff()
    staff.follow(agent(1, "sales", german=3), None)

    def groups() -> list[Group]:
        return staff.groups(waiting, {line: n for n, line in enumerate(waiting.in_use())})

    assert groups() == [Group((0,), Counter({"sales": 1}), 0)]
    waiting.enter(contact(1, requires={"german": 2}))
    # Who came before the line and who came after it.
    staff.follow(agent(2, "sales", german=4), None)
    assert groups() == [Group((0, 2), Counter({"sales": 2}), 0)]
    for number in range(LINES_BOUND):
        waiting.leave(number)
        waiting.enter(contact(number + 1, requires={f"s{number}": 1}))
    waiting.leave(LINES_BOUND)
    assert groups() == [Group((0,), Counter({"sales": 2}), 0)]


def test_a_second_more_or_less_is_no_news() -> None:
    desk = Desk()
    desk.add(agent(1, "sales"), contact(1))
    desk.places.refresh(0)
    assert desk.places.news() == [1]
    for talk_s, told in ((182, []), (240, [1]), (242, [])):
        experience = desk.predictor.experience["sales"]
        for _ in range(WINDOW):
            experience.talked(talk_s)
        desk.places.refresh(0)
        assert desk.places.news() == told, talk_s
