"""Limits of the API, each with its name and its reason, and the buckets that enforce rates."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

BODY_BYTES_MAX: Final = 64 * 1024
"""Of an HTTP body. The largest legitimate one is an SDP offer, about 10 KB in browsers."""

MESSAGE_BYTES_MAX: Final = 64 * 1024
"""Of one WebSocket message, for the same reason."""

FRAME_BYTES_MAX: Final = 1024 * 1024
"""Above this the WebSocket layer itself closes (1009); up to it the client gets a typed error."""

HELLO_TIMEOUT_S: Final = 10.0
"""A socket that says nothing holds memory for nobody."""

HEARTBEAT_S: Final = 5.0
"""How often pages send a heartbeat. Several fit into the shortest heartbeat_timeout_s (6)."""

MESSAGES_PER_S: Final = 20.0
MESSAGES_BURST: Final = 60.0
"""Per socket. A page in a call sends less than one a second; joining a call takes about ten."""

OUTBOX_BOUND: Final = 512
"""Messages waiting for one slow page before it is cut off; a minute of a very busy board."""

CONNECTIONS_MAX: Final = 20_000
"""WebSockets of one server."""

CONTACTS_PER_S: Final = 0.5
CONTACTS_BURST: Final = 20.0
"""New contacts from one address with a link's token. An office behind one address fits into it."""

BUCKETS_MAX: Final = 10_000
"""Addresses whose rate is remembered; the longest unseen is forgotten first."""

ARRIVAL_GRACE_S: Final = 120.0
"""For a visitor's first appearance after the contact was made, and after the server restarted."""

LIST_MAX: Final = 1000
"""Entries in one answer that lists things."""


class Bucket:
    """A token bucket (RFC 2697, one rate): `burst` at once, then `per_s` in the long run."""

    __slots__ = ("_burst", "_level", "_per_s", "_seen_s")

    def __init__(self, per_s: float, burst: float, now_s: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._level = burst
        self._seen_s = now_s

    def take(self, now_s: float) -> bool:
        """One more; False when that would be too many."""
        grown = self._level + (now_s - self._seen_s) * self._per_s
        self._level = min(self._burst, grown)
        self._seen_s = now_s
        if self._level < 1:
            return False
        self._level -= 1
        return True

    @property
    def wait_s(self) -> float:
        """How long until one more is taken, as of the last call of `take`."""
        return max(0.0, (1 - self._level) / self._per_s)


class Buckets:
    """A bucket for each key, for the `BUCKETS_MAX` keys seen last."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, key: str, now_s: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._per_s, self._burst, now_s)
            if len(self._buckets) > BUCKETS_MAX:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket
