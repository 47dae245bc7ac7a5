"""What can go wrong with the other server."""

from __future__ import annotations


class JanusError(Exception):
    """Janus isn't there, has ended, doesn't answer or refuses; where there is a log, with its
    last lines."""
