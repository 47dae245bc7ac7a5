"""Midnight where the agents are, whatever the clocks do there."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from router.day import last_midnight_us, next_midnight_us


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("zone", "at", "midnight"),
    [
        ("UTC", "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"),
        ("UTC", "2026-01-01T23:59:59.999999+00:00", "2026-01-02T00:00:00+00:00"),
        ("Asia/Shanghai", "2026-01-01T15:00:00+00:00", "2026-01-01T16:00:00+00:00"),
        # Days of 23 and of 25 hours.
        ("Europe/Berlin", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("Europe/Berlin", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
        # There is no midnight: the clocks go from 0:00 to 1:00.
        ("Africa/Cairo", "2026-04-23T12:00:00+02:00", "2026-04-24T01:00:00+03:00"),
        ("Africa/Cairo", "2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"),
        # There are two: the clocks go from 1:00 back to 0:00.
        ("America/Havana", "2026-10-31T12:00:00-04:00", "2026-11-01T00:00:00-04:00"),
        ("America/Havana", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"),
        ("America/Havana", "2026-11-01T00:00:00-05:00", "2026-11-02T00:00:00-05:00"),
    ],
)
def test_the_next_midnight(zone: str, at: str, midnight: str) -> None:
    found = next_midnight_us(us(at), ZoneInfo(zone))
    assert found == us(midnight), datetime.fromtimestamp(found / 1e6, UTC)
    began_us = last_midnight_us(us(at), ZoneInfo(zone))
    assert began_us <= us(at)
    assert next_midnight_us(began_us, ZoneInfo(zone)) == found
    assert last_midnight_us(found, ZoneInfo(zone)) == found
