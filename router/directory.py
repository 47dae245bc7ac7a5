"""What contacts and agents may name beside queues and skills, as configured: groups of agents,
regions, classes of customers, issues."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec

from router.errors import (
    Invalid,
    RouterError,
    UnknownGroup,
    UnknownIssue,
    UnknownRegion,
    UnknownVip,
)
from router.model import QueueId, RelaxStep, Skill
from router.requirement import of_group, of_region
from router.suggestion import suggestion

# Most groups of one agent; and that one contact needs or shuts out.
GROUPS_HAD_BOUND = 16
GROUPS_BOUND = 8

Found = TypeVar("Found")


class Groups(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The groups that an agent must be in, in all of them, and those that they must not be in; 8 at
    most together."""

    require: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def needs(self) -> dict[str, int]:
        return {
            **dict.fromkeys(map(of_group, self.require), 1),
            **dict.fromkeys(map(of_group, self.exclude), 0),
        }


class VipClass(msgspec.Struct, frozen=True, kw_only=True):
    """What customers of a class get: a priority, agents with these skills and in these groups, and
    steps that ask for less of all that."""

    id: str
    name: dict[str, str] = {}
    priority: int = 0
    requires: dict[str, int] = {}
    groups: Groups = Groups()
    relax: tuple[RelaxStep, ...] = ()


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact of a queue is about, more exactly, and the skills which that takes."""

    id: str
    queue: QueueId
    name: dict[str, str] = {}
    requires: dict[str, int] = {}


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """All of them by their ids."""

    groups: Mapping[str, Skill] = {}
    regions: Mapping[str, Skill] = {}
    vip: Mapping[str, VipClass] = {}
    issues: Mapping[str, Issue] = {}

    def attributes(self) -> list[Skill]:
        """What of it agents have, under the names of requirement.py."""
        return [
            Skill(id=name(one.id), name=one.name)
            for name, known in ((of_group, self.groups), (of_region, self.regions))
            for one in known.values()
        ]

    def vip_class(self, id: str) -> VipClass:
        """Raises UnknownVip."""
        return _named("vip", "vip class", id, self.vip, UnknownVip)

    def issue(self, id: str, queue: str) -> Issue:
        """Raises UnknownIssue, Invalid where it is another queue's."""
        issue = _named("issue", "issue", id, self.issues, UnknownIssue)
        if issue.queue != queue:
            what = f"issue {id} belongs to queue {issue.queue}, not to {queue[:64]}"
            raise Invalid(what, field="issue")
        return issue

    def check_region(self, id: str, field: str) -> None:
        """Raise UnknownRegion."""
        _named(field, "region", id, self.regions, UnknownRegion)

    def check_regions(self, ids: Collection[str], field: str, *, bound: int) -> None:
        """Raise UnknownRegion, Invalid."""
        _check_count(ids, field, "regions", bound)
        for id in ids:
            self.check_region(id, field)

    def check_groups(self, ids: Collection[str], field: str, *, bound: int) -> None:
        """Raise UnknownGroup, Invalid."""
        _check_count(ids, field, "groups", bound)
        for id in ids:
            _named(field, "group", id, self.groups, UnknownGroup)

    def check_wanted_groups(self, groups: Groups) -> None:
        """Raise UnknownGroup; Invalid for one that is needed and shut out."""
        room = GROUPS_BOUND - len(groups.require)
        self.check_groups(groups.require, "groups.require", bound=GROUPS_BOUND)
        self.check_groups(groups.exclude, "groups.exclude", bound=room)
        if both := set(groups.require) & set(groups.exclude):
            what = f"group {min(both)} is required and excluded"
            raise Invalid(what, field="groups.exclude")


def _named(
    field: str, what: str, id: str, known: Mapping[str, Found], error: type[RouterError]
) -> Found:
    if (found := known.get(id)) is None:
        raise error(f"there is no {what} {id[:64]!r}; {suggestion(id, known)}", field=field)
    return found


def _check_count(ids: Collection[str], field: str, what: str, bound: int) -> None:
    if len(ids) > bound:
        raise Invalid(f"{field} has {len(ids)} {what}, the most is {bound}", field=field)
