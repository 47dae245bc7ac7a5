"""An agent's day, counted up to a moment."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from router import shift
from router.model import Agent, AgentState, Shift, Work

DAY_US = 1_767_225_600_000_000
HOUR_US = 3_600_000_000


def someone(state: AgentState, since_us: int, **told: float) -> Agent:
    begun = Shift(day_us=DAY_US, counted_us=since_us, engaged=state in ("busy", "wrap_up"))
    return Agent(number=1, id="anna", name="Anna", state=state, shift=replace(begun, **told))


@pytest.mark.parametrize(
    ("state", "available_h", "occupied_h"),
    [
        ("offline", 0, 0),
        ("not_ready", 0, 0),
        ("ready", 1, 0),
        ("reserved", 1, 0),
        ("busy", 0, 1),
        ("wrap_up", 0, 1),
    ],
)
def test_time_counts_by_the_state(state: AgentState, available_h: int, occupied_h: int) -> None:
    counted = shift.counted(someone(state, DAY_US + HOUR_US), DAY_US + 2 * HOUR_US, DAY_US)
    assert counted.available_us == available_h * HOUR_US
    assert counted.occupied_us == occupied_h * HOUR_US
    assert counted.counted_us == DAY_US + 2 * HOUR_US


def test_at_midnight_the_sums_begin_anew_and_recent_occupancy_goes_on() -> None:
    agent = someone("busy", DAY_US - HOUR_US, day_us=1, contacts=5, occupied_us=7, available_us=8)
    counted = shift.counted(agent, DAY_US + HOUR_US, DAY_US)
    assert (counted.contacts, counted.available_us, counted.occupied_us) == (0, 0, HOUR_US)
    # Two hours are four times what it takes to forget half.
    assert counted.share == pytest.approx(1 - 1 / 16)
    away = replace(agent, state="offline", shift=replace(agent.shift, engaged=False, share=1.0))
    assert shift.counted(away, DAY_US, DAY_US).share == 0


def test_a_clock_set_back_takes_nothing_away() -> None:
    agent = someone("ready", DAY_US + HOUR_US, available_us=5)
    assert shift.counted(agent, DAY_US, DAY_US) == agent.shift


def test_an_offer_beside_other_work_is_no_pause() -> None:
    call, chat = Work(contact="c_1", channel="video"), Work(contact="c_2", channel="chat")
    agent = someone("ready", DAY_US)
    assert not shift.changed(replace(agent, work=(chat,)), "reserved", DAY_US, DAY_US).engaged
    assert shift.changed(replace(agent, work=(call, chat)), "reserved", DAY_US, DAY_US).engaged
    assert shift.changed(replace(agent, work=(call,)), "busy", DAY_US, DAY_US).engaged


def test_when_they_would_have_had_to_stop() -> None:
    assert shift.stopped_us(Shift(counted_us=DAY_US)) is None
    assert shift.stopped_us(Shift(counted_us=DAY_US, share=1.0)) == DAY_US
    half = Shift(counted_us=DAY_US, share=0.5)
    assert shift.stopped_us(half) == DAY_US - shift.HALF_LIFE_US
    # Free since, it stays the same.
    free = Agent(number=1, id="anna", name="Anna", state="ready", shift=half)
    later = shift.counted(free, DAY_US + HOUR_US, half.day_us)
    assert shift.stopped_us(later) == pytest.approx(DAY_US - shift.HALF_LIFE_US, abs=1)
