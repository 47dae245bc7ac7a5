"""The wait of a contact that finds others waiting before it, while all agents are busy.

With `ahead` contacts waiting it has to see `ahead + 1` leave the system: each agent ends a call at
the rate 1 / handling_s, each of those still ahead loses patience at the rate 1 / patience_s. So the
wait is a sum of independent exponentials with the rates agents / handling_s + j / patience_s for
j = 0 .. ahead: the pure-death process behind the queue-length predictors of Ibrahim and Whitt,
"Real-Time Delay Estimation in Overloaded Multiserver Queues with Abandonments", Management Science
55, 2009. The mean with patience is their QL_a; without patience it is the plain queue-length one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from router.errors import Invalid
from router.staffing import birth_death

Numbers = float | npt.NDArray[np.float64]


@dataclass(frozen=True)
class WaitBehind:
    """The wait, if one stays, behind `ahead` others.

    ahead: contacts that are served before, an integer of 0 or more, tested up to a million.
    agents: agents who serve this queue, all of them busy; above 0, a fraction is allowed.
    handling_s: mean handling time.
    patience_s: mean patience of those ahead; infinity, as is the default, means that nobody leaves.

    Each may be a number or an array; arrays broadcast, and so do the results. Exact to about ten
    digits. Wrong numbers raise `Invalid` when the first result is asked for.
    """

    ahead: int | npt.NDArray[np.integer]
    agents: Numbers
    handling_s: Numbers
    patience_s: Numbers = math.inf

    @cached_property
    def mean_s(self) -> Any:
        return self._checked(birth_death.wait_mean)

    @cached_property
    def variance_s2(self) -> Any:
        """In square seconds."""
        return self._checked(birth_death.wait_variance)

    def tail(self, wait_s: Numbers) -> Any:
        """The probability that the wait is longer than `wait_s`."""
        return self._checked(birth_death.wait_tail, wait_s=wait_s)

    def quantile_s(self, q: Numbers) -> Any:
        """The wait that is not exceeded with probability `q`, 0 < q < 1."""
        return self._checked(birth_death.wait_quantile, q=q)

    def _checked(self, kernel: Any, **first: Numbers) -> Any:
        # A kernel answers NaN where its arguments make no sense: one look at the result is enough
        # for the good case, which has to be fast.
        try:
            with np.errstate(all="ignore"):
                service = self.agents / self.handling_s
                leave = 1.0 / self.patience_s
                result = kernel(*first.values(), _whole(self.ahead), service, leave)
        except ZeroDivisionError:
            result = math.nan
        if np.isnan(result).any():
            self._blame(first)
        return result

    def _blame(self, first: dict[str, Numbers]) -> None:
        if "q" in first and not np.all((np.asarray(first["q"]) > 0.0) & (first["q"] < 1.0)):
            raise Invalid(f"q is {first['q']}, it has to lie between 0 and 1", field="q")
        if "wait_s" in first and not np.all(np.asarray(first["wait_s"]) >= 0.0):
            raise Invalid(f"wait_s is {first['wait_s']}, it has to be 0 or more", field="wait_s")
        if np.any(np.asarray(self.ahead) < 0):
            raise Invalid(f"ahead is {self.ahead}, it has to be 0 or more", field="ahead")
        for name in ("agents", "handling_s"):
            value = getattr(self, name)
            if not np.all((np.asarray(value) > 0.0) & np.isfinite(value)):
                raise Invalid(f"{name} is {value}, it has to be above 0 and finite", field=name)
        raise Invalid(f"patience_s is {self.patience_s}, it has to be above 0", field="patience_s")


def _whole(ahead: int | npt.NDArray[np.integer]) -> int | npt.NDArray[np.int64]:
    if isinstance(ahead, int):
        return ahead
    array = np.asarray(ahead)
    if array.dtype.kind not in "iu":
        raise Invalid(f"ahead is {array.dtype}, it has to be whole numbers", field="ahead")
    return array.astype(np.int64, copy=False)
