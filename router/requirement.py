"""What a contact needs of its agent and what agents have or are, by name: one vocabulary for all.

A skill is called by its id. What is no skill has its kind before the id, so that both can stand in
one table, as `{"german": 3, "agent:lin": 1}`, which is how contacts keep what they need. People
give and are shown each kind in a form of its own; the matcher reads numbers (ledger.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal["skill", "agent"]

# Agents are numbered from here on among what the matcher knows as skills: as their own number after
# all that the store will ever number.
AGENTS_FROM = 2**31


def of_agent(agent_id: str) -> str:
    """The name of being this very agent."""
    return f"agent:{agent_id}"


def kind(name: str) -> Kind:
    return "agent" if name.startswith("agent:") else "skill"


def bare(name: str) -> str:
    """The id without its kind."""
    return name.partition(":")[2] or name


def skills(levels: Mapping[str, int]) -> dict[str, int]:
    """What of it is skills."""
    return {name: level for name, level in levels.items() if kind(name) == "skill"}


def of_no_agent(levels: Mapping[str, int]) -> dict[str, int]:
    """What of it several agents can have."""
    return {name: level for name, level in levels.items() if kind(name) != "agent"}


def agent_of(levels: Mapping[str, int]) -> str | None:
    """The agent who alone will do, if there is one."""
    return next((bare(name) for name in levels if kind(name) == "agent"), None)
