"""What a queue's last contacts took of the agents, and how long they were ready to wait.

Plain means over a fixed window (rather than decaying ones) come out the same when they are read
back from the store after a restart.
"""

from __future__ import annotations

from collections import deque

DEFAULT_HANDLING_S = 180.0
# The mean of so many is off by 7 % (exponential), which is less than a wait varies by itself; and
# at 40 agents it is half an hour, short enough to follow the time of day.
WINDOW = 200
# Taken as one who left after this time, so that the first departures don't count for everybody.
PRIOR_PATIENCE_S = 600.0


class _Last:
    """The sum of the last WINDOW values."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=WINDOW)
        self.total = 0.0

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float) -> None:
        if len(self._values) == WINDOW:
            self.total -= self._values[0]
        self._values.append(value)
        self.total += value

    @property
    def mean(self) -> float:
        return self.total / len(self._values) if self._values else 0.0


class Experience:
    """Of one queue; seconds."""

    def __init__(self) -> None:
        self._talk_s, self._wrap_up_s = _Last(), _Last()
        self._waited_s, self._left = _Last(), _Last()

    def talked(self, talk_s: float) -> None:
        self._talk_s.add(talk_s)

    def wrapped_up(self, wrap_up_s: float) -> None:
        self._wrap_up_s.add(wrap_up_s)

    def waited(self, wait_s: float, *, left: bool) -> None:
        """A contact was answered after this wait, or left."""
        self._waited_s.add(wait_s)
        self._left.add(float(left))

    @property
    def handling_s(self) -> float:
        """The mean of talk and wrap-up; DEFAULT_HANDLING_S until the first call has ended."""
        if not len(self._talk_s):
            return DEFAULT_HANDLING_S
        # Calls of no length at all come from a clock that was set back.
        return max(1.0, self._talk_s.mean + self._wrap_up_s.mean)

    @property
    def leave_per_s(self) -> float:
        """The rate at which one who waits leaves: departures per second of waiting, which is the
        maximum-likelihood rate of exponential patience where most waits end with an answer."""
        return (self._left.total + 1.0) / (self._waited_s.total + PRIOR_PATIENCE_S)
