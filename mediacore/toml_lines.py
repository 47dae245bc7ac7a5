"""Where in a TOML text a setting stands. tomllib gives values without places."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

Key = str | int


def line_of(text: str, path: Sequence[Key]) -> int | None:
    """The line (from 1) where the table or value at `path` begins; None when it isn't there.

    Works by asking the real parser: the value begins right after the longest run of whole lines
    that parses without it. Quadratic, which a settings file read once can afford.
    """
    lines = text.splitlines()
    before = 0
    for count in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value that spans lines
        if _holds(document, path):
            return before + 1
        before = count
    return None


def syntax_error_line(error: tomllib.TOMLDecodeError) -> int | None:
    """The line a syntax error is on, as tomllib's message tells it."""
    found = re.search(r"at line (\d+)", str(error))
    return int(found[1]) if found else None


def _holds(document: dict[str, Any], path: Sequence[Key]) -> bool:
    node: Any = document
    for key in path:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return False
    return True
