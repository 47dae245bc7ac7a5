"""What happened to each contact, and the figures made of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all don't exceed; nan without values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


@dataclass
class Tally:
    """Contacts are counted by a number of the load test's own; times in seconds on one clock."""

    asked_s: dict[int, float] = field(default_factory=dict)
    queued: set[int] = field(default_factory=set)
    completed: set[int] = field(default_factory=set)
    offer_latencies_s: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def offered(self, number: int, agent_ready_s: float, now_s: float) -> None:
        """An offer arrived. It was possible since both the contact and the agent were there."""
        asked_s = self.asked_s.get(number)
        if asked_s is not None:
            self.offer_latencies_s.append(now_s - max(asked_s, agent_ready_s))

    def refuse(self, code: str) -> None:
        self.refused[code] = self.refused.get(code, 0) + 1

    @property
    def lost(self) -> set[int]:
        """Answered with 201 and never completed."""
        return self.queued - self.completed

    def summary(self, duration_s: float) -> str:
        """One line of figures."""
        p50, p99 = (percentile(self.offer_latencies_s, share) * 1000 for share in (0.5, 0.99))
        line = (
            f"contacts={len(self.completed)} contacts_per_s={len(self.completed) / duration_s:.1f} "
            f"offer_p50_ms={p50:.1f} offer_p99_ms={p99:.1f} lost={len(self.lost)}"
        )
        refusals = " ".join(f"{code}={count}" for code, count in sorted(self.refused.items()))
        return f"{line} refused: {refusals}" if refusals else line
