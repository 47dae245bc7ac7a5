"""What a contact comes with beside its queue: what it wants of its agent, each in its own form."""

from __future__ import annotations

import msgspec

from router.affinity import Affinity


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """For one agent above all (`affinity`)."""

    affinity: Affinity | None = None
