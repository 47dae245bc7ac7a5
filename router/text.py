"""Text from outside, checked before it goes anywhere: a row that a database refuses would end a
whole group commit."""

from __future__ import annotations

from router.errors import Invalid


def check_text(text: str, field: str, *, longest: int, shortest: int = 0) -> None:
    """Raise Invalid, with `field`, unless the length in characters is right and every character
    can be stored (no NUL, no lone surrogate)."""
    if not shortest <= len(text) <= longest:
        what = f"{field} has {shortest} to {longest} characters, this one has {len(text)}"
        raise Invalid(what, field=field)
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(f"{field} has a character that is no text (NUL or half a pair)", field=field)
