"""The wait of one who finds others waiting, against exact sums."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest

from router.errors import Invalid
from router.staffing import WaitBehind

# Contacts ahead, agents, handling, patience: short and endless queues, patience of every kind.
CASES = [
    (ahead, 50, 180.0, patience_s)
    for ahead in (0, 1, 40, 3_000, 1_000_000)
    for patience_s in (1.0, 120.0, 1e6, 1e15, math.inf)
]


@pytest.mark.parametrize(("ahead", "agents", "handling_s", "patience_s"), CASES)
def test_mean_and_variance_are_sums_over_those_ahead(
    ahead: int, agents: int, handling_s: float, patience_s: float
) -> None:
    rates = agents / handling_s + np.arange(ahead + 1) / patience_s
    wait = WaitBehind(ahead, agents, handling_s, patience_s)
    assert wait.mean_s == pytest.approx(math.fsum(1 / rates), rel=1e-11)
    assert wait.variance_s2 == pytest.approx(math.fsum(1 / rates**2), rel=1e-11)


@pytest.mark.parametrize(("ahead", "agents", "handling_s", "patience_s"), CASES)
def test_quantiles_turn_the_tail_around(
    ahead: int, agents: int, handling_s: float, patience_s: float
) -> None:
    wait = WaitBehind(ahead, agents, handling_s, patience_s)
    q = np.array([1e-6, 0.1, 0.5, 0.9, 0.999999])
    quantiles_s = wait.quantile_s(q)
    assert np.all(np.diff(quantiles_s) > 0)
    assert wait.tail(quantiles_s) == pytest.approx(1 - q, rel=1e-8)
    assert (wait.tail(0), wait.tail(math.inf)) == (1, 0)


@pytest.mark.parametrize("patience_s", [1.0, 60.0, 5000.0])
@pytest.mark.parametrize("wait_s", [0.5, 20.0, 60.0, 200.0])
def test_the_tail_is_the_sum_of_exponentials(patience_s: float, wait_s: float) -> None:
    ahead = 20
    exact = 0.0
    with localcontext(prec=80):  # this textbook form cancels badly, hence the digits
        serve, leave = Decimal(50.0 / 180.0), Decimal(1 / patience_s)
        rates = [serve + j * leave for j in range(ahead + 1)]
        total = Decimal(0)
        for i, rate in enumerate(rates):
            weight = Decimal(1)
            for j, other in enumerate(rates):
                weight *= 1 if i == j else other / (other - rate)
            total += weight * (-rate * Decimal(wait_s)).exp()
        exact = float(total)
    tail = WaitBehind(ahead, 50, 180, patience_s).tail(wait_s)
    assert tail == pytest.approx(exact, rel=1e-11, abs=1e-16)


def test_behind_a_million_the_wait_is_nearly_normal() -> None:
    wait = WaitBehind(1_000_000, 50, 180)
    deviation = math.sqrt(wait.variance_s2)
    for q in (0.05, 0.5, 0.95):
        standard = (wait.quantile_s(q) - wait.mean_s) / deviation
        assert standard == pytest.approx(NormalDist().inv_cdf(q), abs=1e-3)


def test_arrays_broadcast() -> None:
    ahead = np.arange(4, dtype=np.uint8)
    means_s = WaitBehind(ahead[:, np.newaxis], 10, 100.0, np.array([50.0, math.inf])).mean_s
    assert means_s.shape == (4, 2)
    for k in range(4):
        assert means_s[k, 0] == WaitBehind(k, 10, 100.0, 50.0).mean_s
        assert means_s[k, 1] == pytest.approx((k + 1) * 10)


@pytest.mark.parametrize(
    ("field", "wait"),
    [
        ("ahead", WaitBehind(-1, 1, 1.0)),
        ("ahead", WaitBehind(np.array([0.5]), 1, 1.0)),  # type: ignore[arg-type]
        ("agents", WaitBehind(1, 0, 1.0)),
        ("handling_s", WaitBehind(1, 1, np.array([1.0, 0.0]))),
        ("patience_s", WaitBehind(1, 1, 1.0, 0)),
        ("patience_s", WaitBehind(1, 1, 1.0, -5.0)),
    ],
)
def test_wrong_numbers_are_named(field: str, wait: WaitBehind) -> None:
    with pytest.raises(Invalid, match=f"{field} is .*, it has to be") as refusal:
        _ = wait.mean_s
    assert refusal.value.field == field


def test_wrong_questions_are_named() -> None:
    wait = WaitBehind(1, 1, 1.0)
    with pytest.raises(Invalid, match="q is 1, it has to lie between"):
        wait.quantile_s(1)
    with pytest.raises(Invalid, match="wait_s is -1, it has to be 0 or more"):
        wait.tail(-1)
