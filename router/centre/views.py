"""What supervisors, pages and integrators look at: queues, the board, the event log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import anyio.lowlevel
import msgspec

from router.centre.core import Core
from router.directory import Issue
from router.errors import Invalid, UnknownQueue
from router.figures import Board, QueueFigures, QueueStatus
from router.journal import Names
from router.model import LIVE_STATES, Contact, Event, Skill
from router.store import Entry
from router.subscription import Subscription

# Waits are foretold anew at most once in this time, ...
PLACES_PERIOD_S = 0.05
# ... and less often where that would take more than a third of the time, which is also what who
# returns after a restart gets until all have their places.
PLACES_REST = 2
# The event names that belong to other rooms, and may be added to the log by them.
FOREIGN_EVENTS = ("recording.", "call.", "media.", "callback.")


class Views(Core):
    def queues(self) -> list[QueueStatus]:
        """Every configured queue now."""
        figures = {queue.queue: queue for queue in self._matcher.queue_figures()}
        return [self._status(queue_id, figures) for queue_id in self._queues]

    def queue(self, queue_id: str) -> QueueStatus:
        """One configured queue now. Raises UnknownQueue."""
        if queue_id not in self._queues:
            raise UnknownQueue(f"there is no queue {queue_id!r}", field="queue")
        return next(queue for queue in self.queues() if queue.id == queue_id)

    def names(self) -> Names:
        """What the numbers that the matcher is told mean."""
        skills = {number: skill for skill, number in self._ledger.skill_numbers.items()}
        return Names(dict(self._ledger.queues), skills)

    def skills(self) -> list[Skill]:
        """Every configured skill."""
        return list(self._skills.values())

    def issues(self, queue_id: str) -> list[Issue]:
        """What contacts of a queue may be about, more exactly."""
        return [one for one in self._directory.issues.values() if one.queue == queue_id]

    def board(self) -> Board:
        """The whole floor now: queues and agents. Costs the same however many wait."""
        ids = {number: agent.id for number, agent in self._ledger.agents.items()}
        return Board(
            at_us=self._clock(),
            queues=self.queues(),
            agents=self._floor.agents(),
            figures={ids[one.agent]: one for one in self._matcher.agent_figures()},
        )

    def in_sight(self, most: int) -> list[Contact]:
        """The contacts that an agent has or is offered, then of each queue the `most` that are
        served next. Costs the same however many wait."""
        return [
            *self._floor.with_agents(),
            *(one for queue_id in self._queues for one in self._floor.in_line(queue_id, most)),
        ]

    def _status(self, queue_id: str, figures: Mapping[int, QueueFigures]) -> QueueStatus:
        settings = self._queues[queue_id]
        number = self._ledger.queue_numbers[queue_id]
        now = figures.get(number) or QueueFigures(queue=number)
        # The matcher counts an arrival before it is committed.
        contacts = {state: self._floor.count(queue_id, state) for state in LIVE_STATES}
        waiting = contacts["waiting"]
        newcomer = self._floor.places.newcomer(queue_id)
        opening = self._opening(queue_id)
        return QueueStatus(
            id=queue_id,
            name=settings.name,
            consent_required=settings.consent_required,
            contacts=contacts,
            waiting=waiting,
            offered=now.offered,
            longest_wait_s=now.longest_wait_s(self._clock()) if waiting else 0.0,
            ready=now.ready,
            staffed=now.staffed,
            estimated_wait_s=newcomer.wait_s,
            estimated_wait_p90_s=newcomer.wait_p90_s,
            is_open=opening.is_open,
            changes_us=opening.changes_us,
            recent=now.recent,
            day=now.day,
        )

    def subscribe(self) -> Subscription:
        """Everything that happens from now on, committed and in the log's order; positions too.

        Use it as `with centre.subscribe() as events: async for event in events: ...`; when an
        event arrives, `contact()` and `agent()` show at least what it says. Raises Busy above
        SUBSCRIPTIONS_BOUND subscribers.
        """
        return self._publisher.subscribe()

    async def events(self, after: int = 0, limit: int = 100) -> list[Event]:
        """The log after `seq` = `after`, from the store; at most 1,000 at once."""
        return await self._store.events(after, limit)

    async def contact_events(self, contact_id: str) -> list[Event]:
        """What happened to one contact, chat aside, from the store; the first 1,000."""
        return await self._store.contact_events(contact_id)

    async def append_event(
        self,
        type: str,
        *,
        contact_id: str | None = None,
        agent_id: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Add another room's event to the one log, e.g. "recording.started"; return when it is
        stored. Raises Invalid unless the name starts with one of FOREIGN_EVENTS; Busy."""
        if not type.startswith(FOREIGN_EVENTS):
            raise Invalid(f"event {type!r} doesn't begin with one of {FOREIGN_EVENTS}")
        try:
            msgspec.json.encode(data)
        except (TypeError, ValueError) as error:
            raise Invalid(f"the data of {type} is no JSON: {error}", field="data") from None
        self._writer.check_room()
        event = self._event(type, contact=contact_id, agent=agent_id, **(data or {}))
        await self._dispatch.write(Entry(events=[event]))

    async def _keep_places(self) -> None:
        """Foretell waits and push them, with positions, whenever they may have changed."""
        began_s = anyio.current_time()
        for _ in self._floor.place_returned():
            await anyio.sleep(PLACES_REST * (anyio.current_time() - began_s))
            began_s = anyio.current_time()
        while True:
            await self._moved.wait()
            self._moved = anyio.Event()
            began_s = anyio.current_time()
            at_us = self._clock()
            self._floor.places.refresh(at_us)
            for contact in self._floor.news():
                data = {
                    "position": contact.position,
                    "estimated_wait_s": contact.estimated_wait_s,
                    "estimated_wait_p90_s": contact.estimated_wait_p90_s,
                }
                self._publisher.publish(
                    Event(at_us=at_us, type="contact.position", contact=contact.id, data=data)
                )
            if self._floor.places.more_news:
                self._moved.set()
            took_s = anyio.current_time() - began_s
            await anyio.sleep(max(PLACES_PERIOD_S, PLACES_REST * took_s))
