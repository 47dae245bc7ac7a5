"""How well waits are foretold, on the simulator, beside the predictors of Ibrahim and Whitt.

A contact counts that found nobody free and was answered, after the first hour. Everybody knows only
what could be seen at that moment (`router.staffing.hindsight`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from router.staffing import Outcome, Scenario, foretell, rase, simulate

QUICK_SEEDS = range(1, 3)
SEEDS = range(1, 21)
WARM_UP_S = 3_600.0
HOUR_S = 3_600.0
HANDLING_S = 240.0
# As measured in call centres: handling is lognormal, with less spread than an exponential.
HANDLING_CV = 0.8
PATIENCE_S = 300.0
AGENTS = 40
PEERS = ("ql", "les", "hol")

Rows = npt.NDArray[np.void]


def stationary(load: float) -> Scenario:
    """One queue; `load` is the work offered, as a multiple of what the agents can do."""
    return Scenario(
        skills=[[True]],
        arrivals_per_s=[load * AGENTS / HANDLING_S],
        interval_s=8 * HOUR_S,
        agents=[AGENTS],
        handling_s=[HANDLING_S],
        handling_cv=HANDLING_CV,
        patience_s=[PATIENCE_S],
    )


def ramp() -> Scenario:
    """A day with two peaks, and a shift that follows them late."""
    load = np.array([0.7, 1.0, 1.3, 1.5, 1.3, 1.0, 1.2, 1.4, 1.1, 0.8])
    return Scenario(
        skills=[[True]],
        arrivals_per_s=load[:, np.newaxis] * AGENTS / HANDLING_S,
        interval_s=HOUR_S,
        agents=[[AGENTS + more] for more in (-8, -4, 0, 6, 6, 0, -8, 0, 4, -8)],
        handling_s=[HANDLING_S],
        handling_cv=HANDLING_CV,
        patience_s=[PATIENCE_S],
    )


def multi_skill() -> Scenario:
    """Three queues, two of them with agents of their own, and agents who serve two of them."""
    return Scenario(
        skills=[
            [True, False, True, False],
            [False, True, True, True],
            [False, False, False, True],
        ],
        arrivals_per_s=[0.09, 0.08, 0.04],
        interval_s=8 * HOUR_S,
        agents=[12, 10, 10, 8],
        handling_s=[240.0, 180.0, 300.0],
        handling_cv=HANDLING_CV,
        patience_s=[300.0, 240.0, 400.0],
    )


def prediction(quick: bool) -> Iterator[dict[str, object]]:
    """One line per scenario; the long form also has the lighter and heavier stationary loads."""
    scenarios = {"stationary": stationary(1.3), "ramp": ramp(), "multi_skill": multi_skill()}
    if not quick:
        scenarios |= {f"stationary_{load}": stationary(load) for load in (0.95, 1.05, 1.15, 1.5)}
    for name, scenario in scenarios.items():
        yield {"case": "prediction", "scenario": name} | score(
            scenario, QUICK_SEEDS if quick else SEEDS
        )


def score(scenario: Scenario, seeds: range) -> dict[str, object]:
    """The figures of one scenario, over the contacts of all seeds; and the extremes of one seed."""
    runs = [_foretold(scenario, seed) for seed in seeds]
    foretold = np.concatenate([rows for rows, _ in runs])
    actual_s = np.concatenate([waits_s for _, waits_s in runs])
    errors = {name: rase(foretold[f"{name}_s"], actual_s) for name in ("mean", "ql_a", *PEERS)}
    best = min(PEERS, key=errors.__getitem__)
    ratios = [_ratio(rows, waits_s, best) for rows, waits_s in runs]
    covered = [_covered(rows, waits_s) for rows, waits_s in runs]
    return {
        "rase_ratio": round(errors["mean"] / errors[best], 3),
        "rase_ratio_min": round(min(ratios), 3),
        "rase_ratio_max": round(max(ratios), 3),
        "best_peer": best.upper(),
        "rase_ratio_ql_a": round(errors["mean"] / errors["ql_a"], 3),
        "rase": {name: round(error, 3) for name, error in errors.items()},
        "coverage_80": round(_covered(foretold, actual_s), 3),
        "coverage_80_min": round(min(covered), 3),
        "coverage_80_max": round(max(covered), 3),
        "mean_wait_s": round(float(actual_s.mean()), 1),
        "contacts": len(actual_s),
        "seeds": len(runs),
    }


def _foretold(scenario: Scenario, seed: int) -> tuple[Rows, npt.NDArray[np.float64]]:
    """What was foretold for the contacts that count, and how long they waited."""
    run = simulate(scenario, seed, observe=True)
    rows = foretell(scenario, run)
    contacts = run.contacts[rows["contact"]]
    counts = (contacts["outcome"] == Outcome.ANSWERED) & (contacts["arrival_s"] >= WARM_UP_S)
    counts &= np.isfinite(rows["les_s"])
    return rows[counts], contacts["wait_s"][counts]


def _ratio(rows: Rows, actual_s: npt.NDArray[np.float64], peer: str) -> float:
    return rase(rows["mean_s"], actual_s) / rase(rows[f"{peer}_s"], actual_s)


def _covered(rows: Rows, actual_s: npt.NDArray[np.float64]) -> float:
    inside = (rows["p10_s"] <= actual_s) & (actual_s <= rows["p90_s"])
    return float(inside.mean())
