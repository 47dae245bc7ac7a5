"""What becomes of somebody who arrives where a queue is closed, full, or served by nobody. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from router.model import Offer, QueueSettings, Treatment

Obstacle = Literal["closed", "full", "unstaffed"]

_OVERFLOW = "queue:"


def overflow(treatment: Treatment) -> str | None:
    """The queue that a treatment leads to."""
    return treatment.removeprefix(_OVERFLOW) if treatment.startswith(_OVERFLOW) else None


def offers(queue: QueueSettings, treatment: Treatment) -> tuple[Offer, ...]:
    """What is offered under this treatment."""
    if treatment == "callback":
        return ("callback",)
    if treatment == "message":
        return ("callback", "message") if queue.callback else ("message",)
    return ()


def takes(queue: QueueSettings, offer: Offer) -> bool:
    """Whether the queue takes callbacks, or messages, at all."""
    if offer == "callback" and queue.callback:
        return True
    return offer in (
        queue.when_closed,
        queue.when_full,
        queue.when_unstaffed,
        queue.when_max_wait if queue.max_wait_s is not None else None,
    )


def treatment(queue: QueueSettings, obstacle: Obstacle) -> Treatment:
    match obstacle:
        case "closed":
            return queue.when_closed
        case "full":
            return queue.when_full
        case "unstaffed":
            return queue.when_unstaffed


def heir_at_closing(
    queue: QueueSettings,
    queues: Mapping[str, QueueSettings],
    is_open: Callable[[str], bool],
) -> str | None:
    """The open queue that takes who waits in one that closes: along `at_closing`, past others that
    are closed too and give theirs away; None: nobody takes them."""
    seen = {queue.id}
    target = overflow(queue.at_closing)
    while target is not None and target in queues and target not in seen:
        seen.add(target)
        settings = queues[target]
        if is_open(target) or settings.at_closing == "serve":
            return target
        target = overflow(settings.at_closing)
    return None
