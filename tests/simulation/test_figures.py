"""What boards show of a quarter of an hour, in virtual time."""

from __future__ import annotations

import anyio
import pytest

from router.figures import RECENT_S
from simulation.office import Office


async def test_a_queue_answers_in_time_late_and_not_at_all(office: Office) -> None:
    hasty = await office.arrive()
    await office.centre.abandon(hasty)  # after a second: a short abandon
    lost = await office.arrive()
    await anyio.sleep(59)
    await office.centre.abandon(lost)
    late = await office.arrive()
    await anyio.sleep(29)
    assert office.centre.queue("sales").longest_wait_s == pytest.approx(30, abs=0.1)
    await office.staff("anna")
    await office.answer(late)  # after 31 seconds
    prompt = await office.arrive()
    await anyio.sleep(9)
    await office.centre.hang_up(late, by="agent")  # after 10 seconds of talk
    await anyio.sleep(2)
    await office.centre.wrap_up_done("anna", late)
    await office.answer(prompt)  # after 12 seconds

    recent = office.centre.queue("sales").recent
    assert (recent.answered, recent.answered_in_time) == (2, 1)
    assert (recent.abandoned, recent.abandoned_short) == (2, 1)
    assert recent.service_level == pytest.approx(1 / 3)
    assert recent.service_level_of_answered == 1 / 2
    assert recent.abandon_ratio == 1 / 2
    assert recent.asa_s == pytest.approx((31 + 12) / 2, abs=0.1)
    assert recent.aht_s == pytest.approx(10 + 2, abs=0.1)
    assert office.centre.queue("support").recent.service_level is None

    await anyio.sleep(RECENT_S)
    status = office.centre.queue("sales")
    assert status.recent.offered == 0
    assert status.day.offered == 4


async def test_an_agents_day(office: Office) -> None:
    await office.staff("anna", "bert")
    await anyio.sleep(18)
    contact = await office.arrive()
    agent = await office.answer(contact)
    await anyio.sleep(59)
    board = office.centre.board()
    assert board.figures[agent].contacts == 1
    # Anna signed in a second before Bert, and is offered the contact first.
    assert agent == "anna"
    assert board.figures["anna"].occupancy(board.at_us) == pytest.approx(59 / 80, abs=0.01)
    assert board.figures["bert"].occupancy(board.at_us) == 0
