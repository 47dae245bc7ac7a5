"""What is wrong with a setting, in the words of a refusal."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from mediacore.toml_lines import Key


class Fault(NamedTuple):
    """What is wrong with the setting at `path`, and what would be right."""

    path: tuple[Key, ...]
    problem: str
    right: str


def nearest(wrong: str, known: Sequence[str]) -> str:
    """Which of the known ones was meant, else all of them."""
    close = difflib.get_close_matches(wrong, known, n=1)
    return f"did you mean {close[0]}?" if close else "known here: " + ", ".join(known)


def shown(value: object) -> str:
    """A value as an error quotes it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
