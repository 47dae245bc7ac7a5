"""How long somebody will wait."""

from __future__ import annotations

from router.estimate import (
    DEFAULT_HANDLING_S,
    HANDLING_WINDOW,
    HandlingTime,
    estimated_wait_s,
    newcomer_wait_s,
)


def test_before_the_first_call_a_default_holds() -> None:
    assert HandlingTime().mean_s == DEFAULT_HANDLING_S


def test_handling_is_talk_and_wrap_up_of_the_last_calls() -> None:
    handling = HandlingTime()
    for talk_s in (100, 200):
        handling.talked(talk_s * 1_000_000)
    handling.wrapped_up(30_000_000)
    assert handling.mean_s == 180
    for _ in range(HANDLING_WINDOW):
        handling.talked(60_000_000)
        handling.wrapped_up(0)
    assert handling.mean_s == 60


def test_the_wait_grows_with_the_place_and_shrinks_with_staff() -> None:
    assert estimated_wait_s(1, 90, 1) == 90
    assert estimated_wait_s(3, 90, 2) == 135
    assert estimated_wait_s(1, 100, 3) == 34
    assert estimated_wait_s(1, 100, 0) is None


def test_a_newcomer_waits_behind_the_others() -> None:
    assert newcomer_wait_s(waiting=2, ready=0, mean_handling_s=60, staffed=2) == 90
    assert newcomer_wait_s(waiting=0, ready=1, mean_handling_s=60, staffed=2) == 0
    assert newcomer_wait_s(waiting=0, ready=0, mean_handling_s=60, staffed=0) is None
