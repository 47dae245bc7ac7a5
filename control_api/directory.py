"""What the settings name that contacts may need, as routing knows it."""

from __future__ import annotations

from collections.abc import Iterable

from mediacore.config import (
    GroupSettings,
    IssueSettings,
    RegionSettings,
    Settings,
    SkillSettings,
    VipSettings,
)
from mediacore.requirement_settings import RelaxSettings
from router import model
from router.directory import Directory, Groups, Issue, VipClass
from router.requirement import of_group, of_region

Named = SkillSettings | GroupSettings | RegionSettings | VipSettings | IssueSettings


def named(one: Named) -> model.Skill:
    return model.Skill(id=one.id, name=_name(one))


def directory(settings: Settings) -> Directory:
    return Directory(
        groups={one.id: named(one) for one in settings.groups},
        regions={one.id: named(one) for one in settings.regions},
        vip={one.id: _vip(one) for one in settings.vip_classes},
        issues={one.id: _issue(one) for one in settings.issues},
    )


def names(settings: Settings) -> dict[str, Named]:
    """Everything that has a name for people, by what routing calls it (router/requirement.py)."""
    return {
        **{one.id: one for one in settings.skills},
        **{of_group(one.id): one for one in settings.groups},
        **{of_region(one.id): one for one in settings.regions},
        **{f"vip:{one.id}": one for one in settings.vip_classes},
        **{f"issue:{one.id}": one for one in settings.issues},
    }


def steps(relax: Iterable[RelaxSettings]) -> tuple[model.RelaxStep, ...]:
    return tuple(
        model.RelaxStep(
            after_s=step.after_s,
            lower_levels=step.lower_levels,
            drop=(*step.drop, *map(of_group, step.drop_groups)),
            queue=step.queue,
        )
        for step in relax
    )


def _vip(one: VipSettings) -> VipClass:
    return VipClass(
        id=one.id,
        name=_name(one),
        priority=one.priority,
        requires=one.requires,
        groups=Groups(require=one.require_groups, exclude=one.exclude_groups),
        relax=steps(one.relax),
    )


def _issue(one: IssueSettings) -> Issue:
    return Issue(id=one.id, queue=one.queue, name=_name(one), requires=one.requires)


def _name(one: Named) -> dict[str, str]:
    return {"en": one.name_en, "zh": one.name_zh}
