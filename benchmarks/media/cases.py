"""The calls that are measured, and what is measured of them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

import anyio

from benchmarks.media.lines import Failed
from benchmarks.media.load import Load
from benchmarks.media.process_figures import cpu_s, resident_kb

WINDOWS = 3
# Of one sender to one receiver: 30 frames in seven packets, and 50 of sound.
PACKETS_PER_S = 260
# Everybody receives when so much of it comes in such a step.
FLOWING_STEP_S, FLOWING_SHARE, FLOWING_WITHIN_S = 0.25, 0.8, 5.0
# From then on: sockets, tables and estimates are as they will be.
WARM_UP_S = 1.0
# Of its processor; the load is then what is slow.
GENERATOR_BOUND_PCT = 92.0
JOINS = 200
# How many more watch at each step towards the most, and when it is too many.
MOST_STEP, MOST_RECEIVERS = 100, 2_000
MOST_LOSS_PCT, MOST_LATENCY_MS = 0.01, 50.0


class Sfu(Protocol):
    """The server under test."""

    pid: int

    async def open_room(self, room: int) -> None: ...
    async def join(self, room: int, *, sends: bool, receives: bool) -> None: ...
    async def complete(self) -> None:
        """Everybody who has joined by now is to get what the others send."""


@dataclass(frozen=True)
class Made:
    """Who is there: participants, and how many of them receive one sender."""

    sessions: int
    receivers: int


async def fanout(sfu: Sfu, load: Load, receivers: int) -> Made:
    """One who sends, `receivers` who watch."""
    await sfu.open_room(1)
    await sfu.join(1, sends=True, receives=False)
    for _ in range(receivers):
        await sfu.join(1, sends=False, receives=True)
    return Made(receivers + 1, receivers)


async def rooms(sfu: Sfu, load: Load, count: int) -> Made:
    """Rooms of two who see and hear each other."""
    for room in range(1, count + 1):
        await sfu.open_room(room)
        for _ in range(2):
            await sfu.join(room, sends=True, receives=True)
    return Made(2 * count, 2 * count)


@dataclass(frozen=True)
class Window:
    """What happened in some seconds."""

    us_per_packet: float = 0.0
    pps: float = 0.0
    loss_pct: float = 0.0
    latency_p50_ms: float = 0.0
    latency_p99_ms: float = 0.0
    generator_pct: float = 0.0
    late_frames: int = 0
    refused: int = 0


async def flowing(load: Load, receivers: int) -> None:
    """Return when each of them receives, or after a while if the server doesn't keep up. Raises
    Failed if nothing comes at all."""
    due = receivers * PACKETS_PER_S * FLOWING_STEP_S
    received = 0
    await load.figures()
    with anyio.move_on_after(FLOWING_WITHIN_S):
        while True:
            await anyio.sleep(FLOWING_STEP_S)
            received = (await load.figures())["received"]
            if received >= FLOWING_SHARE * due:
                return
    if not received:
        raise Failed(f"nothing is forwarded, though {receivers} receivers are connected")


async def measured(sfu: Sfu, load: Load, window_s: float) -> Window:
    """Raises Failed."""
    await load.figures()
    began, served_s, loaded_s = time.perf_counter(), cpu_s(sfu.pid), cpu_s(load.pid)
    await anyio.sleep(window_s)
    told = await load.figures()
    took_s = time.perf_counter() - began
    served_s, loaded_s = cpu_s(sfu.pid) - served_s, cpu_s(load.pid) - loaded_s
    lost = max(0, told["expected"] - told["received"])
    return Window(
        us_per_packet=1e6 * served_s / max(1, told["received"]),
        pps=told["received"] / took_s,
        loss_pct=100 * lost / max(1, told["expected"]),
        latency_p50_ms=told["latency_p50_ms"],
        latency_p99_ms=told["latency_p99_ms"],
        generator_pct=100 * loaded_s / took_s,
        late_frames=told["left_out"],
        refused=told["refused"],
    )


async def forwarding(
    sfu: Sfu,
    load: Load,
    make: Callable[[Sfu, Load, int], Awaitable[Made]],
    size: int,
    window_s: float,
) -> dict[str, Any]:
    """The figures of a case in three windows."""
    before_kb = resident_kb(sfu.pid)
    made = await make(sfu, load, size)
    await sfu.complete()
    await load.connected()
    await load.start()
    await flowing(load, made.receivers)
    await anyio.sleep(WARM_UP_S)
    windows = [await measured(sfu, load, window_s) for _ in range(WINDOWS)]
    kb = resident_kb(sfu.pid) - before_kb
    return {
        name: _spread([getattr(one, name) for one in windows])
        for name in ("us_per_packet", "pps", "loss_pct", "latency_p50_ms", "latency_p99_ms")
    } | {
        "due_pps": made.receivers * PACKETS_PER_S,
        "kb_per_session": round(kb / made.sessions, 1),
        "sessions": made.sessions,
        "generator_pct": round(max(one.generator_pct for one in windows), 1),
        "generator_bound": any(
            one.generator_pct > GENERATOR_BOUND_PCT or one.late_frames for one in windows
        ),
        "refused": sum(one.refused for one in windows),
    }


async def max_pps(sfu: Sfu, load: Load, window_s: float) -> dict[str, Any]:
    """More and more who watch one sender, until packets are lost or late: the most before that."""
    await sfu.open_room(1)
    await sfu.join(1, sends=True, receives=False)
    best, window, receivers = Window(), Window(), 0
    while receivers < MOST_RECEIVERS:
        for _ in range(MOST_STEP):
            await sfu.join(1, sends=False, receives=True)
        receivers += MOST_STEP
        await sfu.complete()
        await load.connected()
        await load.start()
        await anyio.sleep(WARM_UP_S)
        window = await measured(sfu, load, window_s)
        fine = window.loss_pct <= MOST_LOSS_PCT and window.latency_p99_ms <= MOST_LATENCY_MS
        if not fine or window.generator_pct > GENERATOR_BOUND_PCT:
            break
        best = window
    return {
        "max_pps": round(best.pps),
        "us_per_packet": round(best.us_per_packet, 3),
        "receivers": receivers,
        "stopped_by": {
            "loss_pct": round(window.loss_pct, 3),
            "latency_p99_ms": window.latency_p99_ms,
            "generator_pct": round(window.generator_pct, 1),
        },
    }


async def joins(sfu: Sfu, load: Load) -> dict[str, Any]:
    """Sessions made one after the other, from the offer until all handshakes are done."""
    await sfu.open_room(1)
    began, served_s = time.perf_counter(), cpu_s(sfu.pid)
    for _ in range(JOINS):
        await sfu.join(1, sends=True, receives=False)
    await load.connected()
    took_s, served_s = time.perf_counter() - began, cpu_s(sfu.pid) - served_s
    return {
        "joins_per_cpu_s": round(JOINS / served_s, 1),
        "joins_per_s": round(JOINS / took_s, 1),
        "sessions": JOINS,
    }


async def idle(sfu: Sfu, load: Load, window_s: float) -> dict[str, Any]:
    """Sessions between which nothing flows but what keeps them alive."""
    await sfu.open_room(1)
    for _ in range(JOINS):
        await sfu.join(1, sends=True, receives=False)
    await load.connected()
    used_s = []
    for _ in range(WINDOWS):
        before_s = cpu_s(sfu.pid)
        await anyio.sleep(window_s)
        used_s.append(1e6 * (cpu_s(sfu.pid) - before_s) / (JOINS * window_s))
    return {"us_per_session_s": _spread(used_s), "sessions": JOINS}


def _spread(values: list[float]) -> dict[str, float]:
    return {
        name: round(of(values), 3) for name, of in (("min", min), ("median", median), ("max", max))
    }
