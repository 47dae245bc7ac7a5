"""Levels in skills: what is refused names the place, and what would be right."""

from __future__ import annotations

import pytest

from router.errors import Invalid, RouterError, UnknownSkill
from router.skills import check_levels

KNOWN = ["english", "german", "billing"]


@pytest.mark.parametrize(
    ("levels", "known", "error", "field", "detail"),
    [
        ({"germn": 3}, KNOWN, UnknownSkill, "requires.germn", "did you mean german?"),
        ({"x": 3}, KNOWN, UnknownSkill, "requires.x", "known are english, german, billing"),
        ({"x": 3}, [], UnknownSkill, "requires.x", "none is configured"),
        ({"x": 3}, [f"s{n}" for n in range(30)], UnknownSkill, "requires.x", "s19 and 10 more"),
        ({"x" * 999: 3}, KNOWN, UnknownSkill, "requires." + "x" * 64, "known are"),
        ({"german": 0}, KNOWN, Invalid, "requires.german", "is 0, a level is 1 to 10"),
        ({"german": 11}, KNOWN, Invalid, "requires.german", "is 11, a level is 1 to 10"),
        (dict.fromkeys("abcde", 1), KNOWN, Invalid, "requires", "has 5 skills, the most is 4"),
    ],
)
def test_wrong_levels_are_refused_by_name(
    levels: dict[str, int], known: list[str], error: type[RouterError], field: str, detail: str
) -> None:
    with pytest.raises(error) as refused:
        check_levels(levels, "requires", known=known, bound=4)
    assert refused.value.field == field
    assert detail in refused.value.detail


def test_right_levels_pass() -> None:
    check_levels({"german": 0}, "requires", known=KNOWN, bound=2, lowest=0)
    check_levels({"german": 1, "english": 10}, "requires", known=KNOWN, bound=2)
    check_levels({}, "requires", known=[], bound=2)
