"""What contacts may need of their agents and what agents have or are: skills, groups, regions; and
what stands for several needs, a class of customers or an issue."""

from typing import Annotated

from msgspec import Meta, field

from mediacore.section import SLUG, Section

# A region within regions, at most four deep: country, province, city, district.
REGION = r"^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?(?:/[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?){0,3}$"

# Most groups that a contact needs or shuts out.
GROUPS_MAX = 8

Id = Annotated[
    str,
    Meta(
        pattern=SLUG,
        description="Its name in the API: lowercase letters, digits and hyphens inside.",
    ),
]
NameEn = Annotated[str, Meta(min_length=1, max_length=100, description="What staff reads.")]
NameZh = Annotated[
    str, Meta(min_length=1, max_length=100, description="The same in Simplified Chinese.")
]
Levels = dict[str, Annotated[int, Meta(ge=1, le=10)]]


class RelaxSettings(Section, frozen=True):
    """A step after which a queue's contacts need less. Each builds on the one before."""

    after_s: Annotated[
        float, Meta(ge=1, le=366 * 86400, description="Waiting after which the step is taken.")
    ]
    lower_levels: Annotated[
        int, Meta(ge=0, le=9, description="Taken off every required level; 1 remains at least.")
    ] = 0
    drop: Annotated[
        tuple[str, ...], Meta(max_length=16, description="Skills not needed any more.")
    ] = ()
    drop_groups: Annotated[
        tuple[str, ...],
        Meta(max_length=16, description="Groups that neither are needed nor shut out any more."),
    ] = ()
    queue: Annotated[
        str | None, Meta(description="The queue that they go on to, keeping their place in time.")
    ] = None


class SkillSettings(Section, frozen=True):
    """A skill: a language, a product, a region, whatever some agents have and some contacts need.
    Repeat the table for each one."""

    id: Annotated[
        str,
        Meta(
            pattern=SLUG,
            description="Its name in the API: lowercase letters, digits and hyphens inside.",
        ),
    ]
    name_en: Annotated[str, Meta(min_length=1, max_length=100, description="What staff reads.")]
    name_zh: Annotated[
        str, Meta(min_length=1, max_length=100, description="The same in Simplified Chinese.")
    ]


class GroupSettings(Section, frozen=True):
    """A group of agents, as a team or a shift. Repeat the table for each one."""

    id: Id
    name_en: NameEn
    name_zh: NameZh


class RegionSettings(Section, frozen=True):
    """A region. Repeat the table for each one; the regions that it lies in need a table, too."""

    id: Annotated[
        str,
        Meta(
            pattern=REGION,
            description="The regions that it lies in and itself, at most four, as cn/gd/shenzhen.",
        ),
    ]
    name_en: NameEn
    name_zh: NameZh


class VipSettings(Section, frozen=True):
    """A class of customers, which an integrator names with the contact. Repeat the table for each
    one."""

    id: Id
    name_en: NameEn
    name_zh: NameZh
    priority: Annotated[
        int,
        Meta(
            ge=0, le=99, description="Of its contacts, higher first, unless they bring their own."
        ),
    ] = 0
    requires: Annotated[
        Levels,
        Meta(
            max_length=16,
            description="Skills that they need beside those of their queue, as { english = 3 }.",
        ),
    ] = field(default_factory=dict)
    require_groups: Annotated[
        tuple[str, ...], Meta(max_length=GROUPS_MAX, description="Groups that their agents are in.")
    ] = ()
    exclude_groups: Annotated[
        tuple[str, ...],
        Meta(max_length=GROUPS_MAX, description="Groups that their agents are not in."),
    ] = ()
    relax: Annotated[
        tuple[RelaxSettings, ...],
        Meta(max_length=16, description="Steps as of a queue, beside those of the queue."),
    ] = ()


class IssueSettings(Section, frozen=True):
    """What a contact of a queue is about, more exactly. Repeat the table for each one."""

    id: Id
    queue: Annotated[str, Meta(description="The id of the queue that it belongs to.")]
    name_en: Annotated[str, Meta(min_length=1, max_length=100, description="What people read.")]
    name_zh: NameZh
    requires: Annotated[
        Levels,
        Meta(
            max_length=16,
            description="Skills that it needs beside those of its queue, as { devices = 3 }.",
        ),
    ] = field(default_factory=dict)
