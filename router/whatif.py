"""What would have been different: a recorded run of the matcher under other settings.

From settings as people write them to what the simulation is told in numbers, and back. The
simulation itself is native (native/whatif); the guide is docs/guides/what-if.md.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import asdict, fields

from router._bridge import RecordedRun
from router.errors import Invalid
from router.journal import Names, read_names
from router.model import QueueSettings
from router.recovery import queue_put
from router.shape import Shape, reshaped, skills_of

# A point of priority that is worth so much always goes first: what leaving it out means.
ALWAYS_FIRST_US = 366 * 86_400 * 1_000_000
READ_BOUND = 50_000
"""Commands read in one go; between two of them Ctrl-C is noticed."""


class Question(msgspec.Struct, frozen=True):
    """Within which contacts are to be answered, and between which times they arrived."""

    within_us: int = 20_000_000
    from_us: int = 0
    to_us: int = 2**63 - 1


class QueueFigures(msgspec.Struct, frozen=True):
    """What came of one queue's contacts, or of all (queue 0). Ratios are 0 to 1 and waits seconds,
    None where nobody is counted; docs/glossary.md says what each is."""

    queue: int
    contacts: int
    turned_away: int
    answered: int
    abandoned: int
    overflowed: int
    asa_s: float | None
    wait_p50_s: float | None
    wait_p90_s: float | None
    service_level: float | None
    agents: int
    occupancy: float | None
    occupancy_spread: float | None


class Drawn(msgspec.Struct, frozen=True):
    """How often people did what isn't recorded of them, because something else happened."""

    abandons: int
    calls: int
    answers: int
    wrap_ups: int


class Figures(msgspec.Struct, frozen=True):
    total: QueueFigures
    queues: list[QueueFigures]
    drawn: Drawn | None = None


class Person(msgspec.Struct, frozen=True):
    """An agent who was there."""

    agent: int
    queues: list[int]
    on_shift_us: int


class About(msgspec.Struct, frozen=True):
    """What a run is about."""

    first_us: int
    last_us: int
    contacts: int
    shapes: list[Shape]
    agents: list[Person]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different, in the matcher's numbers. Without values: nothing."""

    seed: int = 0
    queues: dict[int, dict[str, Any]] = {}
    opened: list[dict[str, Any]] = []
    shapes: list[dict[str, Any] | None] = []
    doubled: list[int] = []
    absent: list[int] = []


class Run:
    """A recorded run, read up to `until_us`. Raises Invalid where it is none or is damaged."""

    def __init__(self, path: Path, *, until_us: int = 2**63 - 1) -> None:
        self.names: Names = read_names(path)
        self._native = RecordedRun(path)
        while self._native.read(READ_BOUND, until_us=until_us):
            pass
        self.about = msgspec.json.decode(self._native.about(), type=About)

    def figures(self, question: Question) -> Figures:
        """What came of it as it was."""
        return msgspec.json.decode(
            self._native.figures(msgspec.json.encode(question)), type=Figures
        )

    def simulate(self, changes: Changes, question: Question) -> Figures:
        """What would have come of it. Raises Invalid for a change that makes no command."""
        told = self._native.simulate(msgspec.json.encode(changes), msgspec.json.encode(question))
        return msgspec.json.decode(told, type=Figures)


def changes(
    run: Run,
    queues: Sequence[QueueSettings],
    *,
    staff: Iterable[tuple[str | None, int]] = (),
    seed: int = 0,
) -> Changes:
    """What has to change for these settings of queues to be in force, and this staff.

    A queue of the run that is not in `queues` stays as it was. `staff` says of a queue (None: of
    all) how many agents more (like those who were there the longest) or fewer there are. Raises
    Invalid.
    """
    wanted = {queue.id: queue for queue in queues}
    numbers = {queue.id: number for number, queue in run.names.queues.items()}
    for id in wanted.keys() - numbers.keys():
        numbers[id] = max(numbers.values(), default=0) + 1
    skills = {id: number for number, id in run.names.skills.items()}
    for id in sorted(skills_of(queues) - skills.keys()):
        skills[id] = max(skills.values(), default=0) + 1
    doubled, absent = _staffed(run, numbers, staff)
    return Changes(
        seed=seed,
        queues={
            number: different
            for number, queue in run.names.queues.items()
            if (different := _different(number, queue, wanted.get(queue.id, queue)))
        },
        opened=[
            {"type": "queue_put", **_put(numbers[queue.id], queue)}
            for queue in queues
            if numbers[queue.id] not in run.names.queues
        ],
        shapes=[reshaped(shape, run.names, wanted, numbers, skills) for shape in run.about.shapes],
        doubled=doubled,
        absent=absent,
    )


def with_setting(queues: Sequence[QueueSettings], key: str, value: str) -> list[QueueSettings]:
    """The queues with one setting changed: `key` is queue.<id>.<setting>, `value` as in TOML, where
    a text needs no quotes. Raises Invalid."""
    what, _, rest = key.partition(".")
    id, _, name = rest.rpartition(".")
    known = sorted(
        field.name for field in fields(QueueSettings) if field.name not in ("id", "name")
    )
    if what != "queue" or not id or name not in known:
        right = f"it is queue.<id>.<setting> with one of {', '.join(known)}, or agents"
        raise Invalid(f"{key} is no setting that can be tried; {right}", field=key)
    if id not in (found := {queue.id: queue for queue in queues}):
        raise Invalid(f"there is no queue {id!r}; there are {', '.join(found)}", field=key)
    changed = {**msgspec.to_builtins(found[id]), name: _toml(value)}
    try:
        found[id] = msgspec.convert(changed, QueueSettings)
    except msgspec.ValidationError as error:
        raise Invalid(f"{key}={value}: {error}", field=key) from None
    return list(found.values())


def _toml(value: str) -> Any:
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _put(number: int, queue: QueueSettings) -> dict[str, Any]:
    """The fields of the queue's command, with no default left out."""
    put = asdict(queue_put(number, queue, queue.max_waiting))
    if put["priority_worth_us"] is None:
        put["priority_worth_us"] = ALWAYS_FIRST_US
    return put


def _different(number: int, was: QueueSettings, would_be: QueueSettings) -> dict[str, Any]:
    before, after = _put(number, was), _put(number, would_be)
    return {name: value for name, value in after.items() if value != before[name]}


def _staffed(
    run: Run, numbers: Mapping[str, int], staff: Iterable[tuple[str | None, int]]
) -> tuple[list[int], list[int]]:
    """Who is there twice or more, and who isn't."""
    longest = sorted(run.about.agents, key=lambda person: (-person.on_shift_us, person.agent))
    doubled: list[int] = []
    absent: list[int] = []
    for queue, count in staff:
        field = "agents" if queue is None else f"agents.{queue}"
        if queue is not None and queue not in numbers:
            raise Invalid(f"there is no queue {queue!r}", field=field)
        pool = [
            person.agent
            for person in longest
            if person.agent not in absent and (queue is None or numbers[queue] in person.queues)
        ]
        if not pool or -count > len(pool):
            raise Invalid(f"{field} is {count:+}, but {len(pool)} agents were there", field=field)
        if count < 0:
            absent += pool[:-count]
        else:
            doubled += itertools.islice(itertools.cycle(pool), count)
    return doubled, absent
