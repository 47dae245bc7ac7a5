"""`make bench-sfu`: what a forwarded packet costs, one JSON line per case."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import anyio

from benchmarks.machine import Load as Machine
from benchmarks.media import cases, table
from benchmarks.media.cases import Sfu
from benchmarks.media.janus import JanusError
from benchmarks.media.janus_calls import JanusCalls
from benchmarks.media.lines import Failed, started
from benchmarks.media.load import Load
from benchmarks.media.mediacore import Mediacore

SERVER_PROCESSOR, LOAD_PROCESSOR = 0, 1
QUICK_CASES = ("fanout_100", "fanout_200", "rooms_20", "joins")
CASES = (
    *(f"fanout_{n}" for n in (10, 100, 200, 400)),
    *(f"rooms_{n}" for n in (10, 20, 40)),
    "max_pps",
    "joins",
    "idle",
)
# What is measured beside it, by the number of event loops: 0 is a thread for each connection.
PEERS = {"janus": 0, "janus_event_loop": 1}
OURS = "mediacore"
COMPARED = (
    "us_per_packet",
    "latency_p99_ms",
    "kb_per_session",
    "max_pps",
    "joins_per_cpu_s",
    "us_per_session_s",
)
WINDOW_S, QUICK_WINDOW_S = 5.0, 1.5


Figures = dict[str, Any]


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
    try:
        anyio.run(_all, options)
    except (Failed, JanusError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _all(options: Options) -> None:
    lines: list[Figures] = []
    for name in options.cases:
        peers: dict[str, Figures] = {}
        for server in (*(PEERS if options.peer else ()), OURS):
            machine = Machine()
            figures = await _case(name, options, server)
            line: Figures = {"case": name, "server": server} | figures
            if server != OURS:
                peers[server] = figures
            elif peers:
                line["ratio_to_peer"] = {peer: _ratios(figures, of) for peer, of in peers.items()}
            lines.append(line | machine.figures())
            print(json.dumps(lines[-1]), flush=True)
    if tuple(options.cases) == CASES and options.peer:
        table.write(lines)


def _ratios(ours: Figures, peers: Figures) -> dict[str, float]:
    """Ours to the peer's, of medians."""
    pairs = ((name, _median(ours[name]), _median(peers[name])) for name in COMPARED if name in ours)
    return {name: round(own / other, 3) for name, own, other in pairs if other}


def _median(figure: Any) -> float:
    return float(figure["median"] if isinstance(figure, dict) else figure)


async def _case(name: str, options: Options, server: str) -> Figures:
    """Its figures, from a server and a load that do nothing else."""
    kind, _, size = name.partition("_")
    window_s = QUICK_WINDOW_S if options.quick else WINDOW_S
    async with started([options.load], LOAD_PROCESSOR) as lines:
        load = Load(lines)
        async with _server(server, load) as sfu:
            match kind:
                case "max":
                    return await cases.max_pps(sfu, load, window_s)
                case "joins":
                    return await cases.joins(sfu, load)
                case "idle":
                    return await cases.idle(sfu, load, window_s)
                case _:
                    make = {"fanout": cases.fanout, "rooms": cases.rooms}[kind]
                    return await cases.forwarding(sfu, load, make, int(size), window_s)


def _server(name: str, load: Load) -> AbstractAsyncContextManager[Sfu]:
    if name == OURS:
        return Mediacore.started(load, sys.executable, SERVER_PROCESSOR)
    return JanusCalls.started(load, SERVER_PROCESSOR, PEERS[name])


if __name__ == "__main__":
    sys.exit(main())
