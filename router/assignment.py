"""What an agent serves and can: from the assignment and the sign-in to what the matcher is told.

An assignment, once given, holds until the next one. A sign-in may name queues, which restricts the
assigned ones until the next sign-in. Without an assignment an agent serves every queue, has no
skill and as much capacity as configured.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from router import commands as c
from router.capacity import complete
from router.ledger import Ledger
from router.model import Agent, Assignment, Capacity


def served(ledger: Ledger, agent: Agent) -> tuple[str, ...]:
    """The queues that the agent serves: assigned, open, and not left out at the sign-in."""
    assigned = agent.assignment.queues if agent.assignment is not None else None
    return tuple(
        queue
        for queue in (ledger.queue_numbers if assigned is None else assigned)
        if queue in ledger.queue_numbers
        and (agent.restricted_to is None or queue in agent.restricted_to)
    )


def assign(ledger: Ledger, agent: Agent) -> c.AgentAssign:
    """The command for an agent who may be on the floor."""
    assignment = agent.assignment or Assignment()
    return c.AgentAssign(
        agent=agent.number,
        queues=[ledger.queue_numbers[q] for q in agent.queues if q in ledger.queue_numbers],
        capacity=complete(assignment.capacity or Capacity(), ledger.capacity),
        skills=ledger.had(agent),
        weight=assignment.weight,
        rank=assignment.rank,
    )


def sign_in(ledger: Ledger, agent: Agent, *, capacity: Capacity | None = None) -> c.AgentSignIn:
    """The command for an agent who comes onto the floor, with the assigned capacity unless given
    another."""
    command = c.AgentSignIn(**msgspec.structs.asdict(assign(ledger, agent)))
    return command if capacity is None else replace(command, capacity=capacity)
