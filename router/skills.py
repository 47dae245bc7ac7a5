"""Levels in skills, as contacts need and agents have them, checked before they go anywhere."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from router.errors import Invalid, UnknownSkill

LEVEL_MAX = 10
REQUIRED_BOUND = 16
HAD_BOUND = 64
# So many known skills stand in an error's text; more would hide the first.
NAMED_BOUND = 20


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
            detail = f"there is no skill {skill[:64]!r}; {_suggestion(skill, known)}"
            raise UnknownSkill(detail, field=place)
        if not lowest <= level <= LEVEL_MAX:
            raise Invalid(f"{place} is {level}, a level is {lowest} to {LEVEL_MAX}", field=place)


def _suggestion(skill: str, known: Collection[str]) -> str:
    if close := difflib.get_close_matches(skill[:64], known, n=1):
        return f"did you mean {close[0]}?"
    if not known:
        return "none is configured"
    named = list(known)[:NAMED_BOUND]
    more = f" and {len(known) - len(named)} more" if len(known) > len(named) else ""
    return f"known are {', '.join(named)}{more}"
