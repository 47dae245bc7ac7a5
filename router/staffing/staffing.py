"""How many agents a service level takes: by formula for one queue, by simulation for skills."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from router.errors import Invalid
from router.staffing.erlang import ErlangA, ErlangC
from router.staffing.measures import service_level
from router.staffing.scenario import Floats, Integers, Scenario
from router.staffing.simulator import simulate

CONFIDENCE = 0.95


def agents_needed(
    arrivals_per_s: float,
    handling_s: float,
    *,
    patience_s: float = math.inf,
    level: float = 0.8,
    within_s: float = 20.0,
) -> int:
    """The fewest agents that answer the fraction `level` of all contacts offered in that time.

    By Erlang A, or by Erlang C where patience is infinite. 0 < level < 1. Raises `Invalid` as they
    do.
    """
    if not 0.0 < level < 1.0:
        raise Invalid(f"level is {level}, it has to lie between 0 and 1", field="level")

    def enough(agents: int) -> bool:
        if patience_s == math.inf:
            return ErlangC(agents, arrivals_per_s, handling_s).service_level(within_s) >= level
        model = ErlangA(agents, arrivals_per_s, handling_s, patience_s)
        return model.service_level(within_s) >= level

    low, high = 0, 1
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high


@dataclass(frozen=True)
class Staffing:
    """An answer of `staff_pools`.

    agents: (I, G), as in `Scenario`.
    level: (C,), the mean service level per class with these agents; NaN for one without contacts.
    half_width: (C,), of its 95 % confidence interval: level +/- half_width.
    runs: how many simulations the interval rests on; the search has not seen them.
    """

    agents: Integers
    level: Floats
    half_width: Floats
    runs: int


def staff_pools(
    scenario: Scenario,
    seed: int,
    *,
    level: npt.ArrayLike = 0.8,
    within_s: npt.ArrayLike = 20.0,
    warm_up_s: float = 0.0,
    runs: int = 10,
) -> Staffing:
    """Agents for a service level of every class, by simulation; a good answer, not always the best.

    scenario: its agents are the least staff of each pool; what is added is added in all intervals.
    level, within_s: a number or (C,): the fraction of all offered to be answered in that time.
    warm_up_s: contacts that arrive before that don't count (the floor starts empty).
    runs: simulations per staffing, 5 or more. Their noise decides how fine the answer is.

    Agents go one by one to the pool where they help most, in larger portions while much is missing.
    Then one is taken away, or one put in the place of two, for as long as the levels hold. All
    staffings meet the same contacts, so that their difference is not noise. The interval of the
    answer comes from fresh contacts: a level below the target there asks for more runs.
    """
    classes = len(scenario.skills)
    levels = _per_class("level", level, classes)
    if not np.all((levels > 0.0) & (levels < 1.0)):
        raise Invalid(f"level is {levels}, it has to lie between 0 and 1", field="level")
    if runs < 5:
        raise Invalid(f"runs is {runs}, it has to be 5 or more", field="runs")
    if not 0.0 <= warm_up_s < scenario.horizon_s:
        raise Invalid(
            f"warm_up_s is {warm_up_s}, it has to be 0 or more and below the horizon, "
            f"{scenario.horizon_s}",
            field="warm_up_s",
        )
    trial = _Trial(scenario, levels, _per_class("within_s", within_s, classes), warm_up_s)
    seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(2 * runs, np.uint64)]
    agents = trial.filled(seeds[:runs])
    agents = trial.trimmed(agents, seeds[:runs])
    reached = trial.levels_reached(agents, seeds[runs:])
    half_width = _student_quantile(runs - 1) * reached.std(axis=0, ddof=1) / math.sqrt(runs)
    return Staffing(agents, reached.mean(axis=0), half_width, runs)


@dataclass(frozen=True)
class _Trial:
    scenario: Scenario
    level: Floats
    within_s: Floats
    warm_up_s: float

    def levels_reached(self, agents: Integers, seeds: list[int]) -> Floats:
        """(runs, C)."""
        scenario = self.scenario.with_agents(agents)
        reached = np.empty((len(seeds), len(self.level)))
        for row, seed in zip(reached, seeds, strict=True):
            contacts = simulate(scenario, seed).contacts
            contacts = contacts[contacts["arrival_s"] >= self.warm_up_s]
            for c, within_s in enumerate(self.within_s):
                row[c] = service_level(contacts[contacts["contact_class"] == c], within_s)
        return reached

    def missing(self, agents: Integers, seeds: list[int]) -> float:
        """Answers in time that are missing, per second, over the classes below their level."""
        short = self.level - self.levels_reached(agents, seeds).mean(axis=0)
        per_s = self.scenario.arrivals_per_s.mean(axis=0)
        return float(np.nansum(np.maximum(short, 0.0) * per_s))

    def filled(self, seeds: list[int]) -> Integers:
        agents = self.scenario.agents
        if self.missing(agents, seeds) == 0.0:
            return agents
        load = (self.scenario.arrivals_per_s * self.scenario.handling_s.min(axis=1)).sum(axis=1)
        portion = 1 << max(0, int(load.max() / 8)).bit_length()
        while True:
            choices = [
                agents + portion * row for row in np.eye(agents.shape[1], dtype=agents.dtype)
            ]
            missing = [self.missing(choice, seeds) for choice in choices]
            best = int(np.argmin(missing))
            if missing[best] > 0.0:
                agents = choices[best]
            elif portion == 1:
                return choices[best]
            else:
                portion //= 2

    def trimmed(self, agents: Integers, seeds: list[int]) -> Integers:
        one = np.eye(agents.shape[1], dtype=agents.dtype)
        pools = range(len(one))
        moves = [-one[g] for g in pools]
        moves += [
            one[k] - one[g] - one[h]
            for g in pools
            for h in pools[g:]
            for k in pools
            if k not in (g, h)
        ]
        trying = 0
        while trying < len(moves):
            fewer = agents + moves[trying]
            if np.all(fewer >= self.scenario.agents) and self.missing(fewer, seeds) == 0.0:
                agents = fewer
                trying = 0
            else:
                trying += 1
        return agents


def _per_class(name: str, value: npt.ArrayLike, classes: int) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    if array.shape not in ((), (classes,)):
        raise Invalid(f"{name} has the shape {array.shape}, it has to be ({classes},)", field=name)
    return np.broadcast_to(array, (classes,))


def _student_quantile(degrees: int) -> float:
    """Student's t, two-sided at CONFIDENCE, by Abramowitz and Stegun 26.7.5.

    Below one percent off from four degrees of freedom on.
    """
    z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    n = float(degrees)
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
