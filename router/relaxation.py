"""What a contact needs less of, the longer it waits: a queue's steps, a contact's stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from router.model import RelaxStep, Stage


def stages(
    queue: str, requires: Mapping[str, int], steps: Iterable[RelaxStep]
) -> tuple[Stage, ...]:
    """The stages of a contact that arrives in `queue` and requires this. They are kept with the
    contact: a change of the configuration changes nothing for who waits already."""
    found = []
    needs = dict(requires)
    for step in steps:
        needs = {
            skill: max(1, level - step.lower_levels)
            for skill, level in needs.items()
            if skill not in step.drop
        }
        queue = step.queue or queue
        found.append(Stage(after_us=round(step.after_s * 1e6), requires=needs, queue=queue))
    return tuple(found)
