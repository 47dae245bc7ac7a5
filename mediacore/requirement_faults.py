"""What can be wrong with what contacts need: names that aren't there, steps out of order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from mediacore.config_fault import Fault, nearest, shown
from mediacore.requirement_settings import GROUPS_MAX, RelaxSettings, VipSettings
from mediacore.settings import Settings
from mediacore.toml_lines import Key

Path = tuple[Key, ...]


def faults(settings: Settings) -> Iterator[Fault]:
    """Of skills, groups, regions, classes of customers and issues, and of what queues need."""
    for table in ("skills", "groups", "regions", "vip_classes", "issues"):
        yield from repeated(table, [one.id for one in getattr(settings, table)])
    yield from _regions([region.id for region in settings.regions])
    skills = [skill.id for skill in settings.skills]
    for number, queue in enumerate(settings.queues):
        place: Path = ("queues", number)
        yield from _unknown((*place, "requires"), queue.requires, skills, "skill", "skills")
        yield from _relax((*place, "relax"), queue.relax, settings)
        yield from _ascending((*place, "widen_after_s"), queue.widen_after_s)
    groups = [group.id for group in settings.groups]
    for number, vip in enumerate(settings.vip_classes):
        place = ("vip_classes", number)
        yield from _unknown((*place, "requires"), vip.requires, skills, "skill", "skills")
        for name, named in (
            ("require_groups", vip.require_groups),
            ("exclude_groups", vip.exclude_groups),
        ):
            yield from _unlisted((*place, name), named, groups, "group", "groups")
        yield from _relax((*place, "relax"), vip.relax, settings)
        yield from _groups(place, vip)
    queues = [queue.id for queue in settings.queues]
    for number, issue in enumerate(settings.issues):
        place = ("issues", number)
        yield from _unlisted((*place, "queue"), [issue.queue], queues, "queue", "queues")
        yield from _unknown((*place, "requires"), issue.requires, skills, "skill", "skills")


def _groups(place: Path, vip: VipSettings) -> Iterator[Fault]:
    for both in set(vip.require_groups) & set(vip.exclude_groups):
        problem = f"{both} is required and excluded"
        yield Fault((*place, "exclude_groups"), problem, "name it in one of them")
    if len(vip.require_groups) + len(vip.exclude_groups) > GROUPS_MAX:
        right = f"require_groups and exclude_groups have {GROUPS_MAX} at most together"
        yield Fault((*place, "exclude_groups"), "too many groups", right)


def repeated(name: str, ids: Iterable[str]) -> Iterator[Fault]:
    """Of two with one id."""
    seen: set[str] = set()
    for number, id in enumerate(ids):
        if id in seen:
            right = f"give each of the {name} an id of its own"
            yield Fault((name, number, "id"), f"{shown(id)} is there twice", right)
        seen.add(id)


def _regions(ids: Sequence[str]) -> Iterator[Fault]:
    for number, id in enumerate(ids):
        around = id.rpartition("/")[0]
        if around and around not in ids:
            problem = f"the region around it, {around}, is not there"
            yield Fault(("regions", number, "id"), problem, "give that a table [[regions]], too")


def _relax(place: Path, steps: Sequence[RelaxSettings], settings: Settings) -> Iterator[Fault]:
    skills = [skill.id for skill in settings.skills]
    groups = [group.id for group in settings.groups]
    queues = [queue.id for queue in settings.queues]
    before_s = 0.0
    for number, step in enumerate(steps):
        if step.after_s <= before_s:
            yield _early((*place, number, "after_s"), step.after_s, before_s)
        before_s = step.after_s
        yield from _unlisted((*place, number, "drop"), step.drop, skills, "skill", "skills")
        place_of_groups = (*place, number, "drop_groups")
        yield from _unlisted(place_of_groups, step.drop_groups, groups, "group", "groups")
        if step.queue is not None:
            to = (*place, number, "queue")
            yield from _unlisted(to, [step.queue], queues, "queue", "queues")


def _ascending(place: Path, moments_s: Sequence[float]) -> Iterator[Fault]:
    before_s = 0.0
    for number, after_s in enumerate(moments_s):
        if after_s <= before_s:
            yield _early((*place, number), after_s, before_s)
        before_s = after_s


def _early(place: Path, after_s: float, before_s: float) -> Fault:
    right = f"a later step needs more than the {before_s:g} of the one before"
    return Fault(place, f"{after_s:g} is too early", right)


def _unknown(
    place: Path, named: Iterable[str], known: Collection[str], what: str, table: str
) -> Iterator[Fault]:
    """Of keys of a table."""
    for one in named:
        if one not in known:
            yield Fault((*place, one), f"there is no such {what}", _right(one, known, table))


def _unlisted(
    place: Path, named: Iterable[str], known: Collection[str], what: str, table: str
) -> Iterator[Fault]:
    """Of a value, or of one in a list."""
    for one in named:
        if one not in known:
            yield Fault(place, f"there is no {what} {shown(one)}", _right(one, known, table))


def _right(wrong: str, known: Collection[str], table: str) -> str:
    return nearest(wrong, sorted(known)) if known else f"give it a table [[{table}]]"
