"""`make bench-sfu`: what a forwarded packet costs, one JSON line per case."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import anyio

from benchmarks.machine import Load as Machine
from benchmarks.media import cases
from benchmarks.media.cases import Sfu
from benchmarks.media.janus_calls import JanusCalls
from benchmarks.media.lines import started
from benchmarks.media.load import Load
from benchmarks.media.mediacore import Mediacore

SERVER_PROCESSOR, LOAD_PROCESSOR = 0, 1
QUICK_CASES = ("fanout_100", "fanout_200", "rooms_20", "joins")
CASES = (
    *(f"fanout_{n}" for n in (10, 100, 200, 400)),
    *(f"rooms_{n}" for n in (10, 20, 40)),
    "most",
    "joins",
    "idle",
)
# What is measured beside it, by the number of event loops: 0 is a thread for each connection.
PEERS = {"janus": 0, "janus_event_loop": 1}
WINDOW_S, QUICK_WINDOW_S = 5.0, 1.5


@dataclass(frozen=True)
class Options:
    load: str
    quick: bool
    peer: bool
    cases: list[str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-sfu", description=__doc__)
    parser.add_argument("--load", required=True, help="the program mediacore-load")
    parser.add_argument("--no-peer", action="store_true", help="measure Mediacore alone")
    parser.add_argument("cases", nargs="*", help="all of them unless named: " + " ".join(CASES))
    given = parser.parse_args()
    if unknown := sorted(set(given.cases) - set(CASES)):
        print(f"there is no case {', '.join(unknown)}; there are {', '.join(CASES)}")
        return 2
    quick = os.environ.get("QUICK") == "1"
    chosen = given.cases or (QUICK_CASES if quick else CASES)
    options = Options(given.load, quick, not (quick or given.no_peer), list(chosen))
    if (os.cpu_count() or 1) < 2:
        print("the server and the load each need a processor of their own, there is one")
        return 2
    anyio.run(_all, options)
    return 0


async def _all(options: Options) -> None:
    for name in options.cases:
        ours: dict[str, Any] = {}
        for sfu in ("mediacore", *(PEERS if options.peer else ())):
            machine = Machine()
            figures = await _case(name, options, sfu)
            ours = ours or figures
            line = {"case": name, "sfu": sfu} | figures | _ratio(ours, figures)
            print(json.dumps(line | machine.figures()), flush=True)


def _ratio(ours: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, float]:
    """How many times as much a packet costs the peer."""
    if figures is ours or "us_per_packet" not in figures:
        return {}
    of, to = (one["us_per_packet"]["median"] for one in (figures, ours))
    return {"times_ours": round(of / to, 2)}


async def _case(name: str, options: Options, server: str) -> dict[str, object]:
    """Its figures, from a server and a load that do nothing else."""
    kind, _, size = name.partition("_")
    window_s = QUICK_WINDOW_S if options.quick else WINDOW_S
    async with started([options.load], LOAD_PROCESSOR) as lines:
        load = Load(lines)
        async with _server(server, load) as sfu:
            match kind:
                case "most":
                    return await cases.most(sfu, load, window_s)
                case "joins":
                    return await cases.joins(sfu, load)
                case "idle":
                    return await cases.idle(sfu, load, window_s)
                case _:
                    make = {"fanout": cases.fanout, "rooms": cases.rooms}[kind]
                    return await cases.forwarding(sfu, load, make, int(size), window_s)


def _server(name: str, load: Load) -> AbstractAsyncContextManager[Sfu]:
    if name == "mediacore":
        return Mediacore.started(load, sys.executable, SERVER_PROCESSOR)
    return JanusCalls.started(load, SERVER_PROCESSOR, PEERS[name])


if __name__ == "__main__":
    sys.exit(main())
