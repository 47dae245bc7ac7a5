"""News for pages: what happened in the contact centre and in calls, to whom it concerns.

Views are always of the present, so a page that gets two of them in a row is never led back.
"""

from __future__ import annotations

import anyio

from control_api.board import NEXT_IN_LINE, BoardView, board_view
from control_api.calls import Call, Calls, Who
from control_api.moments import moment
from control_api.recording_policy import RecordingDesk
from control_api.views import MessageView, Views, track_views
from control_api.ws import messages
from control_api.ws.hub import Hub
from router.centre import ContactCentre
from router.errors import RouterError
from router.model import Contact, Event

BOARD_PERIOD_S = 1.0
"""The board is sent at most this often."""

BOARD_SETTLE_S = 0.15
"""And this long after a change: the matcher's figures are up to 0.1 s old."""

# What a reservation's event has told the pages already.
_TOLD = ("contact.offered", "agent.rona")

_OUTCOMES = ("accepted", "rejected", "timed_out", "rescinded")


class Feed:
    def __init__(
        self,
        hub: Hub,
        centre: ContactCentre,
        calls: Calls,
        views: Views,
        recordings: RecordingDesk,
        offer_timeouts_s: dict[str, float],
    ) -> None:
        self._hub = hub
        self._centre = centre
        self._calls = calls
        self._views = views
        self._offer_timeouts_s = offer_timeouts_s
        self._board_changed = anyio.Event()
        calls.tell(self)
        recordings.tell(self.recording_changed)

    # -- from the contact centre -----------------------------------------------------------------

    def follow(self, event: Event) -> None:
        """Tell everybody whom this committed event concerns."""
        self._board_changed.set()
        if event.type in _TOLD:
            return
        if event.type == "chat.message":
            self._chat_message(event)
            return
        if event.type.startswith("reservation."):
            self._reservation(event)
        if event.type.startswith(("agent.", "reservation.", "contact.")):
            # A contact comes into an agent's hands, or leaves them, in any of these.
            self._agent_changed(event.agent)
            self._agent_changed(event.data.get("to"))
        if event.type.startswith(("contact.", "callback.", "consent.", "reservation.")):
            self._contact_changed(event.contact)
        if event.type == "contact.conferred" and (contact := self._find(event.contact)) is not None:
            self._contact_changed(contact.consult)

    def _contact_changed(self, contact_id: str | None) -> None:
        contact = self._find(contact_id)
        if contact is None:
            return
        if contact.about is not None:
            self._contact_changed(contact.about)  # who asks sees how the consultation stands
        if (page := self._hub.visitor(contact.id)) is not None:
            view = self._views.contact(contact, staff=False)
            page.show(messages.ContactUpdated(contact=view))
        staff = [page for page in self._hub.supervisors() if page.watching == contact.id]
        if (page := self._hub.agent(contact.agent)) is not None:
            staff.append(page)
        if staff:
            view = self._views.contact(contact, staff=True)
            for page in staff:
                page.show(messages.ContactUpdated(contact=view))

    def _agent_changed(self, agent_id: str | None) -> None:
        page = self._hub.agent(agent_id)
        if page is not None and agent_id is not None:
            page.show(messages.AgentUpdated(agent=self._views.agent(self._centre.agent(agent_id))))

    def _reservation(self, event: Event) -> None:
        page = self._hub.agent(event.agent)
        if page is None or event.contact is None:
            return
        epoch: int = event.data["epoch"]
        outcome = event.type.removeprefix("reservation.")
        if outcome in _OUTCOMES:
            ended = messages.ReservationEnded(
                contact_id=event.contact,
                epoch=epoch,
                outcome=outcome,  # type: ignore[arg-type]  # checked in the line above
            )
            page.send(ended)
        elif (contact := self._find(event.contact)) is not None and contact.epoch == epoch:
            offer = self.offer(contact)
            if offer is not None:
                page.send(offer)

    def offer(self, contact: Contact) -> messages.ReservationCreated | None:
        """The offer that rings for this contact, if one does."""
        if contact.state != "offered" or contact.epoch is None or contact.offer_expires_us is None:
            return None
        return messages.ReservationCreated(
            contact=self._views.contact(contact, staff=True),
            epoch=contact.epoch,
            expires_at=moment(contact.offer_expires_us),
            offer_timeout_s=self._offer_timeouts_s.get(contact.queue, 0.0),
        )

    def _chat_message(self, event: Event) -> None:
        contact = self._find(event.contact)
        if contact is None:
            return
        message = messages.ChatMessage(
            contact_id=contact.id,
            message=MessageView(
                seq=event.data["seq"],
                role=event.data["role"],
                sender=event.data["sender"],
                name=event.data["name"],
                text=event.data["text"],
                at=moment(event.at_us),
                client_id=event.data["client_id"],
            ),
        )
        self._to_everybody_in(contact, message)

    # -- from the calls --------------------------------------------------------------------------

    def call_changed(self, call: Call) -> None:
        """Somebody came or went, hold changed, or the call ended."""
        self._board_changed.set()
        contact = self._find(call.contact)
        if contact is None:
            return
        if call.ended:
            # First what became of the contact, so that a page can tell an end from a return to
            # the queue.
            self._contact_changed(contact.id)
        self._to_everybody_in(contact, messages.CallUpdated(call=self._views.call(call)), call)

    def tracks_changed(self, call: Call) -> None:
        """A track came or went, or was muted."""
        for who, participant in call.people.items():
            if participant.sessions and (page := self._hub.page(who)) is not None:
                page.send(self.tracks(call, who))

    def tracks(self, call: Call, who: Who) -> messages.MediaTracks:
        """What the others in the call send at this moment."""
        tracks = track_views(call, self._calls.tracks_for(call, who))
        return messages.MediaTracks(contact_id=call.contact, tracks=tracks)

    def recording_changed(self, contact_id: str) -> None:
        """The contact's recording began, ended, or is ready."""
        self._contact_changed(contact_id)
        call = self._calls.get(contact_id)
        if call is not None:
            self.call_changed(call)

    # -- the board -------------------------------------------------------------------------------

    def board(self) -> BoardView:
        """The board of this moment."""
        contacts = self._centre.in_sight(NEXT_IN_LINE)
        return board_view(self._views, self._centre.board(), contacts, self._calls)

    def board_updated(self) -> messages.BoardUpdated:
        """The same for a page."""
        view = self.board()
        return messages.BoardUpdated(
            queues=view.queues, agents=view.agents, contacts=view.contacts, calls=view.calls
        )

    async def keep_boards(self) -> None:
        """Send the board to who wants it, after changes."""
        while True:
            await self._board_changed.wait()
            self._board_changed = anyio.Event()
            await anyio.sleep(BOARD_SETTLE_S)
            pages = [page for page in self._hub.supervisors() if page.board]
            if pages:
                board = self.board_updated()
                for page in pages:
                    page.send(board)
            await anyio.sleep(BOARD_PERIOD_S - BOARD_SETTLE_S)

    # --------------------------------------------------------------------------------------------

    def _to_everybody_in(
        self, contact: Contact, message: messages.ServerMessage, call: Call | None = None
    ) -> None:
        agents = {contact.agent, call.agent if call is not None else None}
        agents.add(self._centre.asker(contact))
        if call is not None:
            agents |= {who.subject for who in call.people if who.role == "agent"}
        pages = [self._hub.visitor(contact.id), *map(self._hub.agent, agents)]
        pages += [page for page in self._hub.supervisors() if page.watching == contact.id]
        for page in pages:
            if page is not None and isinstance(message, messages.CallUpdated):
                page.show(message)
            elif page is not None:
                page.send(message)

    def _find(self, contact_id: str | None) -> Contact | None:
        if contact_id is None:
            return None
        try:
            return self._centre.contact(contact_id)
        except RouterError:
            return None
