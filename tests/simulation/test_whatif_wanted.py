"""Under other settings of a queue, contacts still want what they came with."""

from __future__ import annotations

from pathlib import Path

import anyio
from msgspec.structs import replace

from router import QueueSettings, Skill
from router.affinity import Affinity
from router.directory import Directory, Groups, VipClass
from router.model import RelaxStep
from router.requirement import AGENTS_FROM
from router.wanted import Wanted
from router.whatif import Question, Run, changes
from simulation.journal import RecordingMatcher, write_run
from simulation.office import opened

GOLD = VipClass(
    id="gold",
    requires={"german": 9, "french": 4},
    groups=Groups(require=("night",)),
    relax=(
        RelaxStep(after_s=15, lower_levels=3),
        RelaxStep(after_s=40, drop=("group:night",), queue="desk"),
    ),
)
DIRECTORY = Directory(
    groups={"night": Skill(id="night")},
    regions={id: Skill(id=id) for id in ("cn", "cn/gd")},
    vip={"gold": GOLD},
)
SALES = QueueSettings(id="sales", requires={"german": 5}, widen_after_s=(20, 40))


async def test_holds_and_regions_go_on_beside_other_steps(tmp_path: Path) -> None:
    matcher = RecordingMatcher()
    async with opened(queues=(SALES,), matcher=matcher, directory=DIRECTORY) as office:
        await office.staff("anna")
        await office.centre.enqueue(
            "sales",
            wanted=Wanted(
                affinity=Affinity(agent="anna", hold_s=30),
                region="cn/gd",
                groups=Groups(exclude=("night",)),
            ),
        )
        await anyio.sleep(60)
        names = office.centre.names()
    write_run(tmp_path / "run", matcher.told, names)
    run = Run(tmp_path / "run")
    softer = replace(SALES, relax=(RelaxStep(after_s=10, lower_levels=2),), widen_after_s=(50,))
    (shape,) = changes(run, [softer]).shapes
    assert shape is not None
    called = {**names.skills, AGENTS_FROM + 1: "anna"}

    def read(needs: list[dict[str, int]]) -> dict[str, int]:
        return {called[need["skill"]]: need["level"] for need in needs}

    night = {"group:night": 0}
    both = {"region:cn": 1, "region:cn/gd": 1}
    assert read(shape["requires"]) == {"german": 5, "anna": 1, **both, **night}
    assert [(one["after_us"] / 1e6, read(one["requires"])) for one in shape["relax"]] == [
        (10, {"german": 3, "anna": 1, **both, **night}),
        (30, {"german": 3, **both, **night}),
        (50, {"german": 3, "region:cn": 1, **night}),
    ]
    assert run.simulate(changes(run, [softer]), Question()).total.contacts == 1


async def test_the_steps_of_a_class_go_on_beside_other_steps_of_the_queue(tmp_path: Path) -> None:
    steps = (RelaxStep(after_s=10, lower_levels=1), RelaxStep(after_s=40, drop=("french",)))
    sales = replace(SALES, relax=steps)
    queues = (sales, QueueSettings(id="desk"))
    matcher = RecordingMatcher()
    async with opened(queues=queues, matcher=matcher, directory=DIRECTORY) as office:
        await office.staff("anna")
        await office.centre.enqueue("sales", wanted=Wanted(vip="gold"))
        names = office.centre.names()
    write_run(tmp_path / "run", matcher.told, names)
    run = Run(tmp_path / "run")
    harder = replace(sales, relax=(RelaxStep(after_s=15, lower_levels=2),))
    (shape,) = changes(run, [harder]).shapes
    assert shape is not None
    numbers = {queue.id: number for number, queue in names.queues.items()}

    def read(needs: list[dict[str, int]]) -> dict[str, int]:
        return {names.skills[need["skill"]]: need["level"] for need in needs}

    assert read(shape["requires"]) == {"german": 9, "french": 4, "group:night": 1}
    assert [
        (one["after_us"] / 1e6, read(one["requires"]), one["queue"]) for one in shape["relax"]
    ] == [
        (15, {"german": 4, "french": 1, "group:night": 1}, numbers["sales"]),
        (40, {"german": 4, "french": 1}, numbers["desk"]),
    ]
    assert run.simulate(changes(run, [harder]), Question()).total.contacts == 1
