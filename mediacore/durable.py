"""Files that are there whole or not at all, whatever instant the machine stops at."""

import os
from pathlib import Path


def settle(fresh: Path, final: Path) -> None:
    """Give the finished file `fresh` the name `final`, replacing what has it, and sync both.

    They must be in the same directory. Raises OSError.
    """
    _sync(fresh)
    fresh.replace(final)
    _sync(final.parent)  # a rename is an entry of the directory


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
