"""The compiled event loop of the simulator: arrivals, answers, abandonments, changes of shift.

Everything random is drawn before (see `simulator`): a contact brings its arrival, its patience and
the size of its work along, whatever happens to it. So two scenarios that differ in staff only meet
the same contacts. All compiled functions stand in this one file for the reason in `birth_death`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# Inlined before numba infers types: half the time to compile, and a third faster than calls.
_inline = njit(inline="always")

WAITING, ANSWERED, ABANDONED = 0, 1, 2
_NOBODY = -1

CONTACT = np.dtype(
    [
        ("contact_class", np.int32),
        ("outcome", np.int32),
        ("arrival_s", np.float64),
        ("wait_s", np.float64),
        ("service_s", np.float64),
        ("pool", np.int32),
        ("agent", np.int32),
    ]
)
OBSERVATION = np.dtype(
    [
        ("ahead", np.int64),
        ("competing", np.int64),
        ("agents", np.int64),
        ("busy", np.int64),
        ("head_wait_s", np.float64),
        ("last_wait_s", np.float64),
    ]
)


class Heap(NamedTuple):
    """A binary heap of (time, number), the earliest on top; `size` is an array of one."""

    times: Floats
    numbers: Integers
    size: Integers


class Work(NamedTuple):
    """What is fixed before the first event."""

    interval_s: float
    horizon_s: float
    agents: Integers  # (I, G)
    skills: npt.NDArray[np.bool_]  # (C, G)
    served: Integers  # (G, C): the classes of a pool, highest priority first, then -1
    priority: Integers  # (C,)
    competes: npt.NDArray[np.bool_]  # (C, C): [c, d] where waiting d is in the way of a new c
    first_seat: Integers  # (G + 1,): the seats of pool g are first_seat[g] .. first_seat[g + 1] - 1
    pool_of: Integers  # (seats,)
    patience_s: Floats  # (contacts,)
    size: Floats  # (contacts,)
    location: Floats  # (C, G): log(handling time) is location + scale * size
    scale: Floats  # (C, G)


class Floor(NamedTuple):
    """Who waits and who is idle. Each agent on shift has a seat, in a block of seats per pool."""

    head: Integers  # (C,): first and last of each class's queue, a list linked both ways
    tail: Integers
    queue_length: Integers
    following: Integers  # (contacts,)
    preceding: Integers
    last_wait_s: Floats  # (C,)
    idle_seat: Integers  # (seats,): a ring per pool, longest idle first
    idle_stamp: Integers
    idle_first: Integers  # (G,)
    idle_count: Integers
    stamps: Integers  # (1,)
    empty_seat: Integers  # (seats,): a stack per pool
    empty_count: Integers  # (G,)
    present: Integers  # (G,): on shift, also those who only finish their last contact
    departures: Heap  # of seats
    deadlines: Heap  # of contacts; those no longer waiting are skipped
    busy_s: Floats  # (G,)
    staffed_s: Floats


@_inline
def _push(heap, time, number):
    i = heap.size[0]
    heap.size[0] += 1
    while i > 0:
        parent = (i - 1) >> 1
        if heap.times[parent] <= time:
            break
        heap.times[i] = heap.times[parent]
        heap.numbers[i] = heap.numbers[parent]
        i = parent
    heap.times[i] = time
    heap.numbers[i] = number


@_inline
def _pop(heap):
    top = heap.numbers[0]
    heap.size[0] -= 1
    n = heap.size[0]
    time, number = heap.times[n], heap.numbers[n]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        if child + 1 < n and heap.times[child + 1] < heap.times[child]:
            child += 1
        if heap.times[child] >= time:
            break
        heap.times[i] = heap.times[child]
        heap.numbers[i] = heap.numbers[child]
        i = child
    heap.times[i] = time
    heap.numbers[i] = number
    return top


@_inline
def _top(heap):
    return heap.times[0] if heap.size[0] > 0 else math.inf


@_inline
def _enqueue(floor, c, i):
    last = floor.tail[c]
    floor.preceding[i] = last
    floor.following[i] = _NOBODY
    if last == _NOBODY:
        floor.head[c] = i
    else:
        floor.following[last] = i
    floor.tail[c] = i
    floor.queue_length[c] += 1


@_inline
def _unqueue(floor, c, i):
    before, after = floor.preceding[i], floor.following[i]
    if before == _NOBODY:
        floor.head[c] = after
    else:
        floor.following[before] = after
    if after == _NOBODY:
        floor.tail[c] = before
    else:
        floor.preceding[after] = before
    floor.queue_length[c] -= 1


@_inline
def _answer(work, floor, contacts, i, seat, now):
    contact = contacts[i]
    c, g = contact.contact_class, work.pool_of[seat]
    service_s = math.exp(work.location[c, g] + work.scale[c, g] * work.size[i])
    contact.outcome = ANSWERED
    contact.wait_s = now - contact.arrival_s
    contact.service_s = service_s
    contact.pool = g
    contact.agent = seat - work.first_seat[g]
    floor.last_wait_s[c] = contact.wait_s
    floor.busy_s[g] += min(now + service_s, work.horizon_s) - now
    _push(floor.departures, now + service_s, seat)


@_inline
def _make_idle(work, floor, seat):
    g = work.pool_of[seat]
    first, seats = work.first_seat[g], work.first_seat[g + 1] - work.first_seat[g]
    place = first + (floor.idle_first[g] + floor.idle_count[g]) % seats
    floor.idle_seat[place] = seat
    floor.idle_stamp[place] = floor.stamps[0]
    floor.stamps[0] += 1
    floor.idle_count[g] += 1


@_inline
def _pop_idle(work, floor, g):
    first, seats = work.first_seat[g], work.first_seat[g + 1] - work.first_seat[g]
    seat = floor.idle_seat[first + floor.idle_first[g]]
    floor.idle_first[g] = (floor.idle_first[g] + 1) % seats
    floor.idle_count[g] -= 1
    return seat


@_inline
def _leave(work, floor, seat, now):
    g = work.pool_of[seat]
    floor.empty_seat[work.first_seat[g] + floor.empty_count[g]] = seat
    floor.empty_count[g] += 1
    floor.present[g] -= 1
    floor.staffed_s[g] -= work.horizon_s - now


@_inline
def _take_next(work, floor, contacts, seat, now):
    """Highest priority, then longest wait, which is the smallest number; idle if nobody waits."""
    g = work.pool_of[seat]
    best = _NOBODY
    best_class = _NOBODY
    for c in work.served[g]:
        if c == _NOBODY:
            break
        if best != _NOBODY and work.priority[c] < work.priority[best_class]:
            break
        first = floor.head[c]
        if first != _NOBODY and (best == _NOBODY or first < best):
            best, best_class = first, c
    if best == _NOBODY:
        _make_idle(work, floor, seat)
    else:
        _unqueue(floor, best_class, best)
        _answer(work, floor, contacts, best, seat, now)


@_inline
def _change_shift(work, floor, contacts, interval, now):
    for g in range(work.agents.shape[1]):
        wanted = work.agents[interval, g]
        while floor.present[g] > wanted and floor.idle_count[g] > 0:
            _leave(work, floor, _pop_idle(work, floor, g), now)
        while floor.present[g] < wanted:
            floor.empty_count[g] -= 1
            seat = floor.empty_seat[work.first_seat[g] + floor.empty_count[g]]
            floor.present[g] += 1
            floor.staffed_s[g] += work.horizon_s - now
            _take_next(work, floor, contacts, seat, now)


@_inline
def _longest_idle(work, floor, c):
    """The pool whose longest idle agent has been idle for longest, among those with the skill."""
    best = _NOBODY
    best_stamp = 0
    for g in range(work.skills.shape[1]):
        if work.skills[c, g] and floor.idle_count[g] > 0:
            stamp = floor.idle_stamp[work.first_seat[g] + floor.idle_first[g]]
            if best == _NOBODY or stamp < best_stamp:
                best, best_stamp = g, stamp
    return best


@_inline
def _observe(work, floor, contacts, i, now, observations):
    c = contacts[i].contact_class
    seen = observations[i]
    competing = 0
    for d in range(work.skills.shape[0]):
        if work.competes[c, d]:
            competing += floor.queue_length[d]
    agents = 0
    busy = 0
    for g in range(work.skills.shape[1]):
        if work.skills[c, g]:
            agents += floor.present[g]
            busy += floor.present[g] - floor.idle_count[g]
    first = floor.head[c]
    seen.ahead = floor.queue_length[c]
    seen.competing = competing
    seen.agents = agents
    seen.busy = busy
    seen.head_wait_s = math.nan if first == _NOBODY else now - contacts[first].arrival_s
    seen.last_wait_s = floor.last_wait_s[c]


@njit(cache=True)
def run_events(work, floor, contacts, observations):
    """Fill `contacts`, sorted by arrival; `observations` as well unless it is empty.

    At the same instant shifts change first, then calls end, then people leave, then they arrive.
    """
    interval = 0
    arriving = 0
    while True:
        shift_s = interval * work.interval_s if interval < len(work.agents) else math.inf
        departure_s = _top(floor.departures)
        deadline_s = _top(floor.deadlines)
        arrival_s = contacts[arriving].arrival_s if arriving < len(contacts) else math.inf
        now = min(shift_s, departure_s, deadline_s, arrival_s)
        if now >= work.horizon_s:
            break
        if now == shift_s:
            _change_shift(work, floor, contacts, interval, now)
            interval += 1
        elif now == departure_s:
            seat = _pop(floor.departures)
            g = work.pool_of[seat]
            if floor.present[g] > work.agents[interval - 1, g]:
                _leave(work, floor, seat, now)
            else:
                _take_next(work, floor, contacts, seat, now)
        elif now == deadline_s:
            i = _pop(floor.deadlines)
            if contacts[i].outcome == WAITING:
                _unqueue(floor, contacts[i].contact_class, i)
                contacts[i].outcome = ABANDONED
                contacts[i].wait_s = now - contacts[i].arrival_s
        else:
            i = arriving
            arriving += 1
            c = contacts[i].contact_class
            if len(observations) > 0:
                _observe(work, floor, contacts, i, now, observations)
            g = _longest_idle(work, floor, c)
            if g != _NOBODY:
                _answer(work, floor, contacts, i, _pop_idle(work, floor, g), now)
            else:
                _enqueue(floor, c, i)
                if work.patience_s[i] < math.inf:
                    _push(floor.deadlines, now + work.patience_s[i], i)
    for c in range(len(floor.head)):
        i = floor.head[c]
        while i != _NOBODY:
            contacts[i].wait_s = work.horizon_s - contacts[i].arrival_s
            i = floor.following[i]
