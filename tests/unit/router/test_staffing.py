"""How many agents a service level takes, and the guide that explains it."""

from __future__ import annotations

import doctest
import math
import re
import subprocess
import sys

import numpy as np
import pytest

from repository import ROOT
from router.errors import Invalid
from router.staffing import (
    ErlangA,
    ErlangC,
    Scenario,
    agents_needed,
    simulate,
    staff_pools,
)
from router.staffing.staffing import _student_quantile

SHARED_POOL = Scenario(
    skills=[[True, False, True], [False, True, True]],
    arrivals_per_s=[0.02, 0.04],
    interval_s=3_600,
    agents=[1, 1, 0],
    handling_s=[180, 120],
    patience_s=120,
)


@pytest.mark.parametrize("load", [0.1, 3.0, 47.5, 4_000.0])
@pytest.mark.parametrize("patience_s", [30.0, math.inf])
def test_one_agent_fewer_would_not_do(load: float, patience_s: float) -> None:
    def level(agents: int) -> float:
        if patience_s == math.inf:
            return ErlangC(agents, load / 180, 180).service_level(20)
        return ErlangA(agents, load / 180, 180, patience_s).service_level(20)

    agents = agents_needed(load / 180, 180, patience_s=patience_s)
    assert level(agents) >= 0.8
    assert agents == 1 or level(agents - 1) < 0.8


def test_simulation_and_formula_need_the_same_for_one_queue() -> None:
    scenario = Scenario(
        skills=[[True]],
        arrivals_per_s=[0.1],
        interval_s=50_000,
        agents=[0],
        handling_s=60,
        patience_s=60,
    )
    answer = staff_pools(scenario, 1, warm_up_s=1_000, runs=5)
    assert answer.agents.tolist() == [[agents_needed(0.1, 60, patience_s=60)]]
    exact = ErlangA(int(answer.agents[0, 0]), 0.1, 60, 60).service_level(20)
    assert abs(answer.level[0] - exact) < 2 * answer.half_width[0]


def test_pools_that_share_need_fewer_than_pools_apart() -> None:
    answer = staff_pools(SHARED_POOL, 2, runs=5)
    assert np.all(answer.agents >= SHARED_POOL.agents)
    assert np.all(answer.level + answer.half_width >= 0.8)
    apart = agents_needed(0.02, 180, patience_s=120) + agents_needed(0.04, 120, patience_s=120)
    assert answer.agents.sum() <= apart
    again = staff_pools(SHARED_POOL, 2, runs=5)
    assert np.array_equal(answer.agents, again.agents)
    assert np.array_equal(answer.half_width, again.half_width)


def test_enough_agents_stay_as_they_are() -> None:
    plenty = SHARED_POOL.with_agents([20, 20, 20])
    assert np.array_equal(staff_pools(plenty, 3, runs=5).agents, plenty.agents)


def test_the_quantile_is_students() -> None:
    # Any table of Student's t, two-sided 95 %.
    for degrees, t in ((4, 2.776), (9, 2.262), (29, 2.045)):
        assert _student_quantile(degrees) == pytest.approx(t, rel=0.01)


def test_wrong_questions_are_named() -> None:
    with pytest.raises(Invalid, match="level is 1"):
        agents_needed(1, 1, level=1)
    for field, value in (("level", [0.8] * 3), ("level", 1), ("runs", 4), ("warm_up_s", 3_600)):
        with pytest.raises(Invalid, match=f"{field} ") as refusal:
            staff_pools(SHARED_POOL, 0, **{field: value})  # type: ignore[arg-type]
        assert refusal.value.field == field


def test_the_router_starts_without_numba() -> None:
    program = "import sys, router; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_the_guide_is_right() -> None:
    guide = (ROOT / "docs/guides/staffing.md").read_text()
    examples = "\n".join(re.findall(r"```pycon\n(.*?)```", guide, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "staffing.md", "staffing.md", 0)
    assert len(test.examples) > 10
    result = doctest.DocTestRunner(verbose=False).run(test)
    assert result.failed == 0


def test_seeds_of_the_search_are_not_those_of_the_answer() -> None:
    seeds = np.random.SeedSequence(2).generate_state(10, np.uint64)
    assert len(set(seeds.tolist())) == 10
    assert len({simulate(SHARED_POOL, int(seed)).contacts.tobytes() for seed in seeds}) == 10
