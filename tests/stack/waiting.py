"""Wait for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_Value = TypeVar("_Value")

_INTERVAL_S = 0.05


def eventually(probe: Callable[[], _Value | None], what: str, *, within_s: float = 15.0) -> _Value:
    """Ask again until the probe gives something true, and give that.

    A probe that raises AssertionError says "not yet". After `within_s` the wait ends with an
    AssertionError that names `what` and the last thing seen.
    """
    deadline = time.monotonic() + within_s
    while True:
        seen: object
        try:
            value = probe()
            if value:
                return value
            seen = value
        except AssertionError as error:
            seen = error
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within_s} s; last seen: {seen}")
        time.sleep(_INTERVAL_S)
