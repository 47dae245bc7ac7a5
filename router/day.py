"""When a day begins where the agents are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def next_midnight_us(at_us: int, zone: tzinfo) -> int:
    """The first midnight after `at_us`, both in microseconds since the Unix epoch.

    Days have 23 or 25 hours where the clocks change. A midnight that the clocks skip is the moment
    at which they do; of one that they strike twice the first begins the day.
    """
    return _midnight_us(_day(at_us, zone) + timedelta(days=1), zone)


def last_midnight_us(at_us: int, zone: tzinfo) -> int:
    """When the day of `at_us` began."""
    return _midnight_us(_day(at_us, zone), zone)


def _day(at_us: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(at_us / 1e6, UTC).astimezone(zone).date()


def _midnight_us(day: date, zone: tzinfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * 1_000_000)
