"""A queue's steps become a contact's stages."""

from __future__ import annotations

from router.model import RelaxStep, Stage
from router.relaxation import stages


def test_each_step_builds_on_the_one_before() -> None:
    steps = [
        RelaxStep(after_s=30, lower_levels=2),
        RelaxStep(after_s=60.5, drop=("french", "latin")),
        RelaxStep(after_s=90, lower_levels=9, queue="general"),
        RelaxStep(after_s=120, drop=("german",)),
    ]
    assert stages("support", {"german": 5, "french": 2}, steps) == (
        Stage(after_us=30_000_000, requires={"german": 3, "french": 1}, queue="support"),
        Stage(after_us=60_500_000, requires={"german": 3}, queue="support"),
        Stage(after_us=90_000_000, requires={"german": 1}, queue="general"),
        Stage(after_us=120_000_000, requires={}, queue="general"),
    )


def test_without_steps_nothing_changes() -> None:
    assert stages("support", {"german": 5}, []) == ()
