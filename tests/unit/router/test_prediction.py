"""The wait predictor: exact where theory is, and sound where it learns."""

from __future__ import annotations

import math
from random import Random

import pytest

from router.prediction import (
    DEFAULT_HANDLING_S,
    WINDOW,
    Correction,
    Experience,
    Group,
    Line,
    Pool,
    Prediction,
    Predictor,
    Queued,
    Wait,
    drain,
)
from router.staffing import ErlangC, WaitBehind

# -- the model -----------------------------------------------------------------------------------


@pytest.mark.parametrize("patience_s", [60.0, 300.0, math.inf])
def test_one_line_is_the_queue_length_predictor(patience_s: float) -> None:
    (drained,) = drain([Line(range(40), 1.0 / patience_s)], [Pool((0,), 12 / 180)])
    for ahead in (0, 1, 7, 39, 40):
        exact = WaitBehind(ahead, 12, 180.0, patience_s)
        wait = drained.wait(ahead)
        assert wait is not None
        assert wait.mean_s == pytest.approx(exact.mean_s)
        assert wait.variance_s2 == pytest.approx(exact.variance_s2)


def test_a_long_line_is_taken_in_larger_steps() -> None:
    length = 20_007
    (drained,) = drain([Line(range(length), 1 / 300)], [Pool((0,), 0.5)])
    for ahead in (0, 19, 64, 150, 10_000, length - 1, length):
        exact = WaitBehind(ahead, 50, 100.0, 300.0)
        wait = drained.wait(ahead)
        assert wait is not None
        assert wait.mean_s == pytest.approx(exact.mean_s, rel=0.01)


def test_one_class_with_all_agents_waits_as_erlang_c_has_it() -> None:
    """Given that all are busy, the queue is geometric: the mean over it is Erlang C's."""
    model = ErlangC(agents=10, arrivals_per_s=0.045, handling_s=200.0)
    load = model.arrivals_per_s * model.handling_s / model.agents
    (drained,) = drain([Line(range(400))], [Pool((0,), model.agents / model.handling_s)])
    waits = [drained.wait(ahead) for ahead in range(400)]
    mean_s = sum((1 - load) * load**k * wait.mean_s for k, wait in enumerate(waits) if wait)
    assert mean_s * model.waiting_probability == pytest.approx(model.mean_wait_s)


def test_agents_shared_by_two_lines_take_the_oldest_first() -> None:
    first, second = drain([Line([1, 3]), Line([2, 4])], [Pool((0, 1), 0.1)])
    means_s = [wait.mean_s for wait in map(first.wait, (0, 1)) if wait]
    assert means_s == pytest.approx([10, 30])
    means_s = [wait.mean_s for wait in map(second.wait, (0, 1)) if wait]
    assert means_s == pytest.approx([20, 40])
    # Whoever comes now comes after all four, and is not in the other newcomer's way.
    newcomers = first.wait(2), second.wait(2)
    assert [wait.mean_s for wait in newcomers if wait] == pytest.approx([50, 50])


def test_agents_of_its_own_shorten_a_line() -> None:
    lines = [Line([1, 2, 3]), Line([1.5, 2.5, 3.5])]
    shared = [Pool((0, 1), 0.1)]
    alone = drain(lines, shared)[1].wait(2)
    helped = drain(lines, [*shared, Pool((1,), 0.1)])[1].wait(2)
    assert alone is not None
    assert helped is not None
    assert helped.mean_s < alone.mean_s


def test_a_line_nobody_serves_has_no_wait() -> None:
    lonely, served = drain([Line([1, 2]), Line([1])], [Pool((1,), 0.1)])
    assert lonely.wait(0) is None
    assert lonely.wait(2) is None
    assert served.wait(0) == Wait(pytest.approx(10), pytest.approx(100))


# -- what is learned ------------------------------------------------------------------------------


def test_before_the_first_call_a_default_holds() -> None:
    assert Experience().handling_s == DEFAULT_HANDLING_S


def test_handling_is_talk_and_wrap_up_of_the_last_calls() -> None:
    experience = Experience()
    for talk_s in (100, 200):
        experience.talked(talk_s)
    experience.wrapped_up(30)
    assert experience.handling_s == 180
    for _ in range(WINDOW):
        experience.talked(60)
        experience.wrapped_up(0)
    assert experience.handling_s == pytest.approx(60)


def test_patience_is_found_though_most_are_answered_before_it_ends() -> None:
    draw, experience = Random(1), Experience()
    for _ in range(WINDOW):
        patience_s, wait_s = draw.expovariate(1 / 300), draw.expovariate(1 / 60)
        experience.waited(min(patience_s, wait_s), left=patience_s < wait_s)
    assert 1 / experience.leave_per_s == pytest.approx(300, rel=0.3)


def test_without_experience_the_model_is_told_as_it_is() -> None:
    told = Correction().apply(Wait(100.0, 10_000.0))
    assert told.mean_s == 100
    # Of an exponential wait.
    bounds = (told.p10_s, told.p50_s, told.p90_s)
    assert bounds == pytest.approx([-100 * math.log(q) for q in (0.9, 0.5, 0.1)], rel=0.08)


@pytest.mark.parametrize("truth", [0.5, 1.0, 1.6])
def test_a_model_that_is_off_is_corrected(truth: float) -> None:
    draw, correction = Random(7), Correction()
    inside = 0
    for n in range(3_000):
        wait = Wait(draw.uniform(20, 200), 0.0)
        wait = Wait(wait.mean_s, wait.mean_s**2 / 10)
        actual_s = draw.gammavariate(10, wait.mean_s * truth / 10)
        if n >= 1_000:
            told = correction.apply(wait)
            inside += told.p10_s <= actual_s <= told.p90_s
        correction.learn(wait, actual_s, now_s=30.0 * n)
    assert correction.factor == pytest.approx(truth, rel=0.1)
    assert 0.77 <= inside / 2_000 <= 0.83


def test_what_was_learned_is_forgotten_by_the_next_days() -> None:
    correction = Correction()
    for n in range(500):
        correction.learn(Wait(60, 600), 120, now_s=10.0 * n)
    assert correction.factor > 1.8
    correction.learn(Wait(60, 600), 60, now_s=7 * 86_400.0)
    assert correction.factor == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("actual_s", [-100.0, 0.0, 1e9])
def test_no_wait_however_absurd_breaks_it(actual_s: float) -> None:
    correction = Correction()
    for n in range(5_000):
        correction.learn(Wait(30, 300), actual_s, now_s=1.0 * n)
    correction.learn(Wait(0.001, 0.0), actual_s, now_s=5_000)
    told = correction.apply(Wait(30, 300))
    assert 0 < told.mean_s <= 5 * 30
    assert 0 <= told.p10_s <= told.p50_s <= told.p90_s < math.inf


def test_one_absurd_wait_changes_little() -> None:
    correction = Correction()
    correction.learn(Wait(1.0, 1.0), 86_400.0, now_s=0.0)
    assert correction.factor < 1.3


# -- the whole -------------------------------------------------------------------------------------


def told(predictor: Predictor, waiting: int, **group: object) -> Prediction | None:
    agents = Group(lines=(0,), working={"sales": 2}, **group)  # type: ignore[arg-type]
    return predictor.forecast([Queued("sales", range(waiting))], [agents]).wait(0, waiting)


def test_a_free_agent_and_nobody_before_means_no_wait() -> None:
    predictor = Predictor()
    assert told(predictor, 0, ready=1) == (0, 0, 0, 0)
    behind = told(predictor, 1, ready=1)  # of those who wait, each was refused perhaps
    assert behind is not None
    assert behind.mean_s > 0


def test_nobody_there_means_no_answer() -> None:
    assert Predictor().forecast([Queued("sales", [1])], []).wait(0, 0) is None


def test_what_became_of_a_contact_is_learned_once() -> None:
    predictor = Predictor()
    correction = predictor.corrections["sales"]
    predictor.foretold("c", Wait(60, 600), now_s=0)
    predictor.foretold("c", Wait(10, 100), now_s=50)  # the first one counts
    predictor.answered("c", "sales", waited_s=90, now_s=90)
    learned = correction.factor
    assert 1 < learned < 1.5
    predictor.answered("c", "sales", waited_s=90, now_s=90)
    assert correction.factor == learned
    predictor.foretold("d", Wait(60, 600), now_s=100)
    predictor.left("d", "sales", waited_s=20)
    predictor.answered("d", "sales", waited_s=600, now_s=700)
    assert correction.factor == learned
