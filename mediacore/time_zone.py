"""Time zones by their IANA names, as the machine's database knows them."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, tzinfo


def time_zone(name: str) -> tzinfo:
    """Raises ValueError for a name that the machine doesn't know."""
    if name == "UTC":
        return UTC  # known on machines without a database, too
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        # OSError: a folder of the database, as "Europe".
        raise ValueError(f"{name!r} is no time zone") from None


def time_zones() -> list[str]:
    """Every name that `time_zone` takes."""
    return sorted({"UTC"} | zoneinfo.available_timezones())
