"""A simulator of contact classes and agent pools with skills: the ground truth for predictions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from router.errors import Invalid
from router.staffing import events
from router.staffing.scenario import Floats, Integers, Scenario


class Outcome(IntEnum):
    """How a contact's wait ended."""

    WAITING = events.WAITING
    ANSWERED = events.ANSWERED
    ABANDONED = events.ABANDONED


class _Stream(IntEnum):
    """A random stream per purpose and class: a change to one leaves the others as they are."""

    ARRIVALS = 0
    PATIENCE = 1
    HANDLING = 2


@dataclass(frozen=True)
class Run:
    """One simulated horizon.

    contacts: a structured array in order of arrival, with the fields
        contact_class, outcome (an `Outcome`; WAITING: the horizon came first),
        arrival_s since the start, wait_s until answered, gone or the horizon,
        service_s (whole, also if the horizon cut it), pool and agent within the pool
        (NaN, -1 and -1 if not answered).
    observations: None, or for each contact what could be seen in the instant before it arrived:
        ahead (waiting in its class), competing (waiting in all classes that share a pool with its
        class and do not rank below it), agents on shift with the skill, busy ones among them,
        head_wait_s (so far, of the first in its queue; NaN if nobody waits) and
        last_wait_s (of the last of its class to be answered; NaN before the first).
    busy_s, staffed_s: (G,), agent seconds per pool within the horizon.
    """

    contacts: npt.NDArray[np.void]
    observations: npt.NDArray[np.void] | None
    busy_s: Floats
    staffed_s: Floats

    @property
    def occupancy(self) -> Floats:
        """(G,): the share of their time on shift that agents are busy; NaN for an empty pool."""
        staffed_s = np.where(self.staffed_s > 0.0, self.staffed_s, np.nan)
        return self.busy_s / staffed_s


def simulate(scenario: Scenario, seed: int, *, observe: bool = False) -> Run:
    """Run a scenario once, from an empty floor to its horizon.

    An agent who becomes free takes the contact of highest priority, then longest wait, among the
    classes they have the skill for; a contact that finds agents idle gets the one idle for longest.
    Agents whose shift ends finish their contact first. `observe` fills `Run.observations`.

    The same scenario and seed give the same bytes (with the same numpy). Contact number k of a
    class has the same arrival, patience and size of work under every staffing: use one seed to
    compare scenarios, and many seeds to see the noise. `seed` has to be 0 or more.
    """
    if seed < 0:
        raise Invalid(f"seed is {seed}, it has to be 0 or more", field="seed")
    contacts, patience_s, size = _contacts(scenario, seed)
    observations = np.zeros(len(contacts) if observe else 0, events.OBSERVATION)
    floor = _floor(scenario, len(contacts))
    events.run_events(_work(scenario, patience_s, size), floor, contacts, observations)
    return Run(contacts, observations if observe else None, floor.busy_s, floor.staffed_s)


def _contacts(scenario: Scenario, seed: int) -> tuple[npt.NDArray[np.void], Floats, Floats]:
    """All contacts of the horizon in order of arrival, not served yet: they, patience, size."""
    arrivals: list[Floats] = []
    patience: list[Floats] = []
    sizes: list[Floats] = []
    for c, mean_patience_s in enumerate(scenario.patience_s):
        arrivals.append(_arrivals_s(scenario, c, _generator(seed, _Stream.ARRIVALS, c)))
        count = len(arrivals[-1])
        draws = _generator(seed, _Stream.PATIENCE, c).standard_exponential(count)
        finite = np.isfinite(mean_patience_s)
        patience.append(draws * mean_patience_s if finite else np.full(count, np.inf))
        generator = _generator(seed, _Stream.HANDLING, c)
        if scenario.handling_cv is None:
            with np.errstate(divide="ignore"):  # a draw of 0 is no work at all, and fine
                sizes.append(np.log(generator.standard_exponential(count)))
        else:
            sizes.append(generator.standard_normal(count))
    arrival_s = np.concatenate(arrivals)
    order = np.argsort(arrival_s, kind="stable")
    contacts = np.zeros(len(order), events.CONTACT)
    contacts["contact_class"] = np.repeat(
        np.arange(len(arrivals), dtype=np.int32), [len(times) for times in arrivals]
    )[order]
    contacts["arrival_s"] = arrival_s[order]
    contacts["service_s"] = np.nan
    contacts["pool"] = contacts["agent"] = -1
    return contacts, np.concatenate(patience)[order], np.concatenate(sizes)[order]


def _generator(seed: int, stream: _Stream, contact_class: int) -> np.random.Generator:
    sequence = np.random.SeedSequence(seed, spawn_key=(stream, contact_class))
    return np.random.Generator(np.random.PCG64(sequence))


def _arrivals_s(scenario: Scenario, c: int, generator: np.random.Generator) -> Floats:
    """A Poisson process of rate one, on the clock that shows how many contacts were expected."""
    expected = np.concatenate([[0.0], np.cumsum(scenario.arrivals_per_s[:, c])])
    expected *= scenario.interval_s
    clock = np.zeros(1)
    chunks: list[Floats] = []
    while clock[-1] < expected[-1]:
        left = expected[-1] - clock[-1]
        gaps = generator.standard_exponential(int(left + 6.0 * np.sqrt(left)) + 16)
        clock = clock[-1] + np.cumsum(gaps)
        chunks.append(clock)
    ticks = np.concatenate(chunks) if chunks else np.zeros(0)
    edges = np.arange(len(expected)) * scenario.interval_s
    arrivals: Floats = np.interp(ticks[ticks < expected[-1]], expected, edges)
    return arrivals


def _work(scenario: Scenario, patience_s: Floats, size: Floats) -> events.Work:
    classes, pools = scenario.skills.shape
    served = np.full((pools, classes), -1, dtype=np.int64)
    by_priority = np.argsort(-scenario.priority, kind="stable")
    for g in range(pools):
        of_pool = by_priority[scenario.skills[by_priority, g]]
        served[g, : len(of_pool)] = of_pool
    shared = (scenario.skills[:, np.newaxis] & scenario.skills).any(axis=2)
    if scenario.handling_cv is None:
        scale = np.ones((classes, pools))
        location = np.log(scenario.handling_s)
    else:
        variance = np.log1p(scenario.handling_cv**2)
        scale = np.sqrt(variance)
        location = np.log(scenario.handling_s) - variance / 2
    seats = scenario.agents.max(axis=0)
    return events.Work(
        interval_s=scenario.interval_s,
        horizon_s=scenario.horizon_s,
        agents=scenario.agents,
        skills=scenario.skills,
        served=served,
        priority=scenario.priority,
        competes=shared & (scenario.priority[:, np.newaxis] <= scenario.priority),
        first_seat=np.concatenate([[0], np.cumsum(seats)]),
        pool_of=np.repeat(np.arange(pools), seats),
        patience_s=patience_s,
        size=size,
        location=location,
        scale=scale,
    )


def _floor(scenario: Scenario, contacts: int) -> events.Floor:
    classes, pools = scenario.skills.shape
    seats_per_pool = scenario.agents.max(axis=0)
    seats = int(seats_per_pool.sum())
    return events.Floor(
        head=_nobody(classes),
        tail=_nobody(classes),
        queue_length=_zeros(classes),
        following=np.empty(contacts, dtype=np.int64),
        preceding=np.empty(contacts, dtype=np.int64),
        last_wait_s=np.full(classes, np.nan),
        idle_seat=_zeros(seats),
        idle_stamp=_zeros(seats),
        idle_first=_zeros(pools),
        idle_count=_zeros(pools),
        stamps=_zeros(1),
        empty_seat=np.arange(seats),
        empty_count=seats_per_pool,
        present=_zeros(pools),
        departures=_heap(seats),
        deadlines=_heap(contacts),
        busy_s=np.zeros(pools),
        staffed_s=np.zeros(pools),
    )


def _heap(capacity: int) -> events.Heap:
    times = np.empty(capacity + 1)
    return events.Heap(times, np.empty(capacity + 1, dtype=np.int64), _zeros(1))


def _zeros(count: int) -> Integers:
    return np.zeros(count, dtype=np.int64)


def _nobody(count: int) -> Integers:
    return np.full(count, -1, dtype=np.int64)
