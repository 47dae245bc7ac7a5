"""What a simulation is asked: who arrives when, who can serve whom, and for how long."""

from __future__ import annotations

import math
from copy import copy
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from router.errors import Invalid

# A contact takes about 100 bytes while it is simulated.
MAX_CONTACTS = 50_000_000

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_T = TypeVar("_T", bound=np.generic)


class Scenario:
    """Contact classes, agent pools and a horizon cut into intervals of equal length.

    C classes, G pools and I intervals are read off the shapes. A number stands for an array full
    of it wherever a shape is named. All attributes are read-only arrays of the full shape.

    skills: (C, G) bool, which pool can serve which class.
    arrivals_per_s: (I, C), or (C,) for one interval; Poisson, constant within an interval.
    interval_s: seconds an interval lasts; the horizon is I times that.
    agents: (G,), or (I, G) where staff changes between intervals; 0 is allowed.
    handling_s: (C,) or (C, G), mean handling time.
    handling_cv: None for exponential handling, otherwise lognormal with this coefficient of
        variation (standard deviation / mean, 0 or more), shaped as handling_s.
    patience_s: (C,), mean of an exponential patience; infinity, the default, means nobody leaves.
    priority: (C,) int; the higher is served first, equal ones by longest wait.

    Raises `Invalid`, its `field` naming the argument, for wrong shapes and values, for a class that
    no pool has the skill for, and where more than `MAX_CONTACTS` are to be expected. More load
    than agents is no error, even without patience: the horizon ends it.
    """

    def __init__(
        self,
        *,
        skills: npt.ArrayLike,
        arrivals_per_s: npt.ArrayLike,
        interval_s: float,
        agents: npt.ArrayLike,
        handling_s: npt.ArrayLike,
        handling_cv: npt.ArrayLike | None = None,
        patience_s: npt.ArrayLike = math.inf,
        priority: npt.ArrayLike = 0,
    ) -> None:
        self.skills = _skills(skills)
        classes, pools = self.skills.shape
        if not 0.0 < interval_s < math.inf:
            raise Invalid(
                f"interval_s is {interval_s}, it has to be above 0 and finite", field="interval_s"
            )
        self.interval_s = float(interval_s)
        arrivals = _numbers("arrivals_per_s", arrivals_per_s, least=0.0)
        intervals = arrivals.shape[0] if arrivals.ndim == 2 else 1
        self.arrivals_per_s = _shaped("arrivals_per_s", arrivals, (intervals, classes))
        self.agents = _agents(agents, intervals, pools)
        self.handling_s = _per_class_or_pool(
            "handling_s", _numbers("handling_s", handling_s, above=0.0), classes, pools
        )
        self.handling_cv: Floats | None = None
        if handling_cv is not None:
            self.handling_cv = _per_class_or_pool(
                "handling_cv", _numbers("handling_cv", handling_cv, least=0.0), classes, pools
            )
        self.patience_s = _shaped(
            "patience_s", _numbers("patience_s", patience_s, above=0.0, finite=False), (classes,)
        )
        self.priority = _shaped("priority", _whole("priority", priority), (classes,))
        expected = self.arrivals_per_s.sum() * self.interval_s
        if expected > MAX_CONTACTS:
            raise Invalid(
                f"arrivals_per_s and interval_s make {expected:.3g} contacts, "
                f"at most {MAX_CONTACTS} are simulated at once",
                field="arrivals_per_s",
            )

    @property
    def horizon_s(self) -> float:
        return self.interval_s * len(self.arrivals_per_s)

    def with_agents(self, agents: npt.ArrayLike) -> Scenario:
        """The same with other staff: (G,) or (I, G)."""
        other = copy(self)
        other.agents = _agents(agents, *self.agents.shape)
        return other


def _array(name: str, value: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> npt.NDArray[Any]:
    try:
        return np.asarray(value, dtype)
    except (TypeError, ValueError) as error:
        raise Invalid(f"{name} is no array of numbers: {error}", field=name) from None


def _skills(skills: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    array = _array("skills", skills)
    if array.ndim != 2 or array.dtype != np.bool_ or array.size == 0:
        raise Invalid(
            f"skills is {array.dtype} of shape {array.shape}, it has to be bool (classes, pools)",
            field="skills",
        )
    lost = np.flatnonzero(~array.any(axis=1))
    if lost.size:
        raise Invalid(
            f"skills: no pool can serve class {lost[0]}, at least one has to", field="skills"
        )
    return _shaped("skills", array, array.shape)


def _agents(agents: npt.ArrayLike, intervals: int, pools: int) -> Integers:
    array = _whole("agents", agents)
    if array.size and array.min() < 0:
        raise Invalid(f"agents holds {array.min()}, it has to be 0 or more", field="agents")
    return _shaped("agents", array, (intervals, pools))


def _per_class_or_pool(name: str, array: Floats, classes: int, pools: int) -> Floats:
    if array.shape == (classes,):
        array = array[:, np.newaxis]
    return _shaped(name, array, (classes, pools))


def _numbers(
    name: str,
    value: npt.ArrayLike,
    *,
    least: float = -math.inf,
    above: float = -math.inf,
    finite: bool = True,
) -> Floats:
    array: Floats = _array(name, value, np.float64)
    good = (array >= least) & (array > above)
    if finite:
        good &= np.isfinite(array)
    if not good.all():
        bound = f"{least:g} or more" if least > above else f"above {above:g}"
        wrong = array[~good].flat[0]
        raise Invalid(
            f"{name} holds {wrong}, it has to be {bound}{' and finite' if finite else ''}",
            field=name,
        )
    return array


def _whole(name: str, value: npt.ArrayLike) -> Integers:
    array = _array(name, value)
    if array.dtype.kind not in "iu":
        raise Invalid(f"{name} is {array.dtype}, it has to be whole numbers", field=name)
    return array.astype(np.int64)


def _shaped(name: str, array: npt.NDArray[_T], shape: tuple[int, ...]) -> npt.NDArray[_T]:
    try:
        shaped = np.broadcast_to(array, shape).copy()
    except ValueError:
        raise Invalid(
            f"{name} has the shape {array.shape}, it has to be {shape}", field=name
        ) from None
    shaped.flags.writeable = False
    return shaped
