"""The Erlang formulas: one queue, Poisson arrivals, exponential handling, first come first served.

Sources: Cooper, "Introduction to Queueing Theory", 2nd edition, 1981, chapter 3 (B and C);
Mandelbaum and Zeltyn, "The Palm/Erlang-A Queue, with Applications to Call Centers", 2005, and
"Call Centers with Impatient Customers", Queueing Systems 51, 2005 (A). All take time linear in the
number of agents and stay exact for many thousands of them. Times are seconds, rates per second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from router.errors import Invalid
from router.staffing.birth_death import inverse_erlang_b, queue_sums


def erlang_b(agents: int, load: float) -> float:
    """The probability that a contact is lost where nobody can wait.

    `load` is in erlangs: arrivals per second times mean handling time. Below 1e-308 it is 0.
    Raises `Invalid` for agents below 0 or a load that is not above 0.
    """
    if agents < 0:
        raise Invalid(f"agents is {agents}, it has to be 0 or more", field="agents")
    _demand_positive("load", load)
    return 1.0 / inverse_erlang_b(agents, load)


@dataclass(frozen=True)
class ErlangC:
    """A queue without abandonment, M/M/n.

    agents: how many, 1 or more.
    arrivals_per_s: contacts that arrive per second.
    handling_s: mean handling time, talk and wrap-up.

    With a load of `agents` erlangs or more the queue grows without end: everybody waits, for ever.
    Raises `Invalid` for numbers that are not above 0.
    """

    agents: int
    arrivals_per_s: float
    handling_s: float

    def __post_init__(self) -> None:
        _demand_system(self.agents, self.arrivals_per_s, self.handling_s)

    @property
    def load(self) -> float:
        """Offered load in erlangs: how many agents would be busy if nobody had to wait."""
        return self.arrivals_per_s * self.handling_s

    @property
    def stable(self) -> bool:
        return self.load < self.agents

    @property
    def occupancy(self) -> float:
        """The share of their time that agents are busy."""
        return min(1.0, self.load / self.agents)

    @cached_property
    def waiting_probability(self) -> float:
        """The probability that a contact has to wait: Erlang's C."""
        if not self.stable:
            return 1.0
        # C = B / (1 - occupancy (1 - B)), divided by B so that a tiny B loses nothing.
        return 1.0 / (
            inverse_erlang_b(self.agents, self.load) * (1.0 - self.occupancy) + self.occupancy
        )

    @property
    def _fading_per_s(self) -> float:
        """The wait of those who wait is exponential with this rate."""
        return (self.agents - self.load) / self.handling_s

    @property
    def mean_wait_s(self) -> float:
        """Over all contacts, those that don't wait included: the average speed of answer."""
        return self.waiting_probability / self._fading_per_s if self.stable else math.inf

    @property
    def mean_queue_length(self) -> float:
        """Contacts waiting, by Little's law."""
        return self.arrivals_per_s * self.mean_wait_s

    def wait_tail(self, wait_s: float) -> float:
        """The probability of waiting longer than `wait_s`."""
        _demand_time("wait_s", wait_s)
        if not self.stable:
            return 1.0
        return self.waiting_probability * math.exp(-self._fading_per_s * wait_s)

    def service_level(self, within_s: float) -> float:
        """The fraction of contacts answered within that time."""
        return 1.0 - self.wait_tail(within_s)

    def wait_quantile_s(self, q: float) -> float:
        """The wait that a fraction `q` of all contacts does not exceed; 0 < q < 1."""
        _demand_fraction("q", q)
        if not self.stable:
            return math.inf
        return max(0.0, math.log(self.waiting_probability / (1.0 - q)) / self._fading_per_s)


@dataclass(frozen=True)
class ErlangA:
    """A queue with abandonment, M/M/n+M: who waits longer than their patience leaves.

    patience_s: mean patience, exponential; at most 1e9 times handling_s, above that ErlangC is
        the same. The rest as in ErlangC.

    It is stable under any load. Raises `Invalid` as ErlangC does.
    """

    agents: int
    arrivals_per_s: float
    handling_s: float
    patience_s: float

    def __post_init__(self) -> None:
        _demand_system(self.agents, self.arrivals_per_s, self.handling_s)
        _demand_positive("patience_s", self.patience_s)
        if self.patience_s > 1e9 * self.handling_s:
            raise Invalid(
                f"patience_s is {self.patience_s}, it has to be at most 1e9 times handling_s; "
                "for endless patience take ErlangC",
                field="patience_s",
            )

    @property
    def load(self) -> float:
        """Offered load in erlangs, those included who will leave."""
        return self.arrivals_per_s * self.handling_s

    @property
    def occupancy(self) -> float:
        """The share of their time that agents are busy."""
        return self.load * (1.0 - self.abandon_ratio) / self.agents

    @property
    def _x(self) -> float:
        return self.agents * self.patience_s / self.handling_s

    @property
    def _y(self) -> float:
        return self.arrivals_per_s * self.patience_s

    @cached_property
    def _sums(self) -> tuple[float, float, float]:
        return queue_sums(self._x, self._y)

    @cached_property
    def waiting_probability(self) -> float:
        """The probability that a contact finds all agents busy."""
        log_total, _, _ = self._sums
        free = inverse_erlang_b(self.agents, self.load) - 1.0
        return 1.0 / (1.0 + free * math.exp(-log_total))

    @property
    def abandon_ratio(self) -> float:
        """The fraction of all contacts offered that leave before they are answered."""
        return self.mean_wait_s / self.patience_s

    @property
    def mean_wait_s(self) -> float:
        """Over all contacts offered, whether they were answered, left, or didn't wait at all."""
        return self.mean_queue_length / self.arrivals_per_s

    @property
    def mean_queue_length(self) -> float:
        """Contacts waiting."""
        _, waiting, _ = self._sums
        return self.waiting_probability * waiting

    @property
    def mean_wait_answered_s(self) -> float:
        """Over the contacts that are answered: the average speed of answer."""
        # Who finds j waiting is answered with probability x / (x + j + 1), and then waits for the
        # steps x + 1, ..., x + j + 1; balance turns the sum over j into one over the states.
        _, _, harmonic = self._sums
        answered_wait = self._x / self._y * self.waiting_probability * harmonic * self.patience_s
        return answered_wait / (1.0 - self.abandon_ratio)

    def _log_offered_tail(self, wait_s: float) -> float:
        """log P(offered wait > wait_s | all agents busy): the wait one with endless patience has.

        Its density is that of Mandelbaum and Zeltyn, proportional to
        exp(y (1 - exp(-t / patience)) - x t / patience), and the integral a `queue_sums` again.
        """
        log_total, _, _ = self._sums
        t = wait_s / self.patience_s
        u = self._y * math.exp(-t)
        log_rest = queue_sums(self._x, u)[0] if u > 0.0 else 0.0
        return -self._y * math.expm1(-t) - self._x * t + log_rest - log_total

    def wait_tail(self, wait_s: float) -> float:
        """The probability of still waiting after `wait_s`: neither answered nor gone by then."""
        _demand_time("wait_s", wait_s)
        stays = math.exp(-wait_s / self.patience_s)
        return self.waiting_probability * stays * math.exp(self._log_offered_tail(wait_s))

    def service_level(self, within_s: float) -> float:
        """The fraction of all contacts offered that are answered within that time.

        Absolute error below 1e-9 for up to 10,000 agents and a mean patience of up to 1e6 s.
        """
        _demand_time("within_s", within_s)
        log_total, _, _ = self._sums
        t = within_s / self.patience_s
        x, u = self._x, self._y * math.exp(-t)
        log_rest = queue_sums(x + 1.0, u)[0] if u > 0.0 else 0.0
        log_late = -self._y * math.expm1(-t) - (x + 1.0) * t + log_rest - log_total
        late = self.waiting_probability * x / (x + 1.0) * math.exp(log_late)
        return max(0.0, 1.0 - self.abandon_ratio - late)

    def service_level_answered(self, within_s: float) -> float:
        """Of the contacts that are answered, the fraction answered within that time."""
        return self.service_level(within_s) / (1.0 - self.abandon_ratio)

    def wait_quantile_s(self, q: float) -> float:
        """The wait, ended by an answer or not, that a fraction `q` of all offered doesn't exceed.

        0 < q < 1; found to 1e-12 of itself.
        """
        _demand_fraction("q", q)
        if self.waiting_probability <= 1.0 - q:
            return 0.0
        return _falling_root(lambda wait_s: self.wait_tail(wait_s) - (1.0 - q), self.handling_s)


def _falling_root(f: Callable[[float], float], scale: float) -> float:
    """Where `f` falls through zero, f(0) > 0: the bracket is doubled, then halved."""
    low, high = 0.0, scale
    while f(high) > 0.0:
        low, high = high, 2.0 * high
    while high - low > 1e-12 * high:
        middle = 0.5 * (low + high)
        if f(middle) > 0.0:
            low = middle
        else:
            high = middle
    return high


def _demand_system(agents: int, arrivals_per_s: float, handling_s: float) -> None:
    if agents < 1:
        raise Invalid(f"agents is {agents}, it has to be 1 or more", field="agents")
    _demand_positive("arrivals_per_s", arrivals_per_s)
    _demand_positive("handling_s", handling_s)


def _demand_positive(name: str, value: float) -> None:
    if not 0.0 < value < math.inf:
        raise Invalid(f"{name} is {value}, it has to be above 0 and finite", field=name)


def _demand_time(name: str, value: float) -> None:
    if not value >= 0.0:
        raise Invalid(f"{name} is {value}, it has to be 0 or more", field=name)


def _demand_fraction(name: str, value: float) -> None:
    if not 0.0 < value < 1.0:
        raise Invalid(f"{name} is {value}, it has to lie between 0 and 1", field=name)
