"""Opening hours by the clock on the wall, exact where clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router.hours import is_open, next_change_us, wall_time
from router.model import Calendar

OFFICE = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
BERLIN = Calendar(
    time_zone="Europe/Berlin",
    week=(OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, ((600, 840),), ()),
    holidays={"2026-12-24": ((540, 720),), "2026-12-25": ()},
)
MINUTE_US = 60_000_000
ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Africa/Cairo",  # changes at midnight
    "America/St_Johns",
    "Pacific/Apia",
)


def us(text: str, zone: str = "Europe/Berlin") -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1e6)


@pytest.mark.parametrize(
    ("at", "open_", "changes"),
    [
        ("2026-12-21 08:59", False, "2026-12-21 09:00"),
        ("2026-12-21 09:00", True, "2026-12-21 12:00"),
        ("2026-12-21 12:00", False, "2026-12-21 13:00"),
        ("2026-12-21 17:59", True, "2026-12-21 18:00"),
        ("2026-12-24 10:00", True, "2026-12-24 12:00"),
        ("2026-12-24 12:00", False, "2026-12-26 10:00"),
        ("2026-12-26 15:00", False, "2026-12-28 09:00"),
    ],
)
def test_days_spans_and_holidays(at: str, open_: bool, changes: str) -> None:
    assert is_open(BERLIN, us(at)) is open_
    assert next_change_us(BERLIN, us(at)) == us(changes)


def test_what_never_changes() -> None:
    always = Calendar(week=(((0, 1440),),) * 7)
    never = Calendar(week=((),) * 7)
    for calendar, open_ in ((always, True), (never, False)):
        assert is_open(calendar, us("2026-12-24 00:00")) is open_
        assert next_change_us(calendar, us("2026-12-24 00:00")) is None


def test_a_moment_by_the_calendars_clock() -> None:
    assert wall_time(BERLIN, us("2026-07-01 09:00")) == "2026-07-01 09:00 Europe/Berlin"


def minutes(*, last: int) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """Ranges of a day, mostly about the hours at which clocks are changed."""
    bounds = st.one_of(st.integers(0, 4 * 60), st.sampled_from((1380, 1410, last)))
    return st.lists(bounds, min_size=2, max_size=4, unique=True).map(
        lambda found: tuple(
            (first, end)
            for first, end in zip(sorted(found)[::2], sorted(found)[1::2], strict=False)
        )
    )


# Days about which one of the zones changes its clocks.
CHANGES = ("2026-03-07", "2026-03-28", "2026-04-04", "2026-04-23", "2026-10-03", "2026-10-24",
           "2026-10-29", "2026-10-31", "2026-12-31")  # fmt: skip


@example(
    zone="Africa/Cairo",  # 24 hours from the last one of a day are over a day of 23
    week=((), (), (), (), ((61, 1380),), (), ()),
    holiday=(),
    start="2026-04-23",
    into=1260,
)
@given(
    zone=st.sampled_from(ZONES),
    week=st.tuples(*[minutes(last=1440)] * 7),
    holiday=minutes(last=1440),
    start=st.sampled_from(CHANGES),
    into=st.integers(0, 2 * 24 * 60),
)
def test_each_change_is_where_a_look_at_every_minute_finds_it(
    zone: str,
    week: tuple[tuple[tuple[int, int], ...], ...],
    holiday: tuple[tuple[int, int], ...],
    start: str,
    into: int,
) -> None:
    mon, tue, wed, thu, fri, sat, sun = week
    calendar = Calendar(
        time_zone=zone,
        week=(mon, tue, wed, thu, fri, sat, sun),
        holidays={"2026-10-25": holiday, "2026-03-29": holiday},
    )

    def looked_up(at_us: int) -> bool:
        wall = datetime.fromtimestamp(at_us / 1e6, UTC).astimezone(ZoneInfo(zone))
        ranges = calendar.holidays.get(str(wall.date()), calendar.week[wall.weekday()])
        minute = wall.hour * 60 + wall.minute
        return any(minute in range(first, last) for first, last in ranges)

    at_us = us(start, "UTC") + into * MINUTE_US
    assert is_open(calendar, at_us) == looked_up(at_us)
    found = next_change_us(calendar, at_us)
    later = (at_us + minute * MINUTE_US for minute in range(1, 3 * 24 * 60))
    first = next((us for us in later if looked_up(us) != looked_up(at_us)), None)
    if first is None:
        assert found is None or found > at_us + 3 * 24 * 60 * MINUTE_US - MINUTE_US
    else:
        assert found == first
