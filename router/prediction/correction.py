"""How the waits that were foretold came true: a factor on the next ones, and how far they scatter.

The model leaves things out: ringing, breaks, priorities that overtake, calls that are no longer the
same. So a factor is learned by a Kalman filter, and the bounds between which waits fall by counting
how many fell outside (as in adaptive conformal inference; Gibbs and Candès, NeurIPS 2021).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from router.prediction.drain import Wait

# How far off a model is before anything was learned, and what it goes back to within about a day.
PRIOR_DEVIATION = 0.25
FORGET_S = 86_400.0
# The variance of one wait relative to what was foretold is 1 / (contacts ahead + 1), but that many
# contacts share their luck: together they count as one observation with this variance.
OBSERVATION_VARIANCE = 1.0
# Of a wait outside these multiples of what was foretold no more is believed.
OBSERVED_MIN = 0.05
OBSERVED_MAX = 5.0
# How far a bound moves with each observation, in deviations: large follows fast, but as waits of
# one time share their luck it then follows only that, and covers less of what comes next.
BOUND_STEP = 0.01
_Z90 = 1.2816
_Z_MAX = 5.0


class Prediction(NamedTuple):
    """A wait foretold, in seconds: its mean, and what it stays below in 10, 50 and 90 % of cases.

    So four of five waits lie between `p10_s` and `p90_s`.
    """

    mean_s: float
    p10_s: float
    p50_s: float
    p90_s: float


class Correction:
    """Of one queue."""

    def __init__(self) -> None:
        self.factor = 1.0
        self._variance = PRIOR_DEVIATION**2
        self._at_s: float | None = None
        self._low, self._middle, self._high = -_Z90, 0.0, _Z90

    def learn(self, foretold: Wait, actual_s: float, now_s: float) -> None:
        """One for whom the model had foretold this has been answered after so long."""
        if foretold.mean_s <= 0.0 or foretold.variance_s2 <= 0.0:
            return
        z = _deviation(self._scaled(foretold), actual_s)
        self._low = _moved(self._low, z, 0.1)
        self._middle = _moved(self._middle, z, 0.5)
        self._high = _moved(self._high, z, 0.9)
        self._drift(now_s)
        gain = self._variance / (self._variance + OBSERVATION_VARIANCE)
        observed = min(max(OBSERVED_MIN, actual_s / foretold.mean_s), OBSERVED_MAX)
        self.factor += gain * (observed - self.factor)
        self._variance *= 1.0 - gain

    def apply(self, foretold: Wait) -> Prediction:
        """What is to be told, given what the model foretells."""
        wait = self._scaled(foretold)
        low, high = min(self._low, self._middle), max(self._middle, self._high)
        return Prediction(
            wait.mean_s, _quantile(wait, low), _quantile(wait, self._middle), _quantile(wait, high)
        )

    def _scaled(self, wait: Wait) -> Wait:
        return Wait(wait.mean_s * self.factor, wait.variance_s2 * self.factor**2)

    def _drift(self, now_s: float) -> None:
        """What was learned loses its worth with time (an Ornstein-Uhlenbeck process around 1)."""
        passed_s = 0.0 if self._at_s is None else max(0.0, now_s - self._at_s)
        self._at_s = now_s
        kept = math.exp(-passed_s / FORGET_S)
        self.factor = 1.0 + kept * (self.factor - 1.0)
        self._variance = kept**2 * self._variance + (1.0 - kept**2) * PRIOR_DEVIATION**2


def _moved(bound: float, z: float, share: float) -> float:
    """The bound below which this share of the deviations falls, one observation later."""
    bound += BOUND_STEP * (share - (z <= bound))
    return max(-_Z_MAX, min(_Z_MAX, bound))


# A gamma distribution by its mean and variance, through the cube root that makes it nearly normal
# (Wilson and Hilferty, 1931): exact enough from the exponential on, which is the wait of the first.


def _quantile(wait: Wait, z: float) -> float:
    if wait.mean_s <= 0.0:
        return 0.0
    spread = wait.variance_s2 / wait.mean_s**2 / 9.0
    return wait.mean_s * max(0.0, 1.0 - spread + z * math.sqrt(spread)) ** 3


def _deviation(wait: Wait, actual_s: float) -> float:
    """`z` for which the quantile is `actual_s`."""
    spread = wait.variance_s2 / wait.mean_s**2 / 9.0
    root = math.cbrt(max(0.0, actual_s) / wait.mean_s)
    return (root - 1.0 + spread) / math.sqrt(spread)
