"""Which calls are recorded, from when until when: the queue's policy and the visitor's consent.

`always` records from the moment the room opens, `consent` only while the consent is granted,
`off` never. The file is made after the contact has ended, beside everything else.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, Protocol

import anyio
import anyio.abc

from mediacore.errors import MediaError, NothingRecorded
from mediacore.recording import Recorder, Recording
from router.errors import RouterError
from router.model import Contact

Policy = Literal["always", "consent", "off"]
Status = Literal["off", "awaiting_consent", "on", "finalising", "ready", "failed"]

STATUSES_MAX: Final = 10_000
"""Ended contacts whose recording's status is at hand; older ones are asked of the disk."""


class AppendEvent(Protocol):
    """Adds an event to the contact centre's log."""

    async def __call__(self, type: str, *, contact_id: str, data: dict[str, Any]) -> None: ...


_log = logging.getLogger(__name__)


class RecordingDesk:
    """Applies the policy; `tasks` carries the work that goes on after a contact has ended."""

    def __init__(
        self,
        recorder: Recorder,
        policies: Mapping[str, Policy],
        tasks: anyio.abc.TaskGroup,
        append_event: AppendEvent,
    ) -> None:
        self._recorder = recorder
        self._append_event = append_event
        self._policies = policies
        self._tasks = tasks
        self._capturing: set[str] = set()
        self._begun: set[str] = set()
        self._finishing: set[str] = set()
        self._idle = anyio.Event()
        self._statuses: OrderedDict[str, Status] = OrderedDict()
        self._told: Callable[[str], None] | None = None
        self.finished_total = 0
        self.failed_total = 0

    def tell(self, told: Callable[[str], None]) -> None:
        """From now on `told` hears the id of each contact whose recording's status changes."""
        self._told = told

    def policy(self, queue_id: str) -> Policy:
        """What is recorded in this queue."""
        return self._policies.get(queue_id, "off")

    def status(self, contact: Contact) -> Status:
        """The contact's recording as far as it is known without asking the disk."""
        known = self._statuses.get(contact.id)
        if known is not None:
            return known
        if contact.live and self.policy(contact.queue) == "consent":
            return "awaiting_consent" if contact.consent == "required" else "off"
        return "off"

    async def find_status(self, contact: Contact) -> Status:
        """The same, of any contact there ever was."""
        if contact.live or contact.id in self._statuses:
            return self.status(contact)
        recording = await self._recorder.get(contact.id)
        if recording is None:
            return "off"
        return "on" if recording.state == "capturing" else recording.state

    async def find(self, contact: Contact) -> Recording | None:
        """The contact's recording, whatever its state."""
        return await self._recorder.get(contact.id)

    async def apply(self, contact: Contact) -> None:
        """The contact's room is open: capture it, or don't, as policy and consent say now."""
        # What agents say among themselves is nobody's recording.
        policy = "off" if contact.about is not None else self.policy(contact.queue)
        wanted = policy == "always" or (policy == "consent" and contact.consent == "granted")
        if not wanted:
            await self.pause(contact)
            return
        if contact.id in self._capturing:
            return
        metadata = {"queue": contact.queue, "arrived_us": contact.arrived_us}
        try:
            await self._recorder.start(contact.number, contact.id, metadata)
        except (MediaError, OSError) as error:
            _log.error("recording of contact %s could not start: %s", contact.id, error)
            self.failed_total += 1
            self._set(contact.id, "failed")
            await self._note("recording.failed", contact, {})
            return
        self._capturing.add(contact.id)
        self._begun.add(contact.id)
        self._set(contact.id, "on")
        await self._note("recording.started", contact, {})

    async def pause(self, contact: Contact) -> None:
        """Capture no more, for now or for good; harmless when nothing is being captured."""
        if contact.id not in self._capturing:
            return
        self._capturing.discard(contact.id)
        try:
            await self._recorder.stop(contact.number)
        except MediaError as error:
            _log.error("capture of contact %s did not stop cleanly: %s", contact.id, error)
        self._set(contact.id, None if contact.live else "finalising")
        await self._note("recording.stopped", contact, {})

    def finish(self, contact: Contact) -> None:
        """The contact has ended: make the file, in the background."""
        if contact.id in self._begun:
            self._begun.discard(contact.id)
            self._finishing.add(contact.id)
            self._set(contact.id, "finalising")
            self._tasks.start_soon(self._finish, contact)

    async def _finish(self, contact: Contact) -> None:
        status: Status = "failed"
        try:
            recording = await self._recorder.finish(contact.number)
            status = "ready"
            self.finished_total += 1
            data = {"duration_s": recording.duration_s, "size_bytes": recording.size_bytes}
            await self._note("recording.finished", contact, data)
        except NothingRecorded:
            status = "off"
        except (MediaError, OSError) as error:
            _log.error("recording of contact %s could not be made: %s", contact.id, error)
            self.failed_total += 1
            await self._note("recording.failed", contact, {})
        finally:
            self._finishing.discard(contact.id)
            self._set(contact.id, status)
            if not self._finishing:
                self._idle.set()
                self._idle = anyio.Event()

    async def wait_until_finished(self) -> None:
        """Return when every file in the making is made."""
        while self._finishing:
            await self._idle.wait()

    async def _note(self, event_type: str, contact: Contact, data: dict[str, Any]) -> None:
        try:
            await self._append_event(event_type, contact_id=contact.id, data=data)
        except RouterError as error:
            _log.error("%s of contact %s is not in the log: %s", event_type, contact.id, error)

    def _set(self, contact_id: str, status: Status | None) -> None:
        if status is None:
            self._statuses.pop(contact_id, None)
        else:
            self._statuses[contact_id] = status
            self._statuses.move_to_end(contact_id)
            if len(self._statuses) > STATUSES_MAX:
                self._statuses.popitem(last=False)
        if self._told is not None:
            self._told(contact_id)
