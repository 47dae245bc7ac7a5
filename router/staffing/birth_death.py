"""The compiled sums over birth-death chains behind the Erlang formulas and `WaitBehind`.

Nothing here takes a factorial or a sum that overflows: it starts at its largest term and walks
outwards until what is left out is below `TRUNCATION` of it. That first term comes from Loader's
saddle-point expansion ("Fast and accurate computation of binomial probabilities", 2000).

All of it stands in one file on purpose: numba's cache notices a change in the file of the function
that is called from Python, not in the files of those that it calls.
"""

from __future__ import annotations

import math

from numba import njit, vectorize

# Relative to the sum. Below the rounding of a double, so that truncation is never what is seen.
TRUNCATION = 1e-17
# From here on Stirling's series with five terms is exact to the last digit or two.
_STIRLING_FROM = 16.0
# From here on four terms of the Euler-Maclaurin formula leave a relative error below 1e-11.
_EULER_MACLAURIN_FROM = 32.0
_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


@njit(cache=True)
def _stirling_error(a):
    """log(gamma(a + 1)) less Stirling's formula for it."""
    if a < _STIRLING_FROM:
        return math.lgamma(a + 1.0) - (a + 0.5) * math.log(a) + a - _HALF_LOG_2PI
    b = a * a
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / b) / b) / b) / b) / a


@njit(cache=True)
def _deviance(a, mean):
    """a log(a / mean) + mean - a, without cancellation where a is close to the mean."""
    if abs(a - mean) > 0.1 * (a + mean):
        return a * math.log(a / mean) + mean - a
    v = (a - mean) / (a + mean)
    total = (a - mean) * v
    power = 2.0 * a * v
    for j in range(3, 1000, 2):
        power *= v * v
        more = total + power / j
        if more == total:
            break
        total = more
    return total


@njit(cache=True)
def _log_poisson(a, mean):
    """log(mean**a exp(-mean) / gamma(a + 1)), for any real a >= 0."""
    if a == 0.0:
        return -mean
    return -_HALF_LOG_2PI - 0.5 * math.log(a) - _stirling_error(a) - _deviance(a, mean)


@njit(cache=True)
def _log_negative_binomial(m, size, p, q):
    """log(gamma(size + m) / (gamma(size) m!) p**size q**m), where q = 1 - p; m > 0."""
    n = size + m
    return (
        math.log(size / n)
        + _stirling_error(n)
        - _stirling_error(m)
        - _stirling_error(size)
        - _deviance(m, n * q)
        - _deviance(size, n * p)
        + 0.5 * math.log(n / m / size)
        - _HALF_LOG_2PI
    )


@njit(cache=True)
def _power_sum(a, count, p):
    """The sum of (a + i)**-p for i = 0 .. count - 1 and p = 1, 2 or 3 (Euler and Maclaurin)."""
    total = 0.0
    while count > 0 and (a < _EULER_MACLAURIN_FROM or count < _EULER_MACLAURIN_FROM):
        total += a**-p
        a += 1.0
        count -= 1
    if count == 0:
        return total
    b = a + (count - 1)
    if p == 1:
        total += math.log1p((b - a) / a)
    elif p == 2:
        total += (b - a) / (a * b)
    else:
        total += 0.5 * (b - a) * (a + b) / (a * b) ** 2
    total += 0.5 * (a**-p + b**-p)
    derivative = float(p)
    total += derivative * (a ** -(p + 1) - b ** -(p + 1)) / 12
    derivative *= (p + 1) * (p + 2)
    total -= derivative * (a ** -(p + 3) - b ** -(p + 3)) / 720
    derivative *= (p + 3) * (p + 4)
    return total + derivative * (a ** -(p + 5) - b ** -(p + 5)) / 30240


@njit(cache=True)
def inverse_erlang_b(agents: int, load: float) -> float:
    """1 / B, where 1 / B(n) = 1 + n / load / B(n - 1); infinite once B is below 1e-308."""
    inverse = 1.0
    for n in range(1, agents + 1):
        inverse = 1.0 + n / load * inverse
    return inverse


@njit(cache=True)
def queue_sums(x: float, y: float) -> tuple[float, float, float]:
    """The queue of an M/M/n+M system while all agents are busy.

    j contacts wait with weight w(j) = y**j / ((x + 1) ... (x + j)), where x is the rate of all
    agents and y the arrival rate, both divided by the rate of losing patience. Returned are
    log(sum w(j)), the mean of j, and the mean of 1 / (x + 1) + ... + 1 / (x + j).
    """
    mode = max(0.0, math.floor(y - x))
    log_top = 0.0
    harmonic_top = 0.0
    if mode > 0.0:
        log_top = _log_poisson(x + mode, y) - _log_poisson(x, y)
        harmonic_top = _power_sum(x + 1.0, mode, 1)
    total = 1.0
    waiting = mode
    harmonic = harmonic_top

    term = 1.0
    h = harmonic_top
    j = mode
    ratio = y / (x + j + 1.0)
    # The ratio only falls from here, so the rest is below a geometric series.
    while term * ratio > TRUNCATION * total * (1.0 - ratio):
        j += 1.0
        ratio = y / (x + j)
        term *= ratio
        h += 1.0 / (x + j)
        total += term
        waiting += j * term
        harmonic += h * term

    term = 1.0
    h = harmonic_top
    j = mode
    while j > 0.0 and term * j > TRUNCATION * total:
        term *= (x + j) / y
        h -= 1.0 / (x + j)
        j -= 1.0
        total += term
        waiting += j * term
        harmonic += h * term
    return log_top + math.log(total), waiting / total, harmonic / total


@njit(cache=True)
def _moment(ahead, service, leave, p):
    """The sum of (service + j leave)**-p for j = 0 .. ahead."""
    if leave == 0.0:
        return (ahead + 1) * service**-p
    return _power_sum(service / leave, ahead + 1, p) * leave**-p


@njit(cache=True)
def _log_departures(m, service, leave, t):
    """The log of the probability that exactly m of the independent steps are over after t.

    The order of independent exponential steps doesn't change their sum. Taken with rates that grow,
    service + j leave for j = 0, 1, ..., they are births with immigration: negative binomial, and
    Poisson where nobody leaves.
    """
    if m == 0:
        return -service * t
    if leave == 0.0:
        return _log_poisson(float(m), service * t)
    p, q = math.exp(-leave * t), -math.expm1(-leave * t)
    if p == 0.0:
        return -math.inf
    return _log_negative_binomial(float(m), service / leave, p, q)


@njit(cache=True)
def _beta_fraction(a, b, x):
    """The continued fraction of the incomplete beta function, by Lentz's method.

    "Numerical Recipes", section 6.4: for x < (a + 1) / (a + b + 2) it takes on the order of
    sqrt(max(a, b)) steps.
    """
    tiny = 1e-300
    c = 1.0
    d = 1.0 / max(1.0 - (a + b) * x / (a + 1.0), tiny)
    fraction = d
    before = 0.0
    m = 1.0
    while abs(fraction - before) > 4e-15 * fraction:
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = fraction
        for step in (even, odd):
            d = 1.0 + step * d
            c = 1.0 + step / c
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            fraction *= d * c
        m += 1.0
    return fraction


@njit(cache=True)
def _sides(ahead, service, leave, t):
    """(P(wait <= t), P(wait > t)); the smaller one is calculated, so that it is exact relatively.

    The wait exceeds t if at most `ahead` steps are over by then. Where leaving is slower than
    serving the terms next to the last one are summed, of the order of sqrt(ahead); otherwise the
    distribution is too wide for that, and its other form is taken, the incomplete beta function.
    """
    if t == math.inf:
        return 1.0, 0.0
    tau = t if leave == 0.0 else -math.expm1(-leave * t) / leave
    if tau <= 0.0:
        return 0.0, 1.0
    term = math.exp(_log_departures(ahead, service, leave, t))
    if ahead * leave > service:
        a, b = service / leave, ahead + 1.0
        x, y = math.exp(-leave * t), leave * tau
        scale = term * (a + ahead) * y
        if y < (b + 1.0) / (a + b + 2.0):
            before = scale / b * _beta_fraction(b, a, y)
            return before, 1.0 - before
        after = scale / a * _beta_fraction(a, b, x)
        return 1.0 - after, after
    m = ahead
    if service * tau > ahead * math.exp(-leave * t):  # more steps than that are expected
        total = term
        while m > 0:
            ratio = m / ((service + (m - 1) * leave) * tau)
            term *= ratio
            m -= 1
            total += term
            if term * ratio <= TRUNCATION * total * (1.0 - ratio):
                break
        return 1.0 - total, total
    total = 0.0
    while True:
        ratio = (service + m * leave) * tau / (m + 1)
        term *= ratio
        m += 1
        total += term
        # The ratio moves towards leave * tau, below one: its largest value bounds the rest.
        ratio = max((service + m * leave) * tau / (m + 1), leave * tau)
        if not term * ratio > TRUNCATION * total * (1.0 - ratio):  # NaN ends it as well
            return total, 1.0 - total


@njit(cache=True)
def _normal_quantile(q):
    """To 5e-4 (Abramowitz and Stegun 26.2.23): where a search starts."""
    t = math.sqrt(-2.0 * math.log(min(q, 1.0 - q)))
    z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (
        1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    )
    return -z if q < 0.5 else z


@njit(cache=True)
def _valid(ahead, service, leave):
    return ahead >= 0 and 0.0 < service < math.inf and 0.0 <= leave < math.inf


@vectorize(cache=True)
def wait_mean(ahead, service, leave):
    return _moment(ahead, service, leave, 1) if _valid(ahead, service, leave) else math.nan


@vectorize(cache=True)
def wait_variance(ahead, service, leave):
    return _moment(ahead, service, leave, 2) if _valid(ahead, service, leave) else math.nan


@vectorize(cache=True)
def wait_tail(t, ahead, service, leave):
    if not (_valid(ahead, service, leave) and t >= 0.0):
        return math.nan
    return _sides(ahead, service, leave, t)[1]


@vectorize(cache=True)
def wait_quantile(q, ahead, service, leave):
    """Newton's method on the log of the smaller side, which is concave in t, inside a bracket."""
    if not (_valid(ahead, service, leave) and 0.0 < q < 1.0):
        return math.nan
    mean = _moment(ahead, service, leave, 1)
    deviation = math.sqrt(_moment(ahead, service, leave, 2))
    skewness = 2.0 * _moment(ahead, service, leave, 3) / deviation**3
    z = _normal_quantile(q)
    t = mean + deviation * (z + skewness * (z * z - 1.0) / 6.0)
    low, high = 0.0, math.inf
    if t <= 0.0:
        t = 0.1 * mean
    for _ in range(200):
        before, after = _sides(ahead, service, leave, t)
        density = (service + ahead * leave) * math.exp(_log_departures(ahead, service, leave, t))
        if before < q:
            low = t
        else:
            high = t
        step = math.nan
        if q < 0.5 and before > 0.0 and density > 0.0:
            step = math.log(before / q) * before / density
        elif q >= 0.5 and after > 0.0 and density > 0.0:
            step = -math.log(after / (1.0 - q)) * after / density
        t -= step
        # What is left after a small step of Newton's is of the order of its square.
        if abs(step) <= 1e-9 * min(t, deviation):
            break
        if not low < t < high:
            t = 0.5 * (low + high) if high < math.inf else 2.0 * low
    return t
