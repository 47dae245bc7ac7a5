"""The predictor on the simulator: closer than what others foretell, and honest about its spread."""

from __future__ import annotations

import numpy as np
import pytest

from router.errors import Invalid
from router.staffing import Outcome, Scenario, foretell, rase, simulate

SEED = 11
TWO_QUEUES = Scenario(
    skills=[[True, False, True], [False, True, True]],
    arrivals_per_s=[0.09, 0.07],
    interval_s=4 * 3600,
    agents=[10, 8, 8],
    handling_s=[240, 200],
    handling_cv=0.8,
    patience_s=300,
)


def test_skills_shared_by_two_queues_are_foretold_better_than_by_the_best_of_the_others() -> None:
    run = simulate(TWO_QUEUES, SEED, observe=True)
    rows = foretell(TWO_QUEUES, run)
    contacts = run.contacts[rows["contact"]]
    counts = (contacts["outcome"] == Outcome.ANSWERED) & (contacts["arrival_s"] > 3600)
    counts &= np.isfinite(rows["les_s"])
    rows, actual_s = rows[counts], contacts["wait_s"][counts]
    assert len(rows) > 1_000
    ours = rase(rows["mean_s"], actual_s)
    peers = {name: rase(rows[f"{name}_s"], actual_s) for name in ("ql", "les", "hol")}
    assert ours < 0.8 * min(peers.values()), (SEED, ours, peers)
    inside = (rows["p10_s"] <= actual_s) & (actual_s <= rows["p90_s"])
    assert 0.75 < inside.mean() < 0.85, SEED
    below = actual_s <= rows["p50_s"]
    assert 0.45 < below.mean() < 0.55, SEED


def test_every_contact_that_found_nobody_free_has_a_row() -> None:
    run = simulate(TWO_QUEUES, SEED, observe=True)
    assert run.observations is not None
    waited = run.observations["busy"] == run.observations["agents"]
    rows = foretell(TWO_QUEUES, run)
    assert rows["contact"].tolist() == np.flatnonzero(waited).tolist()
    assert foretell(TWO_QUEUES, run).tobytes() == rows.tobytes()


def test_the_classical_predictors_are_what_the_papers_say() -> None:
    """The third contact of a single agent: one is served and one waits when it comes."""
    scenario = Scenario(
        skills=[[True]], arrivals_per_s=[1.0], interval_s=60.0, agents=[1], handling_s=[1e4]
    )
    run = simulate(scenario, SEED, observe=True)
    first, second, third = foretell(scenario, run)[:3]
    handling_s = 180.0  # nothing has ended yet
    assert [row["ql_s"] for row in (first, second, third)] == [handling_s * n for n in (1, 2, 3)]
    arrivals_s = run.contacts["arrival_s"]
    assert [row["hol_s"] for row in (first, second, third)] == [
        0.0,
        arrivals_s[2] - arrivals_s[1],
        arrivals_s[3] - arrivals_s[1],
    ]
    assert (first["les_s"], third["les_s"]) == (0.0, 0.0)
    assert third["ql_a_s"] < third["ql_s"]


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(Invalid, match="observe=True"):
        foretell(TWO_QUEUES, simulate(TWO_QUEUES, SEED))
    ranked = Scenario(
        skills=[[True], [True]],
        arrivals_per_s=[0.01, 0.01],
        interval_s=3600,
        agents=[2],
        handling_s=[60, 60],
        priority=[1, 0],
    )
    with pytest.raises(Invalid, match="priorities"):
        foretell(ranked, simulate(ranked, SEED, observe=True))
