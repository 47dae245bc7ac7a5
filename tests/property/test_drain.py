"""The native drain against the naive one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from property.naive_drain import naive_drain
from router.prediction.drain import Line, Pool, drain

# Long enough that steps take several contacts.
LENGTH_MOST = 400


@st.composite
def floors(draw: st.DrawFn) -> tuple[list[Line], list[Pool]]:
    """Some lines, of which some share agents and some have none."""
    count = draw(st.integers(1, 6))
    lines = []
    for _ in range(count):
        length = draw(st.sampled_from([0, 1, 2, 3, 63, 64, 65, 130]) | st.integers(0, LENGTH_MOST))
        first, gap = draw(st.floats(-1e6, 1e6)), draw(st.floats(0.0, 100.0))
        leave_per_s = draw(st.just(0.0) | st.floats(1e-6, 0.1))
        lines.append(Line([first + gap * place for place in range(length)], leave_per_s))
    served = st.sets(st.integers(0, count - 1), min_size=1).map(lambda of: tuple(sorted(of)))
    pools = st.builds(Pool, served, st.floats(1e-3, 10.0))
    return lines, draw(st.lists(pools, max_size=5))


@given(floors())
def test_the_waits_are_those_of_the_naive_drain(floor: tuple[list[Line], list[Pool]]) -> None:
    lines, pools = floor
    for line, native, naive in zip(
        lines, drain(lines, pools), naive_drain(lines, pools), strict=True
    ):
        assert native.empty == (len(line.order) == 0)
        for ahead in range(len(line.order) + 2):
            found, wanted = native.wait(ahead), naive.wait(ahead)
            if wanted is None:
                assert found is None
            else:
                assert found is not None
                assert tuple(found) == pytest.approx(tuple(wanted), rel=1e-6, abs=1e-9)


def test_only_some_of_a_long_line_is_looked_at() -> None:
    class Counted:
        looks = 0

        def __len__(self) -> int:
            return 1_000_000

        def __getitem__(self, place: int) -> float:
            self.looks += 1
            return float(place)

    alone, shared, other = Counted(), Counted(), Line([3.0])
    pools = [Pool((0,), 1.0), Pool((1, 2), 1.0)]
    found = drain([Line(alone), Line(shared), other], pools)
    assert all(one.wait(0) is not None for one in found)
    assert alone.looks == 0
    assert 0 < shared.looks < 1_000


@pytest.mark.parametrize(
    ("line", "pool", "named"),
    [
        (Line([], -1.0), Pool((0,), 1.0), "leave_per_s"),
        (Line([]), Pool((0,), float("inf")), "free_per_s"),
        (Line([]), Pool((1,), 1.0), "pool 0"),
        (Line([]), Pool((), 1.0), "pool 0"),
    ],
)
def test_what_makes_no_sense_is_named(line: Line, pool: Pool, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        drain([line], [pool])
