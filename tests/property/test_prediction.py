"""What holds of every forecast, whoever waits and works."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.prediction import Forecast, Group, Predictor, Queued

LINES = 4
Floor = tuple[list[Queued], list[Group]]


@st.composite
def floors(draw: st.DrawFn) -> Floor:
    """A few lines, agents who serve some of them, and who came when."""
    order = draw(st.lists(st.integers(0, LINES - 1), max_size=40))
    lines = [
        Queued(f"q{line}", [place for place, one in enumerate(order) if one == line])
        for line in range(LINES)
    ]
    served = st.sets(st.integers(0, LINES - 1), min_size=1).map(lambda of: tuple(sorted(of)))
    groups = [
        Group(of, {f"q{of[0]}": draw(st.integers(1, 20))})
        for of in draw(st.lists(served, max_size=4))
    ]
    return lines, groups


@st.composite
def predictors(draw: st.DrawFn) -> Predictor:
    """One that has seen something, not always what was to be expected."""
    predictor = Predictor()
    seen = st.tuples(
        st.integers(0, LINES - 1), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(-100, 1e5)
    )
    for n, (line, talk_s, wait_s, now_s) in enumerate(draw(st.lists(seen, max_size=30))):
        queue = f"q{line}"
        predictor.experience[queue].talked(talk_s)
        forecast = predictor.forecast([Queued(queue, range(n))], [Group((0,), {queue: 1})])
        predictor.foretold(n, forecast.model(0, n), now_s)
        predictor.answered(n, queue, wait_s, now_s + wait_s)
    return predictor


def every_place(lines: list[Queued], forecast: Forecast) -> list[list[float | None]]:
    means = []
    for index, line in enumerate(lines):
        told = [forecast.wait(index, ahead) for ahead in range(len(line.order) + 1)]
        means.append([None if one is None else one.mean_s for one in told])
    return means


@given(predictors(), floors())
def test_bounds_are_in_order_and_nobody_overtakes(predictor: Predictor, floor: Floor) -> None:
    lines, groups = floor
    forecast = predictor.forecast(lines, groups)
    served = {line for group in groups for line in group.lines}
    for index, line in enumerate(lines):
        before_s = 0.0
        for ahead in range(len(line.order) + 1):
            told = forecast.wait(index, ahead)
            assert (told is not None) == (index in served)
            if told is not None:
                assert 0 <= told.p10_s <= told.p50_s <= told.p90_s < float("inf")
                assert told.mean_s >= before_s * (1 - 1e-9)
                before_s = told.mean_s


@given(floors(), st.integers(0, 3), st.integers(1, 20))
def test_one_pool_more_makes_nobody_of_one_line_wait_longer(
    floor: Floor, line: int, agents: int
) -> None:
    lines, groups = floor
    alone = [Queued(one.queue, one.order if n == line else []) for n, one in enumerate(lines)]
    fewer = every_place(alone, Predictor().forecast(alone, groups))[line]
    more = [*groups, Group((line,), {f"q{line}": agents})]
    for with_fewer, with_more in zip(
        fewer, every_place(alone, Predictor().forecast(alone, more))[line], strict=True
    ):
        assert with_more is not None
        assert with_fewer is None or with_more <= with_fewer * (1 + 1e-9)


@given(floors())
def test_who_comes_later_is_in_nobodys_way(floor: Floor) -> None:
    lines, groups = floor
    last = sum(len(line.order) for line in lines)
    longer = [Queued(one.queue, [*one.order, last]) for one in lines]
    before = every_place(lines, Predictor().forecast(lines, groups))
    after = every_place(longer, Predictor().forecast(longer, groups))
    for here, there in zip(before, after, strict=True):
        for mine, still in zip(here[:-1], there, strict=False):
            # What happens elsewhere cuts the model's steps in two, which rounds differently.
            assert still == (mine if mine is None else pytest.approx(mine, rel=0.02))
