"""The simulator against what is known exactly; all runs are seeded, so the answers never change."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from router.errors import Invalid
from router.staffing import (
    ErlangA,
    ErlangC,
    Outcome,
    Run,
    Scenario,
    WaitBehind,
    abandon_ratio,
    mean_wait_answered_s,
    rase,
    service_level,
    service_level_answered,
    simulate,
)

SEEDS = range(30)
WARM_UP_S = 2_000.0
ONE_QUEUE = Scenario(
    skills=[[True]], arrivals_per_s=[0.2], interval_s=20_000, agents=[14], handling_s=60
)
TWO_CLASSES = Scenario(
    skills=[[True, True, False], [False, True, True]],
    arrivals_per_s=[[0.05, 0.04], [0.09, 0.02]],
    interval_s=1_800,
    agents=[[4, 3, 2], [5, 2, 0]],
    handling_s=[[60, 80, 1], [1, 90, 70]],
    handling_cv=1.5,
    patience_s=[90, math.inf],
    priority=[0, 1],
)


def agrees(
    scenario: Scenario, measure: Callable[[Run, npt.NDArray[np.void]], float], exact: float
) -> None:
    """The exact value lies within four standard errors of independent runs."""
    values = []
    for seed in SEEDS:
        run = simulate(scenario, seed, observe=True)
        values.append(measure(run, run.contacts[run.contacts["arrival_s"] >= WARM_UP_S]))
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    assert abs(np.mean(values) - exact) < 4 * error, f"{SEEDS}: {np.mean(values)} for {exact}"


def variant(**changes: object) -> Scenario:
    given: dict[str, object] = {
        "skills": [[True]],
        "arrivals_per_s": [0.2],
        "interval_s": 20_000,
        "agents": [14],
        "handling_s": 60,
    }
    return Scenario(**(given | changes))  # type: ignore[arg-type]


def test_without_abandonment_it_is_erlang_c() -> None:
    exact = ErlangC(14, 0.2, 60)
    agrees(ONE_QUEUE, lambda _, c: mean_wait_answered_s(c), exact.mean_wait_s)
    agrees(ONE_QUEUE, lambda _, c: service_level(c, 20), exact.service_level(20))
    agrees(ONE_QUEUE, lambda _, c: float((c["wait_s"] > 0).mean()), exact.waiting_probability)


def test_with_abandonment_it_is_erlang_a() -> None:
    exact = ErlangA(11, 0.2, 60, 45)
    scenario = variant(agents=[11], patience_s=45)
    agrees(scenario, lambda _, c: abandon_ratio(c), exact.abandon_ratio)
    agrees(scenario, lambda _, c: mean_wait_answered_s(c), exact.mean_wait_answered_s)
    agrees(scenario, lambda _, c: service_level(c, 20), exact.service_level(20))
    agrees(scenario, lambda _, c: service_level_answered(c, 20), exact.service_level_answered(20))
    agrees(scenario, lambda run, _: float(run.occupancy[0]), exact.occupancy)


def test_lognormal_handling_is_pollaczek_and_khinchine() -> None:
    load, cv = 0.6, 1.3
    scenario = variant(
        agents=[1], handling_s=30, handling_cv=cv, arrivals_per_s=[load / 30], interval_s=400_000
    )
    exact = load * 30 * (1 + cv**2) / (2 * (1 - load))
    agrees(scenario, lambda _, c: mean_wait_answered_s(c), exact)


def test_priorities_are_cobhams() -> None:
    # Cobham, "Priority Assignment in Waiting Line Problems", 1954: equal handling, no preemption.
    scenario = variant(
        skills=[[True], [True]], arrivals_per_s=[0.12, 0.08], agents=[14], priority=[0, 5]
    )
    model = ErlangC(14, 0.2, 60)
    first, both = 0.08 * 60 / 14, 0.2 * 60 / 14
    urgent_s = model.waiting_probability * 60 / 14 / (1 - first)
    for contact_class, wait_s in ((1, urgent_s), (0, urgent_s / (1 - both))):
        agrees(
            scenario,
            lambda _, c, k=contact_class: mean_wait_answered_s(c[c["contact_class"] == k]),  # type: ignore[misc]
            wait_s,
        )


def test_littles_law_holds_for_what_arrivals_see() -> None:
    # Poisson arrivals see time averages, so the queue they see is arrivals per second times wait.
    scenario = variant(agents=[11], patience_s=45)
    agrees(
        scenario,
        lambda run, c: float(
            run.observations["ahead"][-len(c) :].mean()  # type: ignore[index]
            - c["wait_s"].sum() / (scenario.horizon_s - WARM_UP_S)
        ),
        0.0,
    )


def test_the_queue_length_predictor_has_the_error_theory_gives_it() -> None:
    # Who waits and finds k ahead has a wait of mean (k + 1) m and variance (k + 1) m^2, where m is
    # handling time / agents. So the squared RASE is 1 / E(k + 1), and k is geometric.
    def error(run: Run, contacts: npt.NDArray[np.void]) -> float:
        assert run.observations is not None
        seen = run.observations[-len(contacts) :]
        waits = (contacts["wait_s"] > 0) & (contacts["outcome"] == Outcome.ANSWERED)
        assert np.array_equal(waits, seen["busy"] == 14)
        predicted = WaitBehind(seen["ahead"][waits], 14, 60).mean_s
        return rase(predicted, contacts["wait_s"][waits]) ** 2

    settled = variant(arrivals_per_s=[[0.2]] * 2 + [[0.0]])  # everybody is answered by the end
    agrees(settled, error, 1 - 0.2 * 60 / 14)


def test_the_same_seed_gives_the_same_bytes() -> None:
    runs = [simulate(TWO_CLASSES, seed, observe=True) for seed in (1, 1, 2)]
    assert runs[0].observations is not None
    assert runs[1].observations is not None
    first, again, other = (run.contacts.tobytes() for run in runs)
    assert first == again
    assert runs[0].observations.tobytes() == runs[1].observations.tobytes()
    assert first != other


def test_observing_changes_nothing() -> None:
    watched, unwatched = simulate(TWO_CLASSES, 3, observe=True), simulate(TWO_CLASSES, 3)
    assert watched.contacts.tobytes() == unwatched.contacts.tobytes()
    assert unwatched.observations is None


def test_staff_does_not_change_who_comes() -> None:
    few, many = (
        simulate(TWO_CLASSES.with_agents(agents), 4).contacts for agents in ([2, 2, 2], [9, 9, 9])
    )
    assert np.array_equal(few["arrival_s"], many["arrival_s"])
    assert np.array_equal(few["contact_class"], many["contact_class"])
    # Who is answered by the same pool both times brings the same work.
    same = (few["pool"] == many["pool"]) & (few["pool"] >= 0)
    assert same.sum() > 50
    assert np.array_equal(few["service_s"][same], many["service_s"][same])


def test_who_has_to_leave_finishes_first() -> None:
    scenario = variant(
        arrivals_per_s=[[0.05], [0.05]], interval_s=600, agents=[[3], [0]], handling_s=300
    )
    run = simulate(scenario, 5)
    answered = run.contacts[run.contacts["outcome"] == Outcome.ANSWERED]
    ends_s = answered["arrival_s"] + answered["wait_s"] + answered["service_s"]
    assert np.all(answered["arrival_s"] + answered["wait_s"] < 600)
    assert ends_s.max() > 600
    overtime_s = np.minimum(ends_s, 1200)[ends_s > 600] - 600
    assert run.staffed_s == pytest.approx([3 * 600 + overtime_s.sum()])
    assert np.all(run.contacts["outcome"][run.contacts["arrival_s"] > 600] == Outcome.WAITING)


def test_overload_without_patience_ends_at_the_horizon() -> None:
    run = simulate(variant(agents=[1], interval_s=1_000), 6)
    waiting = run.contacts[run.contacts["outcome"] == Outcome.WAITING]
    assert len(waiting) > 100
    assert waiting["arrival_s"] + waiting["wait_s"] == pytest.approx(1_000)
    assert run.occupancy == pytest.approx([1], abs=0.05)


def test_nobody_comes_and_nobody_is_there() -> None:
    run = simulate(variant(arrivals_per_s=[0.0], agents=[0]), 7, observe=True)
    assert len(run.contacts) == 0
    assert np.isnan(run.occupancy).all()
    assert math.isnan(service_level(run.contacts, 20))


@pytest.mark.parametrize(
    ("field", "value", "wish"),
    [
        ("skills", [[1]], r"has to be bool \(classes, pools\)"),
        ("skills", [[True], [False]], "no pool can serve class 1"),
        ("arrivals_per_s", [-0.1], "0 or more"),
        ("arrivals_per_s", [0.1, 0.1], r"has to be \(1, 1\)"),
        ("arrivals_per_s", [1e9], "at most 50000000"),
        ("interval_s", 0, "above 0"),
        ("handling_s", [[1], [1, 2]], "no array of numbers"),
        ("agents", [1.5], "whole numbers"),
        ("agents", [-1], "0 or more"),
        ("agents", [[1], [2]], r"has to be \(1, 1\)"),
        ("handling_s", 0, "above 0 and finite"),
        ("handling_s", [[1, 2]], r"has to be \(1, 1\)"),
        ("handling_cv", -1, "0 or more"),
        ("patience_s", math.nan, "above 0"),
        ("priority", [0.5], "whole numbers"),
    ],
)
def test_wrong_scenarios_are_named(field: str, value: object, wish: str) -> None:
    with pytest.raises(Invalid, match=wish) as refusal:
        variant(**{field: value})
    assert refusal.value.field == field


def test_wrong_questions_are_named() -> None:
    with pytest.raises(Invalid, match="seed is -1"):
        simulate(ONE_QUEUE, -1)
    with pytest.raises(Invalid, match="that of actual_s"):
        rase([1.0], [1.0, 2.0])
    with pytest.raises(Invalid, match="above 0"):
        rase([1.0], [0.0])
