"""`make bench-acd`: the cases that run in Python, and before them those of benchmarks/acd.

One JSON line per result. QUICK=1 shortens the windows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

from benchmarks.machine import Load
from benchmarks.routing.prediction import prediction
from benchmarks.routing.python_path import python_path
from benchmarks.routing.recovery import recovery

# As docs/guides/operate.md advises for very large floors; only glibc looks at it.
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}

CASES: dict[str, Callable[[bool], Iterator[dict[str, object]]]] = {
    "prediction": prediction,
    "python_path": python_path,
    "recovery": recovery,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="case")
    parser.add_argument("--acd", metavar="PROGRAM", help="the program built from benchmarks/acd")
    options = parser.parse_args()
    native = _output(options.acd, "--list").split() if options.acd else []
    known = [*native, *CASES]
    for name in options.cases:
        if name not in known:
            print(f"no case {name}; there are {', '.join(known)}", file=sys.stderr)
            return 2
    wanted = options.cases or known
    if chosen := [name for name in native if name in wanted]:
        subprocess.run([options.acd, *chosen], check=True, env=HUGE_PAGES | os.environ)
    for name, case in CASES.items():
        if name in wanted:
            _run(name, case)
    return 0


def _run(name: str, case: Callable[[bool], Iterator[dict[str, object]]]) -> None:
    load = Load()
    for figures in case(os.environ.get("QUICK") == "1"):
        print(json.dumps({"case": name} | figures | load.figures()), flush=True)
        load = Load()


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
