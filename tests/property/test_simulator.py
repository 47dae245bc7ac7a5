"""Any small floor, read again contact by contact: nobody is forgotten, doubled or overtaken."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from hypothesis import given, note, settings
from hypothesis import strategies as st

from router.staffing import Outcome, Scenario, simulate

INTERVAL_S = 100.0


class Contact(NamedTuple):
    """One contact, with the moments that follow from its record."""

    number: int
    contact_class: int
    outcome: Outcome
    arrival_s: float
    taken_s: float  # when the wait ended, however it did
    end_s: float
    pool: int
    agent: int


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    classes, pools, intervals = (draw(st.integers(1, 3)) for _ in range(3))

    def table(cells: st.SearchStrategy[object], rows: int, columns: int) -> list[list[object]]:
        row = st.lists(cells, min_size=columns, max_size=columns)
        return draw(st.lists(row, min_size=rows, max_size=rows))

    skills = np.array(table(st.booleans(), classes, pools))
    skills[:, 0] |= ~skills.any(axis=1)
    return Scenario(
        skills=skills,
        arrivals_per_s=table(st.floats(0, 0.1), intervals, classes),
        interval_s=INTERVAL_S,
        agents=table(st.integers(0, 3), intervals, pools),
        handling_s=table(st.floats(1, 60), classes, pools),
        handling_cv=draw(st.none() | st.floats(0, 2)),
        patience_s=draw(st.sampled_from([5.0, 50.0, math.inf])),
        priority=table(st.integers(0, 1), 1, classes)[0],
    )


@settings(deadline=None, max_examples=60)
@given(scenarios(), st.integers(0, 2**32))
def test_every_floor_keeps_the_rules(scenario: Scenario, seed: int) -> None:
    note(f"seed {seed}, agents {scenario.agents.tolist()}")
    contacts = [
        read(number, *record)
        for number, record in enumerate(simulate(scenario, seed).contacts.tolist())
    ]
    everybody_has_one_outcome(scenario, contacts)
    no_agent_serves_two(contacts)
    nobody_is_overtaken(scenario, contacts)
    moments = {s for c in contacts for s in (c.arrival_s, c.taken_s, c.end_s)}
    moments |= {interval * INTERVAL_S for interval in range(len(scenario.agents) + 1)}
    for before, after in pairwise(sorted(moments)):
        # An end and the answer that follows it are one moment, but for the rounding.
        if after - before > 1e-9 and after <= scenario.horizon_s:
            nobody_idle_while_somebody_waits(scenario, contacts, (before + after) / 2)


def read(
    number: int,
    contact_class: int,
    outcome: int,
    arrival_s: float,
    wait_s: float,
    service_s: float,
    pool: int,
    agent: int,
) -> Contact:
    taken_s = arrival_s + wait_s
    end_s = taken_s if math.isnan(service_s) else taken_s + service_s
    return Contact(number, contact_class, Outcome(outcome), arrival_s, taken_s, end_s, pool, agent)


def everybody_has_one_outcome(scenario: Scenario, contacts: list[Contact]) -> None:
    for contact in contacts:
        assert 0 <= contact.arrival_s <= contact.taken_s <= scenario.horizon_s + 1e-9
        if contact.outcome == Outcome.ANSWERED:
            assert scenario.skills[contact.contact_class, contact.pool]
            assert contact.end_s >= contact.taken_s
            assert 0 <= contact.agent < scenario.agents[:, contact.pool].max()
        else:
            assert contact.end_s == contact.taken_s
            assert (contact.pool, contact.agent) == (-1, -1)
        if contact.outcome == Outcome.ABANDONED:
            assert scenario.patience_s[contact.contact_class] < math.inf
        if contact.outcome == Outcome.WAITING:
            assert math.isclose(contact.taken_s, scenario.horizon_s)
    assert [c.arrival_s for c in contacts] == sorted(c.arrival_s for c in contacts)


def no_agent_serves_two(contacts: list[Contact]) -> None:
    last_end_s: dict[tuple[int, int], float] = {}
    for contact in sorted(contacts, key=lambda c: c.taken_s):
        if contact.outcome == Outcome.ANSWERED:
            agent = (contact.pool, contact.agent)
            assert contact.taken_s >= last_end_s.get(agent, 0.0) - 1e-9
            last_end_s[agent] = contact.end_s


def nobody_is_overtaken(scenario: Scenario, contacts: list[Contact]) -> None:
    for taken in contacts:
        if taken.outcome != Outcome.ANSWERED:
            continue
        for other in contacts:
            waits = other.arrival_s < taken.taken_s - 1e-9 and other.taken_s > taken.taken_s + 1e-9
            if waits and scenario.skills[other.contact_class, taken.pool]:
                ranks = [(-scenario.priority[c.contact_class], c.number) for c in (taken, other)]
                assert ranks[0] < ranks[1], f"{taken} overtook {other}"


def nobody_idle_while_somebody_waits(
    scenario: Scenario, contacts: list[Contact], now_s: float
) -> None:
    waiting = {c.contact_class for c in contacts if c.arrival_s < now_s < c.taken_s}
    busy = [0] * scenario.agents.shape[1]
    for contact in contacts:
        if contact.outcome == Outcome.ANSWERED and contact.taken_s < now_s < contact.end_s:
            busy[contact.pool] += 1
    on_shift = scenario.agents[int(now_s // INTERVAL_S)]
    for pool, count in enumerate(busy):
        if any(scenario.skills[c, pool] for c in waiting):
            assert count >= on_shift[pool], f"pool {pool} is idle at {now_s}"


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32))
def test_the_longest_idle_agent_is_chosen(first: int, second: int, seed: int) -> None:
    note(f"seed {seed}")
    scenario = Scenario(
        skills=[[True, True]],
        arrivals_per_s=[0.2],
        interval_s=300,
        agents=[first, second],
        handling_s=20,
    )
    idle_since_s = {(0, n): -1.0 for n in range(first)} | {(1, n): -1.0 for n in range(second)}
    for _, outcome, arrival_s, wait_s, service_s, pool, agent in simulate(
        scenario, seed
    ).contacts.tolist():
        if outcome != Outcome.ANSWERED:
            continue
        if wait_s == 0:
            assert idle_since_s[pool, agent] == min(idle_since_s.values())
        idle_since_s[pool, agent] = arrival_s + wait_s + service_s
