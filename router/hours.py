"""When a queue is open. Pure: a calendar and a moment in, yes or no and the next change out.

The clock on the wall decides: a queue is open while the local time of day lies in one of the day's
ranges. So where the clocks go forward a range may be shorter, where they go back it may come twice.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from router.model import Calendar

DAY = timedelta(days=1)
# A calendar that doesn't change within it, holidays included, is taken for one that never does.
HORIZON_DAYS = 400


def is_open(calendar: Calendar, at_us: int) -> bool:
    """Whether the queue is open at this moment, in microseconds since the Unix epoch."""
    return _is_open(calendar, _moment(at_us))


def next_change_us(calendar: Calendar, at_us: int) -> int | None:
    """The first moment after `at_us` at which the queue opens or closes; None: not in a year."""
    start = _moment(at_us)
    before = _is_open(calendar, start)
    zone = _zone(calendar.time_zone)
    day = start
    for _ in range(HORIZON_DAYS):
        for moment in sorted(_candidates(calendar, day, zone)):
            if moment > start and _is_open(calendar, moment) != before:
                return round(moment.timestamp() * 1_000_000)
        day += DAY
    return None


def _candidates(calendar: Calendar, day: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Moments of the 24 hours from `day` on at which the state may change: where a range begins or
    ends on the wall, and where the clocks are changed."""
    end = day + DAY
    first_date = day.astimezone(zone).date()
    # Three dates, where a day in between has 23 hours.
    for n in range((end.astimezone(zone).date() - first_date).days + 1):
        date_ = first_date + n * DAY
        for first, last in _ranges(calendar, date_):
            for minute in (first, last):
                wall = datetime.combine(date_, time()) + timedelta(minutes=minute)
                for fold in (0, 1):
                    moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
                    if day < moment <= end:
                        yield moment
    if day.astimezone(zone).utcoffset() != end.astimezone(zone).utcoffset():
        yield _clock_change(day, end, zone)


def _clock_change(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The first second with the offset of `high`; there is one change between them."""
    before = low.astimezone(zone).utcoffset()
    first, last = int(low.timestamp()), int(high.timestamp())
    while last - first > 1:
        middle = (first + last) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            first = middle
        else:
            last = middle
    return datetime.fromtimestamp(last, UTC)


def _is_open(calendar: Calendar, moment: datetime) -> bool:
    local = moment.astimezone(_zone(calendar.time_zone))
    minute = local.hour * 60 + local.minute
    return any(first <= minute < last for first, last in _ranges(calendar, local.date()))


def _ranges(calendar: Calendar, day: date) -> tuple[tuple[int, int], ...]:
    return calendar.holidays.get(day.isoformat(), calendar.week[day.weekday()])


def _moment(at_us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)


def wall_time(calendar: Calendar, at_us: int) -> str:
    """A moment by the calendar's clock, as `2026-12-24 09:00 Europe/Berlin`."""
    local = _moment(at_us).astimezone(_zone(calendar.time_zone))
    return f"{local:%Y-%m-%d %H:%M} {calendar.time_zone}"


class Opening(NamedTuple):
    """How it is, and until when; None: for ever."""

    is_open: bool
    changes_us: int | None


def opening(calendar: Calendar, at_us: int) -> Opening:
    """Both answers at once."""
    return Opening(is_open(calendar, at_us), next_change_us(calendar, at_us))


@lru_cache
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else zoneinfo.ZoneInfo(name)
