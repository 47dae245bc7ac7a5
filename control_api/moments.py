"""Times as they go over the wire: RFC 3339 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at_us: int) -> str:
    """Microseconds since the Unix epoch as RFC 3339 text."""
    text = datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def moment_or_none(at_us: int | None) -> str | None:
    return None if at_us is None else moment(at_us)
