"""The command `mediacore whatif`: a recorded run under other settings, and what it would change."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from control_api.replay import add_path

if TYPE_CHECKING:
    from router.whatif import Changes, Run

WITHIN_S: Final = 20.0
"""Usual limit of the service level."""

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def register(subparsers: Subparsers) -> None:
    """`mediacore whatif`."""
    parser = subparsers.add_parser(
        "whatif", help="simulate a recorded run under other settings and show the difference"
    )
    add_path(parser)
    parser.add_argument("--config", type=Path, help="mediacore.toml with the settings to try")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        type=_setting,
        metavar="KEY=VALUE",
        default=[],
        help="try one setting, as queue.sales.strategy=least_occupied; agents=+2 or "
        "agents.sales=-1 for more or fewer people; may be repeated",
    )
    parser.add_argument(
        "--within", type=float, default=WITHIN_S, help="seconds of the service level (20)"
    )
    parser.add_argument("--seed", type=int, default=0, help="what isn't recorded is drawn from it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def _setting(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is no KEY=VALUE")
    return key.strip(), value.strip()


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1: the run or what was asked is wrong. Raises ConfigError for a wrong file."""
    from control_api.whatif_report import Report
    from router import whatif
    from router.errors import Invalid
    from router.journal import runs

    question = whatif.Question(
        within_us=round(arguments.within * 1e6), from_us=arguments.from_us, to_us=arguments.to_us
    )
    try:
        path = runs(arguments.path)[-1]
        recorded = whatif.Run(path, until_us=arguments.to_us)
        changes = _changes(recorded, arguments)
        report = Report(
            run=path.name,
            recorded=recorded.figures(question),
            unchanged=recorded.simulate(whatif.Changes(seed=arguments.seed), question),
            changed=recorded.simulate(changes, question),
        )
    except Invalid as error:
        print(f"mediacore whatif: {error}", file=sys.stderr)
        return 1
    names = {number: queue.id for number, queue in recorded.names.queues.items()}
    if arguments.json:
        asked = {"within_s": arguments.within, "seed": arguments.seed}
        print(json.dumps({**asked, **report.builtins(names)}))
    else:
        about = recorded.about
        print(report.text(names, (about.first_us, about.last_us), arguments.within))
    return 0


def _changes(run: Run, arguments: argparse.Namespace) -> Changes:
    from control_api.compose import queues_settings
    from mediacore import config
    from router import whatif

    queues = list(run.names.queues.values())
    if arguments.config is not None:
        settings = config.load(arguments.config)
        queues = queues_settings(settings)
    staff = []
    for key, value in arguments.settings:
        what, _, queue = key.partition(".")
        if what == "agents":
            staff.append((queue or None, _count(key, value)))
        else:
            queues = whatif.with_setting(queues, key, value)
    return whatif.changes(run, queues, staff=staff, seed=arguments.seed)


def _count(key: str, value: str) -> int:
    from router.errors import Invalid

    try:
        return int(value)
    except ValueError:
        raise Invalid(f"{key}={value}: it is a number as +2 or -1", field=key) from None
