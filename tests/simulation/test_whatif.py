"""A working day of the whole contact centre, carried out again, and under other settings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import trio
import trio.testing
from msgspec.structs import replace

from mediacore.cli import GROUP, build_parser
from router.errors import Invalid
from router.journal import Names
from router.model import QueueSettings, RelaxStep
from router.whatif import Question, Run, changes
from simulation.journal import RecordingMatcher, write_run
from simulation.office import QUEUES
from simulation.test_working_day import work_a_day

# The day itself takes some seconds, on a busy machine a minute.
pytestmark = pytest.mark.timeout(180)

SEED = 11
HOURS = 6
NAMES = Names({1: QUEUES[0], 2: QUEUES[1]}, {1: "german", 2: "french"})

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of runs, with one."""
    root = tmp_path_factory.mktemp("journal")

    async def work() -> RecordingMatcher:
        matcher = RecordingMatcher()
        await work_a_day(SEED, HOURS, matcher)
        return matcher

    matcher = trio.run(work, clock=trio.testing.MockClock(autojump_threshold=0))
    write_run(root / "20260101T000000.000000Z", matcher.told, NAMES)
    return root


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `mediacore` with these words; its exit code, output and errors."""

    def run(*words: object) -> tuple[int, str, str]:
        told = [str(word) for word in words]
        value = f"control_api.{told[0]}:register"
        parser = build_parser(told, [EntryPoint(told[0], value, GROUP)])
        arguments = parser.parse_args(told)
        code = int(arguments.run(arguments))
        return (code, *capsys.readouterr())

    return run


def test_the_day_is_replayed_byte_for_byte(day: Path, command: Command) -> None:
    code, out, _ = command("replay", day, "--json")
    figures = json.loads(out)
    assert code == 0
    assert figures["identical"] is True
    assert figures["proven"] == figures["commands"] - 1 > 1_000
    assert figures["end"] == "open"
    code, out, _ = command("replay", day)
    assert code == 0
    assert "identical up to its last record: the server was killed or still runs" in out


def test_only_the_time_asked_for_is_replayed(day: Path, command: Command) -> None:
    _, whole, _ = command("replay", day, "--json")
    code, part, _ = command("replay", day, "--json", "--to", "2026-01-01T03:00")
    assert code == 0
    assert 0 < json.loads(part)["commands"] < json.loads(whole)["commands"]
    assert command("replay", day, "--from", "2999-01-01") == (0, "", "")


def test_other_rules_and_damage_are_told(day: Path, tmp_path: Path, command: Command) -> None:
    write_run(tmp_path / "later", [], NAMES, rules=9)
    code, out, _ = command("replay", tmp_path)
    assert code == 1
    assert "recorded by release 0.0.0 under rules 9" in out
    (segment,) = day.glob("*/*.mcjournal")
    bad = bytearray(segment.read_bytes())
    bad[len(bad) // 2] ^= 1
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / segment.name).write_bytes(bad)
    code, out, _ = command("replay", damaged, "--json")
    assert code == 1
    assert "is damaged" in json.loads(out)["error"]
    code, _, err = command("replay", tmp_path / "nowhere")
    assert code == 1
    assert "holds no run" in err


def test_other_events_are_told_with_their_command(tmp_path: Path, command: Command) -> None:
    put = b'{"type":"queue_put","queue":1,"offer_timeout_us":1,"wrap_up_us":0,"max_waiting":1}'
    bad = put.replace(b'"offer_timeout_us":1', b'"offer_timeout_us":0')
    told = [(5, 1, put), (6, 2, put), (7, 3, put)]
    write_run(tmp_path / "run", told, NAMES, lived=[told[0], (6, 2, bad), told[2]])
    code, out, _ = command("replay", tmp_path)
    assert code == 1
    assert "different from command 2 on, given at 1970-01-01T00:00:00.000006" in out
    assert '"offer_timeout_us":1' in out


def _totals(command: Command, *words: object) -> dict[str, dict[str, Any]]:
    code, out, err = command("whatif", *words, "--json")
    assert code == 0, err
    report = json.loads(out)
    return {name: report[name]["total"] for name in ("recorded", "unchanged", "changed")}


def test_unchanged_settings_give_the_day_as_it_was(day: Path, command: Command) -> None:
    totals = _totals(command, day)
    assert totals["recorded"] == totals["unchanged"] == totals["changed"]
    assert totals["recorded"]["contacts"] == HOURS * 40
    assert totals["recorded"]["abandoned"] > 0


def test_more_agents_wait_less_and_fewer_more(day: Path, command: Command) -> None:
    more = _totals(command, day, "--set", "agents=+6")
    fewer = _totals(command, day, "--set", "agents=-3")
    assert more["unchanged"] == fewer["unchanged"]
    assert more["changed"]["agents"] == 12
    assert fewer["changed"]["agents"] == 3
    levels = [run["changed"]["service_level"] for run in (more, fewer)]
    assert levels[0] > more["unchanged"]["service_level"] > levels[1]
    assert more["changed"]["occupancy"] < more["unchanged"]["occupancy"]


def test_the_same_seed_gives_the_same_report(day: Path, command: Command) -> None:
    words = ("whatif", day, "--set", "agents.sales=-1", "--json")
    assert command(*words, "--seed", 3) == command(*words, "--seed", 3)
    assert command(*words, "--seed", 3) != command(*words, "--seed", 4)


def test_settings_change_what_happens(day: Path, command: Command) -> None:
    # What is drawn may move more than a wrap-up does; of several draws the mean doesn't.
    set_to_0 = ("--set", "queue.sales.wrap_up_s=0", "--within", 5)
    short = [_totals(command, day, *set_to_0, "--seed", seed) for seed in range(5)]
    assert mean(run["changed"]["occupancy"] for run in short) < short[0]["unchanged"]["occupancy"]
    # Nobody speaks German: who needs it waits until that is let go of.
    needy = _totals(command, day, "--set", "queue.sales.requires={ german = 3 }")
    assert needy["changed"]["answered"] < needy["unchanged"]["answered"]
    relaxed = _totals(
        command,
        day,
        *("--set", "queue.sales.requires={ german = 3 }"),
        *("--set", 'queue.sales.relax=[{ after_s = 30, drop = ["german"], queue = "support" }]'),
    )
    assert relaxed["changed"]["overflowed"] > 0
    assert relaxed["changed"]["answered"] > needy["changed"]["answered"]


def test_people_read_a_table(day: Path, command: Command) -> None:
    code, out, _ = command("whatif", day, "--set", "queue.sales.strategy=least_occupied")
    assert code == 0
    figures = re.search(r"Simulated with nothing changed: ASA (\S+) \(recorded (\S+)\) s", out)
    assert figures is not None
    assert figures[1] == figures[2]
    lines = out.splitlines()
    for queue in ("sales", "support", "all queues"):
        at = lines.index(queue)
        assert [line.split()[0] for line in lines[at + 1 : at + 4]] == [
            "unchanged",
            "changed",
            "difference",
        ]


@pytest.mark.parametrize(
    ("setting", "right"),
    [
        ("queue.sales.strategy=best", "unknown variant `best`"),
        ("queue.sale.strategy=random", "there are sales, support"),
        ("queue.sales.strategies=random", "strategy"),
        ("queue.sales.wrap_up_s=-1", ">= 0"),
        ("agents=many", "a number as +2 or -1"),
        ("agents.sales=-99", "agents were there"),
        ("agents.nobody=+1", "there is no queue 'nobody'"),
        ('queue.sales.relax=[{ after_s = 9, queue = "void" }]', "no queue 'void'"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_right(
    day: Path, command: Command, setting: str, right: str
) -> None:
    code, out, err = command("whatif", day, "--set", setting)
    assert (code, out) == (1, "")
    assert right in err


def test_a_new_queue_is_opened_and_an_old_one_may_be_left_out(day: Path) -> None:
    (path,) = day.iterdir()
    run = Run(path)
    step = RelaxStep(after_s=20, queue="spare")
    sales = replace(QUEUES[0], relax=(step,))
    spare = QueueSettings(id="spare")
    figures = run.simulate(changes(run, [sales, spare]), Question())
    assert figures.total.overflowed > 0
    # Nobody serves it, so that whoever goes there leaves.
    assert figures.total.abandoned > run.figures(Question()).total.abandoned


def test_a_run_without_names_is_refused(day: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "run", [], NAMES)
    (tmp_path / "run" / "names.json").unlink()
    with pytest.raises(Invalid, match=r"names\.json"):
        Run(tmp_path / "run")
