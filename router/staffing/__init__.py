"""How long people wait and how many agents it takes: formulas, a simulator, staffing.

Apart from `router` itself, which never imports it: this package loads numba. Map of the files:

- erlang.py       one queue by formula: Erlang B, C and A
- wait_behind.py  the wait of one who finds others waiting
- scenario.py     what is simulated: classes, pools, skills, arrivals
- simulator.py    a scenario run once, from a seed
- measures.py     service level, abandonment, speed of answer; the error of a prediction
- hindsight.py    what would have been foretold in a simulated run
- staffing.py     how many agents for a service level
- birth_death.py, events.py  the compiled parts of the first two and of the simulator

Times are seconds, rates per second, loads erlangs.
"""

from router.staffing.erlang import ErlangA, ErlangC, erlang_b
from router.staffing.hindsight import foretell
from router.staffing.measures import (
    abandon_ratio,
    mean_wait_answered_s,
    rase,
    service_level,
    service_level_answered,
)
from router.staffing.scenario import MAX_CONTACTS, Scenario
from router.staffing.simulator import Outcome, Run, simulate
from router.staffing.staffing import Staffing, agents_needed, staff_pools
from router.staffing.wait_behind import WaitBehind

__all__ = [
    "MAX_CONTACTS",
    "ErlangA",
    "ErlangC",
    "Outcome",
    "Run",
    "Scenario",
    "Staffing",
    "WaitBehind",
    "abandon_ratio",
    "agents_needed",
    "erlang_b",
    "foretell",
    "mean_wait_answered_s",
    "rase",
    "service_level",
    "service_level_answered",
    "simulate",
    "staff_pools",
]
