"""An agent's time at work of a day, as native/acd counts it (`shifts.rs`, `workload.rs`): what is
kept for a restart."""

from __future__ import annotations

import math

from msgspec.structs import replace

from router.model import Agent, AgentState, Shift

# After so long the recent occupancy has forgotten half; OCCUPANCY_HALF_LIFE_US of native/acd.
HALF_LIFE_US = 1_800_000_000


def counted(agent: Agent, at_us: int, day_us: int) -> Shift:
    """The agent's shift up to `at_us`, of the day that began at `day_us`; both in microseconds
    since the Unix epoch."""
    shift = agent.shift
    if shift.day_us != day_us:
        # The matcher forgets at midnight who is away.
        share = shift.share if agent.signed_in else 0.0
        shift = replace(
            shift, day_us=day_us, contacts=0, available_us=0, occupied_us=0, share=share
        )
    span_us = max(0, at_us - shift.counted_us)
    today_us = max(0, min(span_us, at_us - day_us))
    left = 2.0 ** (-span_us / HALF_LIFE_US)
    return replace(
        shift,
        available_us=shift.available_us + today_us * (agent.state in ("ready", "reserved")),
        occupied_us=shift.occupied_us + today_us * (agent.state in ("busy", "wrap_up")),
        share=shift.share * left + (1.0 - left if shift.engaged else 0.0),
        counted_us=max(shift.counted_us, at_us),
    )


def changed(agent: Agent, state: AgentState, at_us: int, day_us: int) -> Shift:
    """The same, where the agent comes into another state with what they have in hand by now."""
    # Besides the offer there may be work that goes on.
    engaged = state in ("busy", "wrap_up") or (state == "reserved" and len(agent.work) > 1)
    shift = counted(agent, at_us, day_us)
    return shift if shift.engaged == engaged else replace(shift, engaged=engaged)


def accepted(agent: Agent, at_us: int, day_us: int) -> Shift:
    """The same, with one contact more."""
    shift = counted(agent, at_us, day_us)
    return replace(shift, contacts=shift.contacts + 1)


def stopped_us(shift: Shift) -> int | None:
    """What the strategy `least_occupied` compares, had the agent been free since: when they would
    have had to stop, had they worked without a pause. None: never busy."""
    if shift.share <= 0.0:
        return None
    return shift.counted_us + int(math.log2(shift.share) * HALF_LIFE_US)
