"""When a day begins where the agents are."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo


def next_midnight_us(at_us: int, zone: tzinfo) -> int:
    """The first midnight after `at_us`, both in microseconds since the Unix epoch.

    Days have 23 or 25 hours where the clocks change. A midnight that the clocks skip is the moment
    at which they do; of one that they strike twice the first begins the day.
    """
    today = datetime.fromtimestamp(at_us / 1e6, UTC).astimezone(zone).date()
    midnight = datetime.combine(today + timedelta(days=1), time(), zone)
    return round(midnight.timestamp() * 1_000_000)
