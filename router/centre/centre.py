"""ContactCentre: the public face of routing, and its life from start to stop."""

from __future__ import annotations

import logging
from types import TracebackType

import anyio
import anyio.abc

from router import commands as c
from router import recovery
from router.centre.agents import AgentCalls
from router.centre.chat import ChatCalls
from router.centre.consults import ConsultCalls
from router.centre.holds import HoldCalls
from router.centre.queues import CLOCK_PERIOD_S, QueueCalls
from router.centre.views import Views
from router.day import last_midnight_us, next_midnight_us
from router.dispatch import Dispatch
from router.errors import Busy
from router.floor import Floor
from router.places import Places

_log = logging.getLogger(__name__)


class ContactCentre(ConsultCalls, HoldCalls, AgentCalls, ChatCalls, QueueCalls, Views):
    """Queues, contacts and agents at work; use it as an async context manager.

    Entering puts everything back as the store kept it: who waited or was being offered waits in
    the old order, running calls run on (their agents busy, with a heartbeat timeout to come back).

    Every call that changes something returns after its commit, or raises a RouterError with
    nothing changed (CentreClosed: unknown). Reads answer from memory and show committed state
    only; those that ask the store are `async`. If the store or the matcher fails, the error
    leaves the `async with` block: a restart recovers to the last commit.

    `zone` is where the days begin by which agents' contacts are counted. `capacity` is that of
    agents to whom none was assigned (one call beside a few chats unless given). `clock` gives
    microseconds since the Unix epoch, `identify` new contact ids; both only in simulations.
    """

    _tasks: anyio.abc.TaskGroup

    async def __aenter__(self) -> ContactCentre:
        self._ledger = await recovery.load(
            self._store,
            list(self._queues.values()),
            [*self._skills.values(), *self._directory.attributes()],
            self._capacity,
        )
        self._chat = await recovery.load_chat(self._store)
        self._last_number = await self._store.last_contact_number()
        self._dispatch = Dispatch(self._matcher, self._ledger, self._writer)
        queues = {queue.id: queue for queue in self._ledger.queues.values()}
        self._floor = Floor(Places(queues, self._ledger.predictor))
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        try:
            started_us = self._clock()
            self._ledger.day_us = last_midnight_us(started_us, self._zone)
            # Read before anything is written that would be counted twice.
            days = await recovery.days_of_queues(self._store, self._ledger, started_us)
            seen_us = await self._store.last_event_us() or started_us
            loaded = [contact.number for contact in self._ledger.live.changed]
            returned, waiting = await recovery.put_back(self._store, self._ledger, self._dispatch)
            self._floor.begin(self._ledger, returned)
            self._tasks.start_soon(self._writer.run)
            self._tasks.start_soon(self._dispatch.run)
            self._tasks.start_soon(self._keep_places)
            taken_back = recovery.take_back(self._ledger, started_us, min(seen_us, started_us))
            await self._dispatch.write(taken_back)
            for answer in waiting:
                await answer.wait()
            self._returning = await recovery.restore(
                self._ledger,
                self._dispatch,
                loaded,
                days,
                self._clock,
                heartbeat_timeout_us=self._heartbeat_timeout_us,
            )
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        self._tasks.start_soon(self._keep_days, started_us)
        self._tasks.start_soon(self._keep_hours)
        self._tasks.start_soon(self._keep_staffed)
        self._moved.set()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        self._tasks.cancel_scope.cancel()
        try:
            return await self._tasks.__aexit__(kind, error, traceback)
        finally:
            self._publisher.close()
            self._matcher.close()

    async def _keep_days(self, now_us: int) -> None:
        """Tell the matcher of each midnight from now on."""
        while True:
            midnight_us = next_midnight_us(now_us, self._zone)
            until_s = max(0.0, (midnight_us - self._clock()) / 1e6)
            await anyio.sleep(min(until_s, CLOCK_PERIOD_S))
            now_us = self._clock()
            if now_us >= midnight_us:
                self._ledger.day_us = last_midnight_us(now_us, self._zone)
                try:
                    self._dispatch.send(c.DayStarted())
                except Busy:
                    _log.warning("too busy for a new day: contacts are counted on")

    @property
    def draining(self) -> bool:
        """Whether new contacts are refused."""
        return self._draining

    def drain(self) -> None:
        """Take no more contacts (`enqueue` raises Draining); everything else goes on."""
        self._draining = True
