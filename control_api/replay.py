"""The command `mediacore replay`: carry a recorded run out again and compare."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from router._bridge import ReplayProgress

STEP: Final = 50_000
"""Commands between two looks at the clock and at Ctrl-C."""

PROGRESS_PERIOD_S: Final = 2.0
"""How often a long replay says how far it is."""

NEVER_US: Final = 2**63 - 1

ENDS: Final = {
    "closed": "to its end",
    "gap": "up to a gap: the disk was too slow, what follows is missing",
    "full": "up to the journal's largest size: what follows is missing",
    "open": "up to its last record: the server was killed or still runs",
    "cut": "up to the last whole record: the server was killed while it wrote one",
}

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def register(subparsers: Subparsers) -> None:
    """`mediacore replay`."""
    parser = subparsers.add_parser(
        "replay", help="carry a recorded run of the matcher out again and compare, byte for byte"
    )
    add_path(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a run")
    parser.set_defaults(run=run)


def add_path(parser: argparse.ArgumentParser) -> None:
    """Which runs, and which time of them."""
    parser.add_argument("path", type=Path, help="a run's folder, or the folder that holds all runs")
    parser.add_argument(
        "--from",
        dest="from_us",
        type=moment_us,
        metavar="TIME",
        default=0,
        help="leave out what was over before, as 2026-11-22T08:00 (UTC unless it says otherwise)",
    )
    parser.add_argument(
        "--to",
        dest="to_us",
        type=moment_us,
        metavar="TIME",
        default=NEVER_US,
        help="leave out what came after",
    )


def moment_us(text: str) -> int:
    """Microseconds since the Unix epoch of an ISO 8601 time, which is UTC if it has no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        right = f"{text!r} is no time; write it as 2026-11-22T08:00"
        raise argparse.ArgumentTypeError(right) from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1e6)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0: all came out the same, as far as it was recorded. 1: something didn't, is
    damaged or missing."""
    from router.errors import Invalid
    from router.journal import runs, written_until_us

    try:
        found = [run for run in runs(arguments.path) if written_until_us(run) >= arguments.from_us]
    except Invalid as error:
        print(f"mediacore replay: {error}", file=sys.stderr)
        return 1
    # Each is carried out and told of, whatever the others were.
    good = [_replay_run(run, arguments.to_us, as_json=arguments.json) for run in found]
    return 0 if all(good) else 1


def _replay_run(run: Path, to_us: int, *, as_json: bool) -> bool:
    from router._bridge import Replay
    from router.errors import Invalid

    started = told = time.monotonic()
    try:
        replay = Replay(run)
        while replay.advance(STEP, until_us=to_us):
            if time.monotonic() - told >= PROGRESS_PERIOD_S:
                told = time.monotonic()
                print(f"{run.name}: {replay.progress().commands:,} commands", file=sys.stderr)
    except Invalid as error:
        if as_json:
            print(json.dumps({"run": str(run), "identical": False, "error": str(error)}))
        else:
            print(f"{run.name}: {error}")
        return False
    seconds = time.monotonic() - started
    progress = replay.progress()
    good = progress.difference is None and progress.end != "gap"
    print(
        json.dumps(_figures(run, progress, seconds))
        if as_json
        else f"{run.name}: {_sentence(progress, seconds)}"
    )
    return good


def _figures(run: Path, progress: ReplayProgress, seconds: float) -> dict[str, Any]:
    import msgspec

    return {
        "run": str(run),
        "identical": progress.difference is None,
        **msgspec.to_builtins(progress),
        "seconds": round(seconds, 6),
        "commands_per_s": round(progress.commands / seconds) if seconds else None,
    }


def _sentence(progress: ReplayProgress, seconds: float) -> str:
    if progress.difference is not None:
        at = datetime.fromtimestamp(progress.difference.at_us / 1e6, UTC).isoformat()
        return (
            f"different from command {progress.difference.number:,} on, given at {at}: "
            f"{progress.difference.command}"
        )
    end = ENDS[progress.end] if progress.end else "up to the time asked for"
    rate = progress.commands / seconds if seconds else 0.0
    return (
        f"identical {end}. {progress.commands:,} commands ({progress.proven:,} proven), "
        f"{progress.events:,} events in {seconds:.2f} s, {rate:,.0f} commands/s"
    )
