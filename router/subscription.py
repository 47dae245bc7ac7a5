"""Who listens to the contact centre. A slow listener is dropped, never waited for."""

from __future__ import annotations

from collections import deque
from types import TracebackType

import anyio

from router.errors import Busy
from router.model import Event

# Events one listener may be behind. A position pass alone may push one event per waiting contact.
SUBSCRIBER_BOUND = 65_536
SUBSCRIPTIONS_BOUND = 1_024


class Subscription:
    """The committed events from now on, in log order, as an async iterator; use it in `with`.

    A subscriber who falls SUBSCRIBER_BOUND events behind gets what it has, then one last event
    `stream.closed` with `data = {"code": "subscriber_too_slow", "bound": ...}`; it may catch up
    from the log (`ContactCentre.events`) and subscribe again. The iteration also ends when
    either side closes.
    """

    def __init__(self, publisher: Publisher, bound: int) -> None:
        self._publisher = publisher
        self._bound = bound
        self._buffer: deque[Event] = deque()
        self._arrived = anyio.Event()
        self._closed = False

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        while not self._buffer:
            if self._closed:
                raise StopAsyncIteration
            self._arrived = anyio.Event()
            await self._arrived.wait()
        return self._buffer.popleft()

    def close(self) -> None:
        """End the stream after what is buffered; calling it again does nothing."""
        if not self._closed:
            self._closed = True
            self._arrived.set()
            self._publisher.forget(self)

    def push(self, event: Event) -> None:
        if len(self._buffer) >= self._bound:
            data = {"code": "subscriber_too_slow", "bound": self._bound}
            self._buffer.append(Event(at_us=event.at_us, type="stream.closed", data=data))
            self.close()
            return
        self._buffer.append(event)
        self._arrived.set()


class Publisher:
    """Hands every event to every subscription, without waiting for any."""

    def __init__(self) -> None:
        self._subscriptions: dict[int, Subscription] = {}

    def subscribe(self, bound: int = SUBSCRIBER_BOUND) -> Subscription:
        """Raises Busy above SUBSCRIPTIONS_BOUND listeners."""
        if len(self._subscriptions) >= SUBSCRIPTIONS_BOUND:
            raise Busy(f"{SUBSCRIPTIONS_BOUND} subscribers are listening already")
        subscription = Subscription(self, bound)
        self._subscriptions[id(subscription)] = subscription
        return subscription

    def publish(self, event: Event) -> None:
        for subscription in tuple(self._subscriptions.values()):
            subscription.push(event)

    def forget(self, subscription: Subscription) -> None:
        self._subscriptions.pop(id(subscription), None)

    def close(self) -> None:
        for subscription in tuple(self._subscriptions.values()):
            subscription.close()
