"""Levels in skills, as contacts need and agents have them, checked before they go anywhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from router.errors import Invalid, UnknownSkill
from router.suggestion import suggestion

LEVEL_MAX = 10
REQUIRED_BOUND = 16
HAD_BOUND = 64


def check_levels(
    levels: Mapping[str, int], field: str, *, known: Collection[str], bound: int, lowest: int = 1
) -> None:
    """Raise, with the `field` and the skill in it: UnknownSkill; Invalid for a level that isn't
    `lowest` to 10, or more skills than `bound`."""
    if len(levels) > bound:
        raise Invalid(f"{field} has {len(levels)} skills, the most is {bound}", field=field)
    for skill, level in levels.items():
        place = f"{field}.{skill[:64]}"
        if skill not in known:
            detail = f"there is no skill {skill[:64]!r}; {suggestion(skill, known)}"
            raise UnknownSkill(detail, field=place)
        if not lowest <= level <= LEVEL_MAX:
            raise Invalid(f"{place} is {level}, a level is {lowest} to {LEVEL_MAX}", field=place)
