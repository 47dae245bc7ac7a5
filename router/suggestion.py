"""What somebody meant who named something that isn't there."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from itertools import islice

# So many known names stand in an error's text; more would hide the first.
NAMED_BOUND = 20


def suggestion(wrong: str, known: Collection[str]) -> str:
    """The nearest known name, else some or all of them."""
    if close := difflib.get_close_matches(wrong[:64], known, n=1):
        return f"did you mean {close[0]}?"
    if not known:
        return "none is configured"
    named = list(islice(known, NAMED_BOUND))
    more = f" and {len(known) - len(named)} more" if len(known) > len(named) else ""
    return f"known are {', '.join(named)}{more}"
