"""Another media server to compare with: Debian's Janus 1.1 and its video rooms."""

from benchmarks.media.janus.errors import JanusError
from benchmarks.media.janus.server import Janus, Publication, Subscription

__all__ = ["Janus", "JanusError", "Publication", "Subscription"]
