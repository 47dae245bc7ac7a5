"""The Erlang formulas against published numbers, exact sums and each other."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from statistics import NormalDist

import pytest

from router.errors import Invalid
from router.staffing import ErlangA, ErlangC, erlang_b


def test_erlang_b_of_a_trunk_group() -> None:
    # Westbay's Erlang calculator manual, "How much traffic can a trunk group handle?":
    # 15 lines carry 8.108 erlangs at one call in a hundred lost.
    assert erlang_b(15, 8.108) == pytest.approx(0.01, abs=5e-6)


@pytest.mark.parametrize("agents", [0, 1, 2, 17, 60])
def test_erlang_b_is_the_direct_sum(agents: int) -> None:
    load = Fraction(33, 2)
    states = [load**n / math.factorial(n) for n in range(agents + 1)]
    assert erlang_b(agents, float(load)) == pytest.approx(
        float(states[-1] / sum(states)), rel=1e-13
    )


def test_erlang_c_of_the_emergency_room() -> None:
    # Hillier and Lieberman, "Introduction to Operations Research", the County Hospital example:
    # 2 patients an hour, 3 an hour per doctor; mean waits 2/3 and 1/24 hour, queues 4/3 and 1/12.
    for doctors, wait_h, queue in ((1, 2 / 3, 4 / 3), (2, 1 / 24, 1 / 12)):
        room = ErlangC(doctors, 2 / 3600, 1200)
        assert room.mean_wait_s == pytest.approx(wait_h * 3600)
        assert room.mean_queue_length == pytest.approx(queue)
        assert room.occupancy == pytest.approx(2 / 3 / doctors)


def test_erlang_c_of_a_call_centre() -> None:
    # Mitan, "The Erlang-C formula": 360 calls in half an hour of 240 s each, 55 agents.
    centre = ErlangC(55, 360 / 1800, 240)
    assert centre.waiting_probability == pytest.approx(0.239, abs=5e-4)
    assert centre.service_level(15) == pytest.approx(1 - 0.239 * math.exp(-7 * 15 / 240), abs=5e-4)


def test_what_abandonment_changes() -> None:
    # Garnett, Mandelbaum and Reiman, "Designing a Call Center with Impatient Customers", 2002,
    # models with and without abandonment: 48 calls a minute of one minute, 50 agents, patience
    # two minutes.
    without, patient = ErlangC(50, 0.8, 60), ErlangA(50, 0.8, 60, 120)
    assert without.mean_wait_s == pytest.approx(20.8, abs=0.05)
    assert without.wait_quantile_s(0.9) == pytest.approx(58.1, abs=0.05)
    assert without.mean_queue_length == pytest.approx(17, abs=0.5)
    assert without.occupancy == pytest.approx(0.96, abs=0.005)
    assert patient.abandon_ratio == pytest.approx(0.031, abs=5e-4)
    assert patient.mean_wait_s == pytest.approx(3.7, abs=0.05)
    assert patient.mean_queue_length == pytest.approx(3, abs=0.5)
    assert patient.occupancy == pytest.approx(0.93, abs=0.005)


CENTRES = [
    (50, 0.8, 60.0, 120.0),
    (5, 0.25, 60.0, 100.0),  # three times the load that can be served
    (10, 0.01, 60.0, 100.0),
    (30, 0.5, 60.0, 300.0),  # exactly the load that can be served
    (1, 0.02, 45.0, 7.5),
]


@pytest.mark.parametrize("centre", CENTRES)
def test_erlang_a_is_the_birth_death_chain(centre: tuple[int, float, float, float]) -> None:
    model, exact = ErlangA(*centre), chain(*centre, within_s=20)
    measured = {
        "waiting_probability": model.waiting_probability,
        "mean_queue_length": model.mean_queue_length,
        "abandon_ratio": model.abandon_ratio,
        "mean_wait_answered_s": model.mean_wait_answered_s,
        "wait_tail": model.wait_tail(20),
        "service_level": model.service_level(20),
    }
    assert measured == pytest.approx(exact, rel=1e-12)
    assert model.mean_wait_s == pytest.approx(exact["mean_queue_length"] / centre[1], rel=1e-12)
    answered = 1 - exact["abandon_ratio"]
    assert model.service_level_answered(20) == pytest.approx(exact["service_level"] / answered)


def chain(
    agents: int, arrivals_per_s: float, handling_s: float, patience_s: float, within_s: float
) -> dict[str, float]:
    """Erlang A, state by state with 50 digits and no formula of ours."""
    with localcontext(prec=50):
        arrive, serve, leave = (
            Decimal(arrivals_per_s),
            1 / Decimal(handling_s),
            1 / Decimal(patience_s),
        )
        all_serve = agents * serve
        weights = [Decimal(1)]
        while len(weights) < agents + 10 or weights[-1] > sum(weights) * Decimal("1e-30"):
            n = len(weights)
            weights.append(
                weights[-1] * arrive / (min(n, agents) * serve + max(0, n - agents) * leave)
            )
        total = sum(weights)
        states = [weight / total for weight in weights]
        queue = abandoning = answered_wait = tail = Decimal(0)
        level = sum(states[:agents], Decimal(0))
        wait = Decimal(0)
        stays = (-leave * Decimal(within_s)).exp()
        for j, state in enumerate(states[agents:]):  # the newcomer finds j waiting
            answered = all_serve / (all_serve + (j + 1) * leave)
            wait += 1 / (all_serve + (j + 1) * leave)  # of those who are answered
            queue += j * state
            abandoning += state * (1 - answered)
            answered_wait += state * answered * wait
            tail += state * stays * still_behind(all_serve, leave, j, within_s)
            level += state * answered * (1 - still_behind(all_serve + leave, leave, j, within_s))
        return {
            "waiting_probability": float(sum(states[agents:])),
            "mean_queue_length": float(queue),
            "abandon_ratio": float(abandoning),
            "mean_wait_answered_s": float(answered_wait / (1 - abandoning)),
            "wait_tail": float(tail),
            "service_level": float(level),
        }


def still_behind(serve: Decimal, leave: Decimal, ahead: int, after_s: float) -> Decimal:
    """P(fewer than ahead + 1 births by then), births at the rates serve + j leave."""
    gone = 1 - (-leave * Decimal(after_s)).exp()
    term = total = (-serve * Decimal(after_s)).exp()
    for m in range(ahead):
        term *= (serve / leave + m) * gone / (m + 1)
        total += term
    return total


def test_endless_patience_is_erlang_c() -> None:
    patient, endless = ErlangA(50, 0.8, 60, 1e9), ErlangC(50, 0.8, 60)
    assert patient.waiting_probability == pytest.approx(endless.waiting_probability, rel=1e-5)
    assert patient.mean_wait_s == pytest.approx(endless.mean_wait_s, rel=1e-5)
    assert patient.mean_wait_answered_s == pytest.approx(endless.mean_wait_s, rel=1e-5)
    assert patient.service_level(20) == pytest.approx(endless.service_level(20), rel=1e-5)
    assert patient.wait_quantile_s(0.9) == pytest.approx(endless.wait_quantile_s(0.9), rel=1e-5)


def test_patience_as_long_as_handling_is_a_poisson_number_of_contacts() -> None:
    load, agents = 40.0, 45
    free = sum(math.exp(-load) * load**n / math.factorial(n) for n in range(agents))
    model = ErlangA(agents, load / 60, 60, 60)
    assert model.waiting_probability == pytest.approx(1 - free, rel=1e-12)


@pytest.mark.parametrize("agents", [1_000, 30_000])
def test_many_agents_follow_halfin_and_whitt(agents: int) -> None:
    # Halfin and Whitt, "Heavy-Traffic Limits for Queues with Many Exponential Servers", 1981.
    slack = 0.7
    normal = NormalDist()
    limit = 1 / (1 + slack * normal.cdf(slack) / normal.pdf(slack))
    load = agents - slack * math.sqrt(agents)
    model = ErlangC(agents, load / 180, 180)
    assert model.waiting_probability == pytest.approx(limit, abs=0.5 / math.sqrt(agents))
    assert 0 < ErlangA(agents, load / 180, 180, 60).waiting_probability < model.waiting_probability


def test_under_any_overload_the_surplus_leaves() -> None:
    model = ErlangA(1_000, 2_000 / 180, 180, 600)
    assert model.abandon_ratio == pytest.approx(0.5, rel=1e-9)
    assert model.occupancy == pytest.approx(1, rel=1e-9)
    assert 0 <= model.service_level(20) < 1e-9


def test_quantiles_turn_the_tail_around() -> None:
    for model in (ErlangC(12, 0.06, 180), ErlangA(12, 0.09, 180, 60)):
        assert model.wait_quantile_s(1 - model.waiting_probability - 0.01) == 0
        for q in (0.9, 0.999):
            assert model.wait_tail(model.wait_quantile_s(q)) == pytest.approx(1 - q, rel=1e-9)


def test_without_patience_an_overload_waits_for_ever() -> None:
    model = ErlangC(10, 0.1, 100)
    assert (model.waiting_probability, model.mean_wait_s, model.occupancy) == (1, math.inf, 1)
    assert (model.service_level(1e9), model.wait_quantile_s(0.5)) == (0, math.inf)


@pytest.mark.parametrize(
    ("field", "numbers"),
    [
        ("agents", (0, 1.0, 1.0, 1.0)),
        ("arrivals_per_s", (1, -1.0, 1.0, 1.0)),
        ("handling_s", (1, 1.0, 0.0, 1.0)),
        ("patience_s", (1, 1.0, 1.0, math.inf)),
        ("patience_s", (1, 1.0, 1.0, math.nan)),
    ],
)
def test_wrong_numbers_are_named(field: str, numbers: tuple[int, float, float, float]) -> None:
    with pytest.raises(Invalid, match=f"{field} is .*, it has to be") as refusal:
        ErlangA(*numbers)
    assert refusal.value.field == field


def test_wrong_questions_are_named() -> None:
    for model in (ErlangC(2, 1.0, 1.0), ErlangA(2, 1.0, 1.0, 1.0)):
        with pytest.raises(Invalid, match="_s is -1"):
            model.service_level(-1)
        with pytest.raises(Invalid, match="q is 1"):
            model.wait_quantile_s(1)
    with pytest.raises(Invalid, match="load is 0"):
        erlang_b(1, 0)
