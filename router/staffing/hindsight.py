"""What would have been foretold in a simulated run, by this server's predictor and by others.

Everybody gets the same: who waits and works at that moment, and the handling times and waits seen
so far; nobody gets the rates that the scenario was made of. The others are those of Ibrahim and
Whitt, "Real-Time Delay Estimation Based on Delay History", Manufacturing & Service Operations
Management 11, 2009, and for QL_a the paper named in `wait_behind`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from router.errors import Invalid
from router.prediction import Forecast, Group, Predictor, Queued
from router.staffing.scenario import Scenario
from router.staffing.simulator import Outcome, Run

FORETOLD = np.dtype(
    [
        ("contact", np.int64),
        ("mean_s", np.float64),
        ("p10_s", np.float64),
        ("p50_s", np.float64),
        ("p90_s", np.float64),
        ("ql_s", np.float64),
        ("ql_a_s", np.float64),
        ("les_s", np.float64),
        ("hol_s", np.float64),
    ]
)


class _Kind(IntEnum):
    """What happens, in the order in which it does at one instant."""

    ENDED = 0
    LEFT = 1
    ANSWERED = 2
    ARRIVED = 3
    ANSWERED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Contact:
    number: int
    line: int
    queue: str
    wait_s: float
    service_s: float
    pool: int


def foretell(scenario: Scenario, run: Run) -> npt.NDArray[np.void]:
    """A structured array, one row for each contact that found nobody free, in order of arrival:

    contact: its index in `run.contacts`.
    mean_s, p10_s, p50_s, p90_s: as `router.prediction` foretells it, classes taken for queues.
    ql_s: (contacts of its class ahead + 1) x mean handling time / agents with the skill.
    ql_a_s: the same less those who leave before (Erlang A).
    les_s: the wait of the last of its class to be answered; NaN before the first.
    hol_s: the wait so far of the first in its class; 0 if nobody waits.

    `run` has to be of this scenario, with observations and one priority: raises `Invalid`.
    """
    if run.observations is None:
        raise Invalid("run has no observations: simulate with observe=True", field="run")
    if (scenario.priority != scenario.priority[0]).any():
        raise Invalid("scenario has several priorities, it may have one", field="scenario")
    floor = _Floor(scenario)
    rows: list[tuple[float, ...]] = []
    found_free = run.observations["busy"] < run.observations["agents"]
    les_s = run.observations["last_wait_s"].tolist()
    for now_s, kind, contact in _happenings(run):
        if kind is _Kind.ARRIVED and not found_free[contact.number]:
            row = floor.foretell(contact, now_s, les_s[contact.number])
            if row is not None:
                rows.append(row)
            floor.waiting[contact.line][contact.number] = now_s
        else:
            floor.follow(kind, contact, now_s)
    return np.array(rows, FORETOLD)


def _happenings(run: Run) -> Iterator[tuple[float, _Kind, _Contact]]:
    happenings: list[tuple[float, _Kind, int]] = []
    contacts = []
    fields = ("contact_class", "outcome", "arrival_s", "wait_s", "service_s", "pool")
    columns = (run.contacts[name].tolist() for name in fields)
    for number, (line, outcome, arrival_s, wait_s, service_s, pool) in enumerate(
        zip(*columns, strict=True)
    ):
        contacts.append(_Contact(number, line, str(line), wait_s, service_s, pool))
        happenings.append((arrival_s, _Kind.ARRIVED, number))
        if outcome == Outcome.ANSWERED:
            kind = _Kind.ANSWERED if wait_s > 0.0 else _Kind.ANSWERED_AT_ONCE
            happenings.append((arrival_s + wait_s, kind, number))
            happenings.append((arrival_s + wait_s + service_s, _Kind.ENDED, number))
        elif outcome == Outcome.ABANDONED:
            happenings.append((arrival_s + wait_s, _Kind.LEFT, number))
    for now_s, kind, number in sorted(happenings):
        yield now_s, kind, contacts[number]


class _Floor:
    """Who waits and who works, as the run goes on."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._lines_of = [tuple(np.flatnonzero(has).tolist()) for has in scenario.skills.T]
        self._working = [dict.fromkeys(map(str, lines), 0) for lines in self._lines_of]
        # In order of arrival, which is the order in which they are served.
        self.waiting: list[dict[int, float]] = [{} for _ in scenario.skills]
        self.predictor = Predictor()

    def follow(self, kind: _Kind, contact: _Contact, now_s: float) -> None:
        match kind:
            case _Kind.ANSWERED:
                del self.waiting[contact.line][contact.number]
                self._working[contact.pool][contact.queue] += 1
                self.predictor.answered(contact.number, contact.queue, contact.wait_s, now_s)
            case _Kind.ANSWERED_AT_ONCE:
                self._working[contact.pool][contact.queue] += 1
            case _Kind.LEFT:
                del self.waiting[contact.line][contact.number]
                self.predictor.left(contact.number, contact.queue, contact.wait_s)
            case _Kind.ENDED:
                self._working[contact.pool][contact.queue] -= 1
                self.predictor.experience[contact.queue].talked(contact.service_s)

    def foretell(self, contact: _Contact, now_s: float, les_s: float) -> tuple[float, ...] | None:
        """What is foretold for a contact that arrives now; None if nobody has its skill."""
        interval = int(now_s // self._scenario.interval_s)
        agents = self._scenario.agents[interval].tolist()
        ahead = len(self.waiting[contact.line])
        forecast = self._forecast(agents)
        model, told = forecast.model(contact.line, ahead), forecast.wait(contact.line, ahead)
        if model is None or told is None:
            return None
        self.predictor.foretold(contact.number, model, now_s)
        experience = self.predictor.experience[contact.queue]
        skilled = sum(there for g, there in enumerate(agents) if contact.line in self._lines_of[g])
        free_per_s, leave_per_s = skilled / experience.handling_s, experience.leave_per_s
        ql_a_s = math.fsum(1.0 / (free_per_s + j * leave_per_s) for j in range(ahead + 1))
        first_s = next(iter(self.waiting[contact.line].values()), now_s)
        return (
            contact.number,
            *(told.mean_s, told.p10_s, told.p50_s, told.p90_s),
            *((ahead + 1) / free_per_s, ql_a_s, les_s, now_s - first_s),
        )

    def _forecast(self, agents: list[int]) -> Forecast:
        lines = [Queued(str(c), list(line.values())) for c, line in enumerate(self.waiting)]
        groups = []
        for there, lines_of, working in zip(agents, self._lines_of, self._working, strict=True):
            busy = sum(working.values())
            # Who has just come or is about to go works at what the others of the pool work at.
            share = (
                {queue: there * count / busy for queue, count in working.items()}
                if busy
                else {str(lines_of[0]): float(there)}
            )
            if there and lines_of:
                groups.append(Group(lines_of, share))
        return self.predictor.forecast(lines, groups)
