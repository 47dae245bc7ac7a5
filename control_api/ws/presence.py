"""Visitors who are gone: each has a grace period to come back, then the contact ends."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import anyio
import anyio.abc

from control_api import limits
from control_api.calls import Calls, Who
from router.centre import ContactCentre
from router.errors import RouterError
from router.model import Contact

RECHECK_S = 5.0
"""At least so long between two looks at a visitor without a page but with media."""

_log = logging.getLogger(__name__)


class Presence:
    """`tasks` carries one timer for each absent visitor."""

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
        self._tasks = tasks
        self._grace_s = grace_s
        self._callback_grace_s = callback_grace_s
        self._timers: dict[str, anyio.CancelScope] = {}

    @property
    def absent(self) -> int:
        """Visitors who are waited for."""
        return len(self._timers)

    def expect(self, contacts: Iterable[Contact]) -> None:
        """These contacts' visitors have not shown up yet: new ones, and all after a restart. Who is
        called back need not, before an agent has accepted, and then has time to open the link."""
        for contact in contacts:
            if contact.kind == "consult":
                continue  # a colleague asks, and no visitor
            if contact.kind != "callback":
                self._start(contact.id, max(self._grace_s, limits.ARRIVAL_GRACE_S))
            elif contact.state in ("accepted", "connected"):
                self._start(contact.id, self._callback_grace_s)

    def gone(self, contact_id: str) -> None:
        """The visitor's page is gone."""
        try:
            contact = self._centre.contact(contact_id)
        except RouterError:
            return
        if contact.kind != "callback" or contact.state in ("accepted", "connected"):
            self._start(contact_id, self._grace_s)

    def back(self, contact_id: str) -> None:
        """The visitor's page is here, or the contact has ended: nothing to wait for."""
        timer = self._timers.pop(contact_id, None)
        if timer is not None:
            timer.cancel()

    def _start(self, contact_id: str, grace_s: float) -> None:
        self.back(contact_id)
        timer = self._timers[contact_id] = anyio.CancelScope()
        self._tasks.start_soon(self._wait, contact_id, grace_s, timer)

    async def _wait(self, contact_id: str, grace_s: float, timer: anyio.CancelScope) -> None:
        with timer:
            await anyio.sleep(grace_s)
            await self._end(contact_id)
        if self._timers.get(contact_id) is timer:
            del self._timers[contact_id]

    async def _end(self, contact_id: str) -> None:
        if self._calls.is_present(contact_id, Who("visitor", contact_id, "")):
            # Somebody who speaks through WHIP alone has no page and is here all the same.
            self._start(contact_id, max(self._grace_s, RECHECK_S))
            return
        try:
            await self._centre.leave(contact_id, by="visitor_gone")
        except RouterError as error:
            _log.debug("contact %s could not be left: %s", contact_id, error.code)
