"""How a process that serves the contact centre has its interpreter work."""

from __future__ import annotations

import gc
import sys

# The event loop and the store's threads share one interpreter, and each commit asks for it a few
# times: with Python's 5 ms a busy loop lets the store fall behind.
SWITCH_INTERVAL_S = 0.0001
# So many new objects stay before the youngest are searched for garbage; the older ones after 10 and
# 100 times as many. Python's 700 are reached at every other wake-up of a busy loop.
GARBAGE_THRESHOLDS = (10_000, 10, 10)


def settle() -> None:
    """Call it once when all is loaded: what is here stays, so that no search for garbage looks
    through it again (some 50 ms each time), and the store's threads wait less for the loop."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
