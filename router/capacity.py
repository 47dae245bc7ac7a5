"""How many contacts an agent holds at once: from what was given to what the matcher is told."""

from __future__ import annotations

from collections.abc import Mapping

from router.errors import Invalid
from router.model import CALLS, CHANNELS, SLOTS_MAX, Allowance, Capacity, Channel

# One call beside a few chats: more of them and everybody waits for answers.
DEFAULT_SLOTS: Mapping[Channel, int] = {"voice": 1, "video": 1, "chat": 3, "callback": 1}

# Of a restart: who has not come back to what they have in hand is offered nothing.
NOTHING = Capacity(**{channel: Allowance(0, ()) for channel in CHANNELS})


def by_slots(slots: Mapping[Channel, int]) -> Capacity:
    """So many contacts of each channel, where a call excludes the other kinds of call. A channel
    that is left out has as many as DEFAULT_SLOTS."""
    return complete(
        Capacity(**{channel: Allowance(n) for channel, n in {**DEFAULT_SLOTS, **slots}.items()})
    )


def complete(given: Capacity, default: Capacity | None = None) -> Capacity:
    """A capacity with every channel and what it blocks; `default` is complete."""
    found = {}
    for channel in CHANNELS:
        allowance = getattr(given, channel) or getattr(default, channel)
        blocks = allowance.blocks
        if blocks is None:
            blocks = tuple(call for call in CALLS if channel in CALLS and call != channel)
        found[channel] = Allowance(allowance.slots, blocks)
    return Capacity(**found)


def check_capacity(given: Capacity, field: str) -> None:
    """Raise Invalid, with the channel in its `field`, for slots out of bounds or a channel that
    there isn't."""
    for channel in CHANNELS:
        allowance: Allowance | None = getattr(given, channel)
        if allowance is None:
            continue
        place = f"{field}.{channel}"
        if not 0 <= allowance.slots <= SLOTS_MAX:
            what = f"{place}.slots is 0 to {SLOTS_MAX}, not {allowance.slots}"
            raise Invalid(what, field=f"{place}.slots")
        for blocked in allowance.blocks or ():
            if blocked not in CHANNELS:
                known = ", ".join(CHANNELS)
                what = f"there is no channel {blocked[:64]!r}; known are {known}"
                raise Invalid(what, field=f"{place}.blocks")
