"""What a contact needs less of, the longer it waits: a queue's steps, a contact's stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from msgspec.structs import replace

from router.admission import overflow
from router.model import MaxWait, QueueSettings, RelaxStep, Stage


def steps(queue: QueueSettings) -> tuple[RelaxStep, ...]:
    """A queue's steps, the overflow after its maximum wait included."""
    target = overflow(queue.when_max_wait)
    if queue.max_wait_s is None or target is None:
        return queue.relax
    return (*queue.relax, RelaxStep(after_s=queue.max_wait_s, queue=target))


def max_wait(queue: QueueSettings) -> MaxWait | None:
    """The end of the wait of the queue's contacts, if it isn't an overflow."""
    if queue.max_wait_s is None or overflow(queue.when_max_wait) is not None:
        return None
    return MaxWait(round(queue.max_wait_s * 1e6), queue.when_max_wait)


def elsewhere(relax: Iterable[Stage], taken: int, *, before: str, after: str) -> tuple[Stage, ...]:
    """The stages of a contact that was taken from queue `before` to `after` when the first `taken`
    had begun: those that would have left it where it was leave it where it is now."""
    found = []
    for number, stage in enumerate(relax):
        if number < taken or stage.queue == before:
            found.append(replace(stage, queue=after))
        else:
            before = after = stage.queue
            found.append(stage)
    return tuple(found)


def stages(
    queue: str, requires: Mapping[str, int], steps: Iterable[RelaxStep]
) -> tuple[Stage, ...]:
    """The stages of a contact that arrives in `queue` and requires this. They are kept with the
    contact: a change of the configuration changes nothing for who waits already.

    Steps of several kinds come in any order; those of one moment are one stage."""
    found = []
    needs = dict(requires)
    for after_us, together in groupby(sorted(steps, key=_after_us), _after_us):
        for step in together:
            needs = _less(needs, step)
            queue = step.queue or queue
        found.append(Stage(after_us=after_us, requires=needs, queue=queue))
    return tuple(found)


def _after_us(step: RelaxStep) -> int:
    return round(step.after_s * 1e6)


def _less(needs: Mapping[str, int], step: RelaxStep) -> dict[str, int]:
    """What is needed after this step. What is needed as such, or shuts out, has no level to
    lower."""
    return {
        name: max(min(1, level), level - step.lower_levels)
        for name, level in needs.items()
        if name not in step.drop
    }
