"""What is measured on simulated contacts, and how far off a prediction was.

`contacts` is `Run.contacts` or any part of it: one class, or those after a warm-up. A contact that
the horizon cut off counts where its fate is decided anyway. NaN stands for a mean over nobody.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from router.errors import Invalid
from router.staffing.events import ABANDONED, ANSWERED, WAITING

Contacts = npt.NDArray[np.void]


def service_level(contacts: Contacts, within_s: float) -> float:
    """The fraction of all contacts offered that are answered within that time."""
    answered = (contacts["outcome"] == ANSWERED) & (contacts["wait_s"] <= within_s)
    open_yet = (contacts["outcome"] == WAITING) & (contacts["wait_s"] <= within_s)
    return _ratio(np.count_nonzero(answered), np.count_nonzero(~open_yet))


def service_level_answered(contacts: Contacts, within_s: float) -> float:
    """Of the contacts that are answered, the fraction answered within that time."""
    answered = contacts[contacts["outcome"] == ANSWERED]
    return _ratio(np.count_nonzero(answered["wait_s"] <= within_s), len(answered))


def abandon_ratio(contacts: Contacts) -> float:
    """The fraction that left before they were answered, of those whose wait ended."""
    abandoned = np.count_nonzero(contacts["outcome"] == ABANDONED)
    return _ratio(abandoned, np.count_nonzero(contacts["outcome"] != WAITING))


def mean_wait_answered_s(contacts: Contacts) -> float:
    """Over the contacts that are answered: the average speed of answer."""
    answered = contacts[contacts["outcome"] == ANSWERED]
    return _ratio(float(answered["wait_s"].sum()), len(answered))


def rase(predicted_s: npt.ArrayLike, actual_s: npt.ArrayLike) -> float:
    """Root of the mean squared error, relative to the mean of what came true.

    sqrt(mean((predicted - actual)**2)) / mean(actual), both of the same shape and not empty, as in
    Ibrahim and Whitt (see `wait_behind`). 0 is perfect; 1 is an error as large as the wait.
    """
    predicted, actual = np.asarray(predicted_s, np.float64), np.asarray(actual_s, np.float64)
    if predicted.shape != actual.shape or actual.size == 0:
        raise Invalid(
            f"predicted_s has the shape {predicted.shape}, it has to be that of actual_s, "
            f"{actual.shape}, and not empty",
            field="predicted_s",
        )
    if not actual.mean() > 0.0:
        raise Invalid(
            f"actual_s has the mean {actual.mean()}, it has to be above 0", field="actual_s"
        )
    return float(np.sqrt(np.mean((predicted - actual) ** 2)) / actual.mean())


def _ratio(part: float | np.integer, whole: int | np.integer) -> float:
    return float(part / whole) if whole else math.nan
