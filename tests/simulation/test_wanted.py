"""Groups, regions, classes of customers, issues: what contacts ask for in forms of their own."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import anyio
import pytest

from router import QueueSettings, Skill
from router.affinity import Affinity
from router.directory import Directory, Groups, Issue, VipClass
from router.errors import (
    IdempotencyConflict,
    Invalid,
    RouterError,
    UnknownGroup,
    UnknownIssue,
    UnknownRegion,
    UnknownVip,
)
from router.model import RelaxStep
from router.wanted import Wanted
from simulation.office import Office, opened

PLACES = ("cn", "cn/gd", "cn/gd/shenzhen", "cn/gd/foshan", "cn/sh", "de", "de/by")
DIRECTORY = Directory(
    groups={id: Skill(id=id) for id in ("night", "trainees", *(f"g{n}" for n in range(8)))},
    regions={id: Skill(id=id) for id in PLACES},
    vip={
        "gold": VipClass(
            id="gold",
            priority=90,
            requires={"german": 3},
            groups=Groups(require=("night",)),
            relax=(RelaxStep(after_s=30, drop=("group:night",)),),
        )
    },
    issues={"line-down": Issue(id="line-down", queue="sales", requires={"german": 2})},
)
QUEUES = (
    QueueSettings(id="sales", widen_after_s=(20, 40, 60)),
    QueueSettings(id="support"),
)


def office(url: str = "sqlite://", queues: Any = QUEUES) -> Any:
    return opened(url, queues=queues, directory=DIRECTORY)


async def arrive(office: Office, queue: str = "sales", **wanted: Any) -> str:
    contact = await office.centre.enqueue(queue, wanted=Wanted(**wanted))
    await anyio.sleep(1)
    return contact.id


async def test_the_search_gets_wider_step_by_step() -> None:
    where = {"foshan": ["cn/gd/foshan"], "shanghai": ["cn/sh"], "munich": ["de/by"]}
    async with office() as here:
        for agent, regions in where.items():
            await here.assign(agent, regions=regions)
        await here.staff(*where)
        contacts = [await arrive(here, region="cn/gd/shenzhen") for _ in where]
        await anyio.sleep(16.5)
        assert {here.state(one)[1] for one in contacts} == {None}
        for contact, agent in zip(contacts, where, strict=True):
            await anyio.sleep(1)  # they are 20, 40, 60 seconds old by then
            assert await here.answer(contact) == agent
            await anyio.sleep(20)


async def test_who_is_in_a_region_is_in_all_around_it() -> None:
    async with office() as here:
        await here.assign("anna", regions=["cn/gd/shenzhen", "de"])
        await here.staff("anna")
        for region in ("cn", "cn/gd", "cn/gd/shenzhen", "de"):
            contact = await arrive(here, region=region)
            assert here.state(contact) == ("offered", "anna")
            await here.centre.leave(contact)
        for region in ("cn/sh", "de/by"):
            assert here.state(await arrive(here, region=region)) == ("waiting", None)


async def test_groups_are_required_and_excluded() -> None:
    async with office() as here:
        await here.assign("anna", groups=["night", "trainees"])
        await here.assign("bert", groups=["night"])
        await here.staff("anna", "bert", "carl")
        groups = Groups(require=("night",), exclude=("trainees",))
        first, second = await arrive(here, groups=groups), await arrive(here, groups=groups)
        assert here.state(first) == ("offered", "bert")
        assert here.state(second) == ("waiting", None)
        await here.assign("anna", groups=["night"])
        assert here.state(second) == ("offered", "anna")


async def test_a_class_brings_priority_needs_and_steps() -> None:
    async with office() as here:
        await here.assign("anna", skills={"german": 5}, groups=["night"])
        await here.assign("bert", skills={"german": 5})
        plain = await arrive(here)
        gold, second = await arrive(here, vip="gold"), await arrive(here, vip="gold")
        found = here.centre.contact(gold)
        assert (found.priority, found.vip) == (90, "gold")
        assert found.requires == {"german": 3, "group:night": 1}
        await here.staff("anna", "bert")
        assert here.state(gold) == ("offered", "anna")  # before who came earlier
        assert here.state(plain) == ("offered", "bert")
        await here.answer(gold)
        await here.answer(plain)
        await here.centre.hang_up(plain, by="visitor")
        await here.centre.wrap_up_done("bert", plain)
        assert here.state(second) == ("waiting", None)
        await anyio.sleep(30)
        assert here.state(second) == ("offered", "bert")
        own = await here.centre.enqueue("sales", priority=1, wanted=Wanted(vip="gold"))
        assert own.priority == 1


async def test_an_issue_takes_skills() -> None:
    async with office() as here:
        await here.assign("anna", skills={"german": 2})
        await here.staff("bert", "anna")
        contact = await arrive(here, issue="line-down")
        assert here.state(contact) == ("offered", "anna")
        assert here.centre.contact(contact).issue == "line-down"
        log = await here.log()
        (told,) = [one.data for one in log if one.type == "contact.enqueued"]
        assert told["issue"] == "line-down"
        own = await here.centre.enqueue(
            "sales", requires={"german": 9}, wanted=Wanted(issue="line-down")
        )
        assert own.requires == {"german": 9}


async def test_what_was_wanted_outlives_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    groups = Groups(exclude=("trainees",))
    async with office(url) as here:
        await here.assign("anna", regions=["cn/sh"], groups=["night"])
        contact = await arrive(here, region="cn/gd", groups=groups, vip="gold")
    async with office(url) as here:
        found = here.centre.contact(contact)
        assert (found.region, found.vip) == ("cn/gd", "gold")
        await here.assign("anna", regions=["cn/sh"], groups=["night"], skills={"german": 3})
        await here.staff("anna")
        assert here.state(contact) == ("waiting", None)
        await anyio.sleep(20)
        assert here.state(contact) == ("offered", "anna")


@pytest.mark.parametrize(
    ("wanted", "error", "field", "detail"),
    [
        ({"groups": Groups(require=("nigth",))}, UnknownGroup, "groups.require", "mean night?"),
        (
            {"groups": Groups(exclude=("x",))},
            UnknownGroup,
            "groups.exclude",
            "known are night",
        ),
        (
            {"groups": Groups(require=("night",), exclude=("night",))},
            Invalid,
            "groups.exclude",
            "required and excluded",
        ),
        ({"groups": Groups(require=("night",) * 9)}, Invalid, "groups.require", "the most is 8"),
        (
            {"vip": "gold", "groups": Groups(exclude=tuple(f"g{n}" for n in range(8)))},
            Invalid,
            "groups",
            "with those of its class it has 9 groups, the most is 8",
        ),
        ({"region": "cn/gd/shenzen"}, UnknownRegion, "region", "mean cn/gd/shenzhen?"),
        ({"vip": "golden"}, UnknownVip, "vip", "did you mean gold?"),
        ({"issue": "line"}, UnknownIssue, "issue", "mean line-down?"),
    ],
)
async def test_wrong_names_are_refused_by_field(
    wanted: dict[str, Any], error: type[RouterError], field: str, detail: str
) -> None:
    async with office() as here:
        with pytest.raises(error) as refused:
            await arrive(here, **wanted)
        assert refused.value.field == field
        assert detail in refused.value.detail


async def test_an_issue_belongs_to_its_queue() -> None:
    async with office() as here:
        with pytest.raises(Invalid, match="belongs to queue sales") as refused:
            await arrive(here, "support", issue="line-down")
        assert refused.value.field == "issue"


@pytest.mark.parametrize(
    ("given", "error", "field"),
    [
        ({"groups": ["x"]}, UnknownGroup, "groups"),
        ({"regions": ["cn/x"]}, UnknownRegion, "regions"),
        ({"groups": ["night"] * 17}, Invalid, "groups"),
        ({"regions": ["cn"] * 9}, Invalid, "regions"),
    ],
)
async def test_an_assignment_names_what_there_is(
    given: dict[str, Any], error: type[RouterError], field: str
) -> None:
    async with office() as here:
        with pytest.raises(error) as refused:
            await here.assign("anna", **given)
        assert refused.value.field == field


async def test_another_region_is_another_request() -> None:
    async with office() as here:
        wanted = Wanted(region="cn/gd")
        first = await here.centre.enqueue("sales", idempotency_key="k", wanted=wanted)
        again = await here.centre.enqueue("sales", idempotency_key="k", wanted=wanted)
        assert again.id == first.id
        with pytest.raises(IdempotencyConflict):
            await here.centre.enqueue("sales", idempotency_key="k", wanted=Wanted(region="cn"))


@pytest.mark.parametrize("seed", range(20))
async def test_timelines_compose_as_each_says_by_itself(seed: int) -> None:
    """Against each timeline asked on its own, second by second."""
    print(f"seed {seed}")
    dice = random.Random(seed)

    def moments(most: int) -> list[int]:
        return sorted(dice.sample(range(1, 12), dice.randint(0, most)))

    queue_steps = [
        RelaxStep(
            after_s=s,
            lower_levels=dice.randint(0, 3),
            drop=dice.choice([(), ("french",), ("group:trainees",)]),
            queue=dice.choice([None, "support"]),
        )
        for s in moments(4)
    ]
    vip_steps = [
        RelaxStep(after_s=s, lower_levels=1, drop=dice.choice([(), ("group:night",)]))
        for s in moments(3)
    ]
    widen = tuple(map(float, moments(3)))
    hold_s = dice.randint(1, 11)
    vip = VipClass(id="v", groups=Groups(require=("night",)), relax=tuple(vip_steps))
    directory = Directory(
        groups=DIRECTORY.groups, regions=DIRECTORY.regions, vip={"v": vip}, issues={}
    )
    queue = QueueSettings(
        id="sales",
        requires={"german": 9, "french": 4},
        relax=tuple(queue_steps),
        widen_after_s=widen,
    )
    async with opened(queues=(queue, QueueSettings(id="support")), directory=directory) as here:
        await here.sign_in("anna")
        contact = await here.centre.enqueue(
            "sales",
            wanted=Wanted(
                affinity=Affinity(agent="anna", hold_s=hold_s),
                groups=Groups(exclude=("trainees",)),
                region="cn/gd/shenzhen",
                vip="v",
            ),
        )
        await anyio.sleep(0.5)
        for second in range(14):
            taken = [one for one in (*queue_steps, *vip_steps) if one.after_s <= second]
            lowered = sum(one.lower_levels for one in taken)
            gone = {name for one in taken for name in one.drop}
            wider = sum(moment <= second for moment in widen)
            region = ["cn", "cn/gd", "cn/gd/shenzhen"][: 3 - wider]
            expected = {
                "german": max(1, 9 - lowered),
                "french": max(1, 4 - lowered),
                "group:night": 1,
                "group:trainees": 0,
                **{f"region:{one}": 1 for one in region},
                **({"agent:anna": 1} if second < hold_s else {}),
            }
            for name in gone:
                expected.pop(name, None)
            moved = any(one.queue for one in taken)
            now = here.centre.contact(contact.id)
            assert now.needs == expected, second
            assert now.queue == ("support" if moved else "sales")
            await anyio.sleep(1)
