"""Opening hours as people write them: "mon-fri", "09:00-12:00", "2026-12-24"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import pairwise

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Ranges = tuple[tuple[int, int], ...]
"""From one minute of the day until before another."""

_RANGE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def days(text: str) -> list[int]:
    """The days of "mon" or "mon-fri", Monday as 0; a span may go over Sunday. Raises ValueError."""
    first, _, last = text.partition("-")
    if first not in DAYS or (last or first) not in DAYS or text.endswith("-"):
        raise ValueError(f"{text!r} is no day and no span of days")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def day_ranges(texts: Iterable[str]) -> Ranges:
    """The ranges of one day, in order. Raises ValueError."""
    found = sorted(_range(text) for text in texts)
    for (_, end), (start, _) in pairwise(found):
        if start < end:
            raise ValueError("two ranges of the day overlap")
    return tuple(found)


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no range of times")
    first_h, first_m, last_h, last_m = match.groups()
    first = int(first_h) * 60 + int(first_m)
    last = 24 * 60 if last_h is None else int(last_h) * 60 + int(last_m)
    if last <= first:
        raise ValueError(f"{text!r} ends before it begins; over midnight takes a range on each day")
    return first, last


def week(hours: Mapping[str, Iterable[str]]) -> tuple[Ranges, ...]:
    """The ranges of each day from Monday on. Raises ValueError."""
    found: list[Ranges | None] = [None] * 7
    for span, texts in hours.items():
        for day in days(span):
            if found[day] is not None:
                raise ValueError(f"{DAYS[day]} is there twice")
            found[day] = day_ranges(texts)
    return tuple(ranges or () for ranges in found)


def check_date(text: str) -> None:
    """Raise ValueError unless it is a date as 2026-12-24."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError(f"{text!r} is no date")
    date.fromisoformat(text)
