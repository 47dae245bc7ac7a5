"""The native matcher behind its thread, as the router sees it."""

from __future__ import annotations

import anyio
import pytest

from router import commands as c
from router import decisions as d
from router._bridge import ThreadedMatcher
from router.errors import CentreClosed, Invalid


async def received(matcher: ThreadedMatcher, count: int) -> list[d.Decision]:
    """The next decisions, at least `count`."""
    decisions: list[d.Decision] = []
    with anyio.fail_after(10):
        while len(decisions) < count:
            decisions += await matcher.receive()
    return decisions


async def test_every_command_is_closed_once_and_in_order() -> None:
    matcher = ThreadedMatcher()
    settings = {"offer_timeout_us": 1, "wrap_up_us": 0, "max_waiting": 3_000}
    matcher.submit(1, c.QueuePut(queue=1, **settings))
    for number in range(2, 3_002):
        matcher.submit(number, c.Enqueue(contact=number, queue=1, priority=0, arrived_us=number))
    decisions = await received(matcher, 6_001)
    assert [decision.seq for decision in decisions] == list(range(1, 6_002))
    closed = [decision.command for decision in decisions if isinstance(decision, d.Done)]
    assert closed == list(range(1, 3_002))
    matcher.close()


async def test_a_refusal_says_why() -> None:
    matcher = ThreadedMatcher()
    matcher.submit(1, c.AgentReady(agent=7))
    (refused,) = await received(matcher, 1)
    assert isinstance(refused, d.Refused)
    assert refused.code == "unknown_agent"
    matcher.close()


async def test_a_value_out_of_range_is_refused_by_name() -> None:
    matcher = ThreadedMatcher()
    with pytest.raises(Invalid, match="epoch"):
        matcher.submit(1, c.Accept(contact=1, agent=1, epoch=-1))
    matcher.close()


async def test_after_its_end_it_takes_nothing() -> None:
    matcher = ThreadedMatcher()
    matcher.close()
    with pytest.raises(CentreClosed):
        matcher.submit(1, c.AgentReady(agent=7))
