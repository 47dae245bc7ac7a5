"""Contacts that waited before a restart, by columns: a million are read without one being made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from router.store import Demand, Row, WaitingRow, read_demand

_number, _priority, _arrived_us, _relaxed, _demand = (
    itemgetter(WaitingRow._fields.index(name))
    for name in ("number", "priority", "arrived_us", "relaxed", "demand")
)

# Number, priority, and when it arrived in microseconds since the Unix epoch.
Arrived = tuple[int, int, int]


class Alike(NamedTuple):
    """Contacts that seek the same and have relaxed as far."""

    demand: Demand
    relaxed: int
    arrived: Sequence[Arrived]


@dataclass(frozen=True, slots=True)
class Returned:
    """A page of them in the order of their numbers; `kind` is a place in `demands`, which are
    written as the store keeps them."""

    demands: Sequence[str]
    kind: list[int]
    number: list[int]
    priority: list[int]
    arrived_us: list[int]
    relaxed: list[int]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Returned:
        """The rows are in the order of WaitingRow's fields."""
        places: dict[str, int] = {}
        kind = [places.setdefault(demand, len(places)) for demand in map(_demand, rows)]
        return cls(
            demands=list(places),
            kind=kind,
            number=list(map(_number, rows)),
            priority=list(map(_priority, rows)),
            arrived_us=list(map(_arrived_us, rows)),
            relaxed=list(map(_relaxed, rows)),
        )

    def alike(self) -> Iterable[Alike]:
        """All of them, in groups."""
        found: defaultdict[tuple[int, int], list[Arrived]] = defaultdict(list)
        arrived = zip(self.number, self.priority, self.arrived_us, strict=True)
        for kind, relaxed, one in zip(self.kind, self.relaxed, arrived, strict=True):
            found[kind, relaxed].append(one)
        return (
            Alike(read_demand(self.demands[kind]), relaxed, arrived)
            for (kind, relaxed), arrived in found.items()
        )
