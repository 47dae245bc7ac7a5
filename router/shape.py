"""What a recorded contact asked for, and what it would have asked for under other settings of its
queue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from router.errors import Invalid
from router.journal import Names
from router.model import QueueSettings, RelaxStep, Stage
from router.region import widening
from router.relaxation import stages, steps
from router.requirement import AGENTS_FROM, of_agent, of_region, region_of


class Shape(msgspec.Struct, frozen=True):
    """What contacts came with, the same for many; as in the command `enqueue`."""

    queue: int
    requires: list[dict[str, int]] | None
    relax: list[dict[str, Any]] | None


def skills_of(queues: Iterable[QueueSettings]) -> set[str]:
    """The skills that the queues' settings name."""
    return {skill for queue in queues for skill in (*queue.requires, *_dropped(queue))}


def reshaped(
    shape: Shape,
    names: Names,
    wanted: Mapping[str, QueueSettings],
    numbers: Mapping[str, int],
    skills: Mapping[str, int],
) -> dict[str, Any] | None:
    """What such contacts would have come with, if it is something else. Raises Invalid.

    A skill at another level than the queue asked for was named by whoever sent the contact, and
    stays. So do steps that are not the queue's: of the customer's class, or as it was held for an
    agent or kept from one.
    """
    was = names.queues.get(shape.queue)
    would_be = wanted.get(was.id) if was is not None else None
    if was is None or would_be is None or _asks(was) == _asks(would_be):
        return None
    called = {**names.skills, **_agents(shape)}
    had = _levels(shape.requires, called)
    own = {skill: level for skill, level in had.items() if was.requires.get(skill) != level}
    needs = {**would_be.requires, **own}
    known = {**skills, **{name: number for number, name in called.items()}}

    def levels(required: Mapping[str, int]) -> list[dict[str, int]]:
        return [{"skill": known[skill], "level": level} for skill, level in required.items()]

    relax = []
    less = [*_steps(would_be, had), *_own_steps(was, had, _stages(shape, names, called))]
    for stage in stages(would_be.id, needs, less):
        if stage.queue not in numbers:
            raise Invalid(f"relax of {would_be.id}: no queue {stage.queue!r}", field="relax")
        step = {"requires": levels(stage.requires), "queue": numbers[stage.queue]}
        relax.append({"after_us": stage.after_us, **step})
    return {"requires": levels(needs), "relax": relax}


def _dropped(queue: QueueSettings) -> Iterable[str]:
    return (skill for step in queue.relax for skill in step.drop)


def _asks(queue: QueueSettings) -> tuple[Any, ...]:
    return queue.requires, steps(queue), queue.widen_after_s


def _agents(shape: Shape) -> dict[int, str]:
    """The agents for whom such contacts were held, or from whom they were kept; who they are isn't
    recorded."""
    needed = [need["skill"] for need in shape.requires or ()]
    return {number: of_agent(str(number)) for number in needed if number >= AGENTS_FROM}


def _levels(needs: Iterable[dict[str, int]] | None, called: Mapping[int, str]) -> dict[str, int]:
    return {called[need["skill"]]: need["level"] for need in needs or ()}


def _stages(shape: Shape, names: Names, called: Mapping[int, str]) -> Iterable[Stage]:
    """The stages that such contacts came with."""
    queue = names.queues[shape.queue].id
    for stage in shape.relax or ():
        leads = stage.get("queue")
        if leads is not None and leads in names.queues:
            queue = names.queues[leads].id
        needs = _levels(stage.get("requires"), called)
        yield Stage(after_us=stage["after_us"], requires=needs, queue=queue)


def _steps(queue: QueueSettings, had: Mapping[str, int]) -> list[RelaxStep]:
    """The steps that come of the queue's settings."""
    region = region_of(had)
    wider = () if region is None else widening(region, queue.widen_after_s)
    widened = (RelaxStep(after_s=after_s, drop=(of_region(one),)) for after_s, one in wider)
    return [*steps(queue), *widened]


def _own_steps(
    queue: QueueSettings, had: Mapping[str, int], recorded: Iterable[Stage]
) -> Iterable[RelaxStep]:
    """What of the recorded stages doesn't come of the queue's settings: each is compared with what
    these would have made of the one before."""
    known = _steps(queue, had)
    before = Stage(after_us=0, requires=dict(had), queue=queue.id)
    for stage in recorded:
        due = [step for step in known if round(step.after_s * 1e6) == stage.after_us]
        (expected,) = stages(before.queue, before.requires, due) or (before,)
        left = stage.requires
        drop = tuple(name for name in expected.requires if name not in left)
        lower = max((expected.requires.get(name, 0) - left[name] for name in left), default=0)
        leads = stage.queue if stage.queue != expected.queue else None
        if drop or lower > 0 or leads is not None:
            after_s = stage.after_us / 1e6
            yield RelaxStep(after_s=after_s, drop=drop, lower_levels=max(0, lower), queue=leads)
        before = stage
