"""Regions within regions, as cn/gd/shenzhen lies in cn/gd and that in cn.

A contact needs its region and all around it, which whoever is in it has. Letting go of the
narrowest is what makes the search wider.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

PARTS_MAX = 4
# Most regions of one agent.
HAD_BOUND = 8


def containing(region: str) -> list[str]:
    """The region and all around it, the widest first."""
    parts = region.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def widening(region: str, after_s: Sequence[float]) -> Iterable[tuple[float, str]]:
    """When a contact of the region lets go of which, the narrowest first; what is left when the
    moments are used up stays needed."""
    return zip(after_s, reversed(containing(region)), strict=False)
