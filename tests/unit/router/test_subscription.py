"""Who listens, and who is too slow."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from router.errors import Busy
from router.model import Event
from router.subscription import SUBSCRIPTIONS_BOUND, Publisher


def event(seq: int, **data: Any) -> Event:
    return Event(seq=seq, at_us=seq, type="test", data=data)


async def test_events_come_in_order_to_everybody() -> None:
    publisher = Publisher()
    with publisher.subscribe() as first, publisher.subscribe() as second:
        for seq in range(1, 4):
            publisher.publish(event(seq))
        publisher.close()
        assert [e.seq async for e in first] == [e.seq async for e in second] == [1, 2, 3]


async def test_a_slow_one_is_told_so_and_closed_alone() -> None:
    publisher = Publisher()
    slow, quick = publisher.subscribe(bound=2), publisher.subscribe()
    for seq in range(1, 6):
        publisher.publish(event(seq))
    received = [e async for e in slow]
    assert [e.seq for e in received] == [1, 2, 0]
    assert received[-1].type == "stream.closed"
    assert received[-1].data == {"code": "subscriber_too_slow", "bound": 2}
    quick.close()
    assert [e.seq async for e in quick] == [1, 2, 3, 4, 5]


async def test_a_waiting_one_is_woken_by_the_end() -> None:
    publisher = Publisher()
    subscription = publisher.subscribe()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(anext, subscription, None)
        await anyio.wait_all_tasks_blocked()
        subscription.close()


async def test_there_is_a_limit() -> None:
    publisher = Publisher()
    for _ in range(SUBSCRIPTIONS_BOUND):
        publisher.subscribe()
    with pytest.raises(Busy):
        publisher.subscribe()
