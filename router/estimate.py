"""How long a contact will wait: position x mean handling time / staffed agents.

Handling is talk plus wrap-up, averaged over a queue's last calls. Plain means over a fixed window
(rather than a decaying one) come out the same when read back from the store after a restart.
"""

from __future__ import annotations

from collections import deque
from math import ceil
from statistics import fmean

DEFAULT_HANDLING_S = 180.0
# Long enough to smooth single calls, short enough to follow the time of day.
HANDLING_WINDOW = 50


class HandlingTime:
    """The mean handling time of one queue, from its last HANDLING_WINDOW calls."""

    def __init__(self) -> None:
        self._talk_us: deque[int] = deque(maxlen=HANDLING_WINDOW)
        self._wrap_up_us: deque[int] = deque(maxlen=HANDLING_WINDOW)

    def talked(self, talk_us: int) -> None:
        self._talk_us.append(talk_us)

    def wrapped_up(self, wrap_up_us: int) -> None:
        self._wrap_up_us.append(wrap_up_us)

    @property
    def mean_s(self) -> float:
        """Seconds per contact; DEFAULT_HANDLING_S until the first call has ended."""
        if not self._talk_us:
            return DEFAULT_HANDLING_S
        wrap_up_us = fmean(self._wrap_up_us) if self._wrap_up_us else 0.0
        return (fmean(self._talk_us) + wrap_up_us) / 1e6


def estimated_wait_s(position: int, mean_handling_s: float, staffed: int) -> int | None:
    """Whole seconds, rounded up; None when nobody is there to answer."""
    if staffed <= 0:
        return None
    return ceil(position * mean_handling_s / staffed)


def newcomer_wait_s(waiting: int, ready: int, mean_handling_s: float, staffed: int) -> int | None:
    """The wait of somebody who arrives now: none if an agent is free and nobody is before them."""
    if ready > 0 and waiting == 0:
        return 0
    return estimated_wait_s(waiting + 1, mean_handling_s, staffed)
