"""The field's figures, worked out of counts by hand."""

from __future__ import annotations

import pytest

from router.figures import AgentFigures, QueueFigures, Tally


def test_the_figures_of_a_span() -> None:
    tally = Tally(
        answered=8,
        answered_in_time=6,
        abandoned=4,
        abandoned_short=2,
        answer_wait_us=100_000_000,
        handled=5,
        talk_us=900_000_000,
        wrap_up_us=100_000_000,
    )
    assert tally.offered == 12
    assert tally.service_level == 6 / 10
    assert tally.service_level_of_answered == 6 / 8
    assert tally.abandon_ratio == 4 / 12
    assert tally.asa_s == 12.5
    assert tally.aht_s == 200


def test_nothing_ended_is_nothing_to_tell() -> None:
    nothing = Tally()
    assert nothing.service_level is nothing.service_level_of_answered is None
    assert nothing.abandon_ratio is nothing.asa_s is nothing.aht_s is None
    # All who came left at once: nobody wanted to wait.
    assert Tally(abandoned=3, abandoned_short=3).service_level is None


def test_the_longest_wait_is_never_negative() -> None:
    assert QueueFigures(queue=1).longest_wait_s(5_000_000) == 0
    waits = QueueFigures(queue=1, waiting=1, oldest_us=2_000_000)
    assert waits.longest_wait_s(5_000_000) == 3
    assert waits.longest_wait_s(1_000_000) == 0


@pytest.mark.parametrize(
    ("state", "occupancy"),
    [("busy", 0.5), ("wrap_up", 0.5), ("ready", 0.25), ("reserved", 0.25), ("not_ready", 1 / 3)],
)
def test_the_present_state_counts_up_to_now(state: str, occupancy: float) -> None:
    day = AgentFigures(
        agent=1,
        state=state,  # type: ignore[arg-type]
        since_us=0,
        counted_us=30_000_000,
        available_us=20_000_000,
        occupied_us=10_000_000,
        contacts=1,
    )
    assert day.occupancy(40_000_000) == pytest.approx(occupancy)
    assert AgentFigures(1, "offline", 0, 0, 0, 0, 0).occupancy(9) is None
