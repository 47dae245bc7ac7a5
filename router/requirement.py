"""What a contact needs of its agent and what agents have or are, by name: one vocabulary for all.

A skill is called by its id. What is no skill has its kind before the id, so that all can stand in
one table, as `{"german": 3, "group:night": 0, "agent:lin": 1}`, which is how contacts keep what
they need: level 0 shuts out. People give and are shown each kind in a form of its own; the matcher
reads numbers (ledger.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from router.model import Assignment
from router.region import containing

Kind = Literal["skill", "group", "region", "agent"]

# Agents are numbered from here on among what the matcher knows as skills: as their own number after
# all that the store will ever number.
AGENTS_FROM = 2**31


def of_agent(agent_id: str) -> str:
    """The name of being this very agent."""
    return f"agent:{agent_id}"


def of_group(group_id: str) -> str:
    """The name of being in this group."""
    return f"group:{group_id}"


def of_region(region_id: str) -> str:
    """The name of being somewhere in this region."""
    return f"region:{region_id}"


def kind(name: str) -> Kind:
    match name.partition(":"):
        case ("agent" | "group" | "region") as found, ":", _:
            return found
    return "skill"


def bare(name: str) -> str:
    """The id without its kind."""
    return name.partition(":")[2] or name


def had(assignment: Assignment | None) -> dict[str, int]:
    """What an agent has by an assignment: skills, and groups and regions with all around them."""
    if assignment is None:
        return {}
    around = {one for region in assignment.regions for one in containing(region)}
    return {
        **assignment.skills,
        **dict.fromkeys(map(of_group, assignment.groups), 1),
        **dict.fromkeys(map(of_region, sorted(around)), 1),
    }


def skills(levels: Mapping[str, int]) -> dict[str, int]:
    """What of it is skills."""
    return {name: level for name, level in levels.items() if kind(name) == "skill"}


def of_no_agent(levels: Mapping[str, int]) -> dict[str, int]:
    """What of it several agents can have."""
    return {name: level for name, level in levels.items() if kind(name) != "agent"}


def agent_of(levels: Mapping[str, int]) -> str | None:
    """The agent who alone will do, if there is one."""
    return _agent(levels, shut_out=False)


def agent_shut_out(levels: Mapping[str, int]) -> str | None:
    """The agent to whom it does not go, if there is one."""
    return _agent(levels, shut_out=True)


def _agent(levels: Mapping[str, int], *, shut_out: bool) -> str | None:
    agents = (name for name, level in levels.items() if (level == 0) is shut_out)
    return next((bare(name) for name in agents if kind(name) == "agent"), None)


def region_of(levels: Mapping[str, int]) -> str | None:
    """The narrowest region that is needed, if there is one."""
    regions = [bare(name) for name in levels if kind(name) == "region"]
    return max(regions, key=len, default=None)


def groups_of(levels: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """The groups that are needed, and those that are shut out."""
    groups = [(bare(name), level) for name, level in levels.items() if kind(name) == "group"]
    return [id for id, level in groups if level], [id for id, level in groups if not level]


def told(levels: Mapping[str, int]) -> dict[str, int]:
    """What of it is worth a word: the region around a needed region is not."""
    narrowest = region_of(levels)
    return {
        name: level
        for name, level in of_no_agent(levels).items()
        if kind(name) != "region" or bare(name) == narrowest
    }
