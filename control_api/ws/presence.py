"""Visitors who are gone: each has a grace period to come back, then the contact ends."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import islice

import anyio
import anyio.abc

from control_api import limits
from control_api.calls import Calls, Who
from router.centre import ContactCentre
from router.errors import Busy, RouterError
from router.model import Contact

RECHECK_S = 5.0
"""At least so long between two looks at a visitor without a page but with media."""

ENDING_BOUND = 256
"""Contacts that are ended side by side, so that they share commits and leave room for others."""

_log = logging.getLogger(__name__)


class Presence:
    """One task in `tasks` for all who are absent: after a restart there may be very many."""

    def __init__(
        self,
        centre: ContactCentre,
        calls: Calls,
        tasks: anyio.abc.TaskGroup,
        *,
        grace_s: float,
        callback_grace_s: float,
    ) -> None:
        self._centre = centre
        self._calls = calls
        self._grace_s = grace_s
        self._callback_grace_s = callback_grace_s
        # When the time of each is over, by the loop's clock.
        self._due_s: dict[str, float] = {}
        # The same in order; who has come back stays here until then.
        self._order: list[tuple[float, str]] = []
        self._sooner = anyio.Event()
        tasks.start_soon(self._keep)

    @property
    def absent(self) -> int:
        """Visitors who are waited for."""
        return len(self._due_s)

    def expect(self, contacts: Iterable[Contact]) -> None:
        """These contacts' visitors have not shown up yet: new ones, and all after a restart. Who is
        called back need not, before an agent has accepted, and then has time to open the link."""
        for contact in contacts:
            if contact.kind == "consult" or contact.phoned:
                continue  # nobody is to come: a colleague asks, or the agent phones
            if contact.kind != "callback":
                self.expect_visitors([contact.id])
            elif contact.state in ("accepted", "connected"):
                self._start(contact.id, self._callback_grace_s)

    def expect_visitors(self, contact_ids: Iterable[str]) -> None:
        """The visitors of these contacts, who hold the line, have not shown up yet."""
        for contact_id in contact_ids:
            self._start(contact_id, max(self._grace_s, limits.ARRIVAL_GRACE_S))

    def gone(self, contact_id: str) -> None:
        """The visitor's page is gone."""
        try:
            contact = self._centre.contact(contact_id)
        except RouterError:
            return
        if contact.phoned:
            return  # they only looked
        if contact.kind != "callback" or contact.state in ("accepted", "connected"):
            self._start(contact_id, self._grace_s)

    def back(self, contact_id: str) -> None:
        """The visitor's page is here, or the contact has ended: nothing to wait for."""
        self._due_s.pop(contact_id, None)

    def _start(self, contact_id: str, grace_s: float) -> None:
        due_s = self._due_s[contact_id] = anyio.current_time() + grace_s
        heappush(self._order, (due_s, contact_id))
        if self._order[0] == (due_s, contact_id):
            self._sooner.set()

    async def _keep(self) -> None:
        """End the contacts of those whose time is over."""
        while True:
            self._sooner = anyio.Event()
            due = list(islice(self._take_due(), ENDING_BOUND))
            async with anyio.create_task_group() as ending:
                for contact_id in due:
                    ending.start_soon(self._end, contact_id)
            if due:
                continue
            next_s = self._order[0][0] if self._order else anyio.current_time() + RECHECK_S
            with anyio.move_on_at(next_s):
                await self._sooner.wait()

    def _take_due(self) -> Iterator[str]:
        while self._order and self._order[0][0] <= anyio.current_time():
            due_s, contact_id = heappop(self._order)
            if self._due_s.get(contact_id) == due_s:  # else they came back, and may have gone again
                del self._due_s[contact_id]
                yield contact_id

    async def _end(self, contact_id: str) -> None:
        if self._calls.is_present(contact_id, Who("visitor", contact_id, "")):
            # Somebody who speaks through WHIP alone has no page and is here all the same.
            self._start(contact_id, max(self._grace_s, RECHECK_S))
            return
        try:
            await self._centre.leave(contact_id, by="visitor_gone")
        except Busy:
            self._start(contact_id, RECHECK_S)
        except RouterError as error:
            _log.debug("contact %s could not be left: %s", contact_id, error.code)
