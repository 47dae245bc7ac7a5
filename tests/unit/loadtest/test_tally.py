"""The load test's figures."""

from __future__ import annotations

import math

from loadtest.tally import Tally, percentile


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert math.isnan(percentile([], 0.5))


def test_a_contact_that_was_queued_and_not_completed_is_lost() -> None:
    tally = Tally(queued={1, 2, 3}, completed={1, 3})
    assert tally.lost == {2}
    assert "lost=1" in tally.summary(10)


def test_an_offer_counts_from_when_both_sides_were_there() -> None:
    tally = Tally(asked_s={1: 10.0, 2: 10.0})
    tally.offered(1, agent_ready_s=4.0, now_s=10.5)
    tally.offered(2, agent_ready_s=12.0, now_s=12.25)
    tally.offered(99, agent_ready_s=0.0, now_s=20.0)
    assert tally.offer_latencies_s == [0.5, 0.25]
