"""Running calls: who is in which room with which sessions, held or not, recorded or not.

A call begins when an agent accepts a contact that has a room, and ends with the contact, or when
the contact goes back to its queue. Its room in the media engine has the contact's number.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import anyio

from control_api.problems import Problem
from control_api.recording_policy import RecordingDesk
from mediacore.commands import Publish, Source, Subscribe
from mediacore.engine import MediaEngine
from mediacore.errors import EngineClosed, MediaBusy, MediaError, MediaRefused
from mediacore.events import (
    MediaEvent,
    SessionClosed,
    SessionConnected,
    SessionDisconnected,
    Track,
    TrackAdded,
    TrackChanged,
    TrackRemoved,
)
from mediacore.session import MediaSession
from router.centre import ContactCentre
from router.errors import RouterError
from router.model import Contact

ParticipantRole = Literal["visitor", "agent", "supervisor"]

PAGE = "page"
"""The key of the session that a page holds; WHIP and WHEP sessions have keys of their own."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Who:
    """A person in a call. Two visits of the same person are equal."""

    role: ParticipantRole
    subject: str
    name: str = field(compare=False)


@dataclass(slots=True, eq=False)
class Participant:
    """A person in a call and that person's sessions, by key; `connected` holds session numbers."""

    number: int
    who: Who
    sessions: dict[str, MediaSession] = field(default_factory=dict)
    connected: set[int] = field(default_factory=set)

    @property
    def present(self) -> bool:
        """Media is connected at this moment."""
        return bool(self.connected)


@dataclass(slots=True, eq=False)
class Call:
    """One call. `started_us`: when both had media for the first time, once they had."""

    contact: str
    room: int
    agent: str
    held: bool = False
    ended: bool = False
    started_us: int | None = None
    consulted: bool = False
    people: dict[Who, Participant] = field(default_factory=dict)

    def participant(self, number: int) -> Participant | None:
        return next((one for one in self.people.values() if one.number == number), None)

    def talkers(self) -> Iterator[Participant]:
        """Visitor and agent, as far as they have come; not who only watches."""
        return (one for one in self.people.values() if one.who.role != "supervisor")

    def watchers(self) -> Iterator[Participant]:
        return (one for one in self.people.values() if one.who.role == "supervisor")

    @property
    def both_present(self) -> bool:
        """Visitor and agent; in a consultation the agent and the colleague."""
        present = [one.who for one in self.talkers() if one.present]
        if self.consulted:
            return len(present) > 1
        return {who.role for who in present} == {"visitor", "agent"}


class Audience(Protocol):
    """Who is told when a call changes."""

    def call_changed(self, call: Call) -> None:
        """Somebody came or went, hold changed, or the call ended."""

    def tracks_changed(self, call: Call) -> None:
        """A track came or went, or was muted."""


class Calls:
    """The calls of this server. `follow` and `follow_media` are fed from one task each."""

    def __init__(
        self, centre: ContactCentre, engine: MediaEngine, recordings: RecordingDesk
    ) -> None:
        self._centre = centre
        self._engine = engine
        self._recordings = recordings
        self._calls: dict[str, Call] = {}
        self._by_room: dict[int, Call] = {}
        self._by_session: dict[int, tuple[Call, Participant]] = {}
        self._numbers = itertools.count(1)
        # Rooms open and close one after the other: an agent's page may ask for its room before
        # the news of its own acceptance has come round.
        self._rooms = anyio.Lock()
        # Contacts whose call closes and whose recording isn't handed over yet.
        self._ending = 0
        self._none = anyio.Event()
        self._audience: Audience | None = None

    def tell(self, audience: Audience) -> None:
        """From now on `audience` hears of changes."""
        self._audience = audience

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls.values()))

    def get(self, contact_id: str) -> Call | None:
        return self._calls.get(contact_id)

    # -- following the contacts ------------------------------------------------------------------

    async def resume(self, contacts: Iterable[Contact]) -> None:
        """After a restart: rooms for the calls that go on."""
        for contact in contacts:
            if contact.state in ("accepted", "connected"):
                await self._open(contact)

    async def follow(self, contact: Contact, event_type: str) -> None:
        """One committed event of the contact, whose state may be later than the event."""
        if event_type == "reservation.accepted":
            if contact.state in ("accepted", "connected"):
                await self._open(contact)
        elif event_type == "consent.changed":
            if contact.id in self._calls:
                await self._recordings.apply(contact)
        elif event_type == "contact.connected":
            call = self._calls.get(contact.id)
            if call is not None:
                call.started_us = contact.connected_us
                self._changed(call)
        elif event_type in ("contact.held", "contact.resumed"):
            await self.follow_hold(contact)
        elif event_type == "contact.requeued":
            await self._close(contact)
        elif event_type == "contact.transferred":
            # Whoever has it by now may have a room already.
            call = self._calls.get(contact.id)
            if call is None or call.agent == contact.agent:
                return
            if contact.state == "connected" and contact.agent is not None:
                await self._pass_on(call, contact.agent)
            else:
                await self._close(contact)
        elif event_type in ("contact.completed", "contact.abandoned"):
            self._ending += 1
            try:
                await self._close(contact)
                self._recordings.finish(contact)
            finally:
                self._ending -= 1
            self._tell_if_none()

    async def _open(self, contact: Contact) -> None:
        async with self._rooms:
            await self._open_room(contact)

    async def _open_room(self, contact: Contact) -> None:
        if not contact.has_room:
            return
        call = self._calls.get(contact.id)
        if contact.agent is None or (call is not None and call.agent == contact.agent):
            return
        if call is not None:
            await self._close_room(contact)
        await self._engine.open_room(contact.number)
        await self._recordings.apply(contact)
        call = Call(
            contact.id,
            contact.number,
            contact.agent,
            started_us=contact.connected_us,
            consulted=contact.about is not None,
        )
        if contact.held_since_us is not None:  # since before a restart
            await self._engine.set_hold(call.room, True)
            call.held = True
        self._calls[contact.id] = self._by_room[contact.number] = call
        self._changed(call)

    async def _pass_on(self, call: Call, agent_id: str) -> None:
        """The call goes on in its room with another agent."""
        call.agent = agent_id
        if call.held:
            await self._engine.set_hold(call.room, False)
            call.held = False
        await self._show_out(call)

    async def _show_out(self, call: Call) -> None:
        """Who has no business in the call any more leaves it."""
        contact = self._centre.contact(call.contact)
        for who, participant in list(call.people.items()):
            if who.role == "agent" and not self.admits(contact, who.subject):
                for key in list(participant.sessions):
                    await self._leave(participant, key)
                call.people.pop(who, None)
        self._changed(call)

    def admits(self, contact: Contact, agent_id: str) -> bool:
        """Whether an agent may be in the contact's call: its own; in a consultation also who asks;
        in a conference also who was asked."""
        if contact.agent == agent_id:
            return True
        if contact.about is not None:
            return self._centre.asker(contact) == agent_id
        if contact.consult is None:
            return False
        consult = self._centre.contact(contact.consult)
        return consult.conference and consult.agent == agent_id

    async def _close(self, contact: Contact) -> None:
        async with self._rooms:
            await self._close_room(contact)

    async def _close_room(self, contact: Contact) -> None:
        call = self._calls.pop(contact.id, None)
        if call is None:
            return
        call.ended = True
        host = self._calls.get(contact.about or "")
        self._by_room.pop(call.room, None)
        for participant in call.people.values():
            for session in participant.sessions.values():
                self._by_session.pop(session.id, None)
        await self._recordings.pause(contact)
        try:
            await self._engine.close_room(call.room)
        except MediaError as error:
            _log.error("room of contact %s could not be closed: %s", contact.id, error)
        self._changed(call)
        if host is not None:
            await self._show_out(host)
        self._tell_if_none()

    def _tell_if_none(self) -> None:
        if not self._calls and not self._ending:
            self._none.set()
            self._none = anyio.Event()

    async def wait_until_none(self) -> None:
        """Return when no call runs, and the recording of each that did is in the making."""
        while self._calls or self._ending:
            await self._none.wait()

    # -- following the media ---------------------------------------------------------------------

    async def follow_media(self, event: MediaEvent) -> None:
        """One event of the media engine."""
        match event:
            case SessionConnected(session=number):
                await self._set_connected(number, True)
            case SessionDisconnected(session=number):
                await self._set_connected(number, False)
            case SessionClosed(session=number):
                self._forget(number)
            case TrackAdded(room=room) | TrackRemoved(room=room):
                self._tracks_changed(room)
            case TrackChanged(track=track):
                for call in self:
                    if any(one.id == track for one in self._engine.tracks(call.room)):
                        self._tracks_changed(call.room)
            case _:
                pass

    async def _set_connected(self, number: int, connected: bool) -> None:
        call, participant = self._by_session.get(number, (None, None))
        if call is None or participant is None:
            return
        if connected:
            participant.connected.add(number)
        else:
            participant.connected.discard(number)
        self._changed(call)
        if call.both_present and call.started_us is None:
            try:
                await self._centre.connected(call.contact)
            except RouterError as error:
                # It ended, or was connected, while this was on its way.
                _log.debug("contact %s was not connected: %s", call.contact, error.code)

    def _forget(self, number: int) -> None:
        call, participant = self._by_session.pop(number, (None, None))
        if call is None or participant is None:
            return
        participant.connected.discard(number)
        for key, session in list(participant.sessions.items()):
            if session.id == number:
                del participant.sessions[key]
        if not participant.sessions and participant.who.role == "supervisor":
            del call.people[participant.who]
        self._changed(call)

    # -- what the people in it do ----------------------------------------------------------------

    async def join(
        self,
        contact_id: str,
        who: Who,
        *,
        key: str = PAGE,
        publish: bool = True,
        subscribe: bool = True,
    ) -> Call:
        """A fresh session for `who` in the contact's call, in place of the one with that key.

        A supervisor is hidden and sends nothing. Raises Problem: wrong_state, not_permitted.
        """
        call = await self._find(contact_id)
        watching = who.role == "supervisor"
        contact = self._centre.contact(contact_id)
        admitted = self.admits(contact, who.subject)
        if who.role == "agent" and not admitted:
            raise Problem("not_permitted", f"contact {contact_id} is with another agent")
        participant = call.people.get(who)
        if participant is None:
            participant = call.people[who] = Participant(next(self._numbers), who)
        await self._leave(participant, key)
        session = await self._engine.join(
            call.room,
            participant.number,
            f"{who.role}/{who.name or who.subject}",
            publish=publish and not watching,
            withheld=("camera",) if contact.channel == "voice" else (),
            subscribe=subscribe,
            hidden=watching,
        )
        if call.ended:
            raise Problem("wrong_state", f"the call of contact {contact_id} has just ended")
        participant.sessions[key] = session
        self._by_session[session.id] = (call, participant)
        self._changed(call)
        return call

    async def offer(
        self,
        contact_id: str,
        who: Who,
        sdp: str,
        publish: Sequence[Publish] = (),
        subscribe: Sequence[Subscribe] = (),
        *,
        key: str = PAGE,
        auto: bool = False,
    ) -> str:
        """The answer to an offer on the session that `join` made.

        Raises Problem(wrong_state) without one, and MediaRefused.
        """
        session = self._session(contact_id, who, key)
        return await session.offer(sdp, publish, subscribe, auto=auto)

    async def mute(self, contact_id: str, who: Who, source: Source, muted: bool) -> None:
        """Stop forwarding, or forward again, what `who` sends as `source`."""
        await self._session(contact_id, who, PAGE).set_muted(source, muted)

    async def leave(self, contact_id: str, who: Who, *, key: str = PAGE) -> None:
        """End a session; harmless when there is none."""
        call = self._calls.get(contact_id)
        participant = call.people.get(who) if call is not None else None
        if call is None or participant is None:
            return
        await self._leave(participant, key)
        if who.role == "supervisor" and not participant.sessions:
            call.people.pop(who, None)
        self._changed(call)

    async def hold(self, contact_id: str, held: bool) -> None:
        """While held, nothing is forwarded and nothing is captured; how long is kept with the
        contact. Raises Problem(wrong_state)."""
        call = await self._find(contact_id)
        await self._engine.set_hold(call.room, held)
        call.held = held
        await self._centre.set_hold(contact_id, held)
        self._changed(call)

    async def follow_hold(self, contact: Contact) -> None:
        """The room does what the contact says: a consultation begins and ends a hold."""
        async with self._rooms:
            call = self._calls.get(contact.id)
            held = self._centre.contact(contact.id).held_since_us is not None
            if call is None or call.held == held:
                return
            await self._engine.set_hold(call.room, held)
            call.held = held
        self._changed(call)

    def tracks_for(self, call: Call, who: Who) -> list[Track]:
        """What `who` may subscribe to: everything the others send."""
        own = call.people.get(who)
        number = own.number if own is not None else None
        return [one for one in self._engine.tracks(call.room) if one.participant != number]

    def is_present(self, contact_id: str, who: Who) -> bool:
        """Whether `who` has a session in the call at all, through whatever door."""
        call = self._calls.get(contact_id)
        participant = call.people.get(who) if call is not None else None
        return participant is not None and bool(participant.sessions)

    def holds(self, contact_id: str, who: Who, key: str) -> bool:
        """Whether `who` has the session with that key."""
        call = self._calls.get(contact_id)
        participant = call.people.get(who) if call is not None else None
        return participant is not None and key in participant.sessions

    # --------------------------------------------------------------------------------------------

    async def _find(self, contact_id: str) -> Call:
        """The contact's call. Raises UnknownContact, Problem(wrong_state)."""
        contact = self._centre.contact(contact_id)
        if contact.state in ("accepted", "connected"):
            await self._open(contact)
        call = self._calls.get(contact_id)
        if not contact.has_room:
            what = f"contact {contact_id} has no media, by the channel {contact.channel}"
            raise Problem("wrong_state", what)
        if call is None:
            raise Problem("wrong_state", f"contact {contact_id} is in no call")
        return call

    def _session(self, contact_id: str, who: Who, key: str) -> MediaSession:
        call = self._calls.get(contact_id)
        participant = call.people.get(who) if call is not None else None
        session = participant.sessions.get(key) if participant is not None else None
        if session is None:
            raise Problem("wrong_state", "there is no media session; join first")
        return session

    async def _leave(self, participant: Participant, key: str) -> None:
        session = participant.sessions.pop(key, None)
        if session is None:
            return
        self._by_session.pop(session.id, None)
        participant.connected.discard(session.id)
        try:
            await session.leave()
        except (MediaRefused, MediaBusy, EngineClosed) as error:
            _log.warning("session %d could not be left: %s", session.id, error)

    def _changed(self, call: Call) -> None:
        if self._audience is not None:
            self._audience.call_changed(call)

    def _tracks_changed(self, room: int) -> None:
        call = self._by_room.get(room)
        if call is not None and self._audience is not None:
            self._audience.tracks_changed(call)
