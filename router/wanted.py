"""What a contact comes with beside its queue and skills: what it wants of its agent, each in its
own form, and what that comes to."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from router.affinity import Affinity
from router.directory import GROUPS_BOUND, Directory, Groups
from router.errors import Invalid
from router.model import QueueSettings, RelaxStep
from router.region import containing, widening
from router.requirement import of_region


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """For one agent above all (`affinity`), of these `groups`, in this `region`; of a `vip` class,
    about this `issue` of the queue."""

    affinity: Affinity | None = None
    groups: Groups | None = None
    region: str | None = None
    vip: str | None = None
    issue: str | None = None


def check(wanted: Wanted, queue: str, directory: Directory) -> None:
    """Raise UnknownGroup, UnknownRegion, UnknownVip, UnknownIssue, Invalid."""
    vip = None if wanted.vip is None else directory.vip_class(wanted.vip)
    if wanted.groups is not None:
        directory.check_wanted_groups(wanted.groups)
        groups = {**(vip.groups.needs() if vip else {}), **wanted.groups.needs()}
        if len(groups) > GROUPS_BOUND:
            what = f"with those of its class it has {len(groups)} groups"
            raise Invalid(f"{what}, the most is {GROUPS_BOUND}", field="groups")
    if wanted.region is not None:
        directory.check_region(wanted.region, "region")
    if wanted.issue is not None:
        directory.issue(wanted.issue, queue)


def skills(wanted: Wanted, directory: Directory) -> dict[str, int]:
    """The skills that its issue and its class take; where both name one, the class holds."""
    issue = None if wanted.issue is None else directory.issues[wanted.issue]
    vip = None if wanted.vip is None else directory.vip[wanted.vip]
    return {**(issue.requires if issue else {}), **(vip.requires if vip else {})}


def others(wanted: Wanted, directory: Directory) -> dict[str, int]:
    """What it needs that is no skill: groups, regions."""
    needs: dict[str, int] = {}
    if wanted.vip is not None:
        needs |= directory.vip[wanted.vip].groups.needs()
    if wanted.groups is not None:
        needs |= wanted.groups.needs()
    if wanted.region is not None:
        needs |= dict.fromkeys(map(of_region, containing(wanted.region)), 1)
    return needs


def steps(wanted: Wanted, queue: QueueSettings, directory: Directory) -> Iterable[RelaxStep]:
    """The steps of its class, and those in which the search gets wider."""
    if wanted.vip is not None:
        yield from directory.vip[wanted.vip].relax
    if wanted.region is not None:
        for after_s, region in widening(wanted.region, queue.widen_after_s):
            yield RelaxStep(after_s=after_s, drop=(of_region(region),))
