"""What is written in a call."""

from __future__ import annotations

from router.centre.core import Core
from router.chat import check_message
from router.errors import WrongState
from router.model import ChatMessage, Sender


class ChatCalls(Core):
    async def send_chat(
        self, contact_id: str, sender: Sender, text: str, client_id: str
    ) -> ChatMessage:
        """Add a message to a live contact; return when it is stored.

        The same `client_id` from the same sender gives the first message again, also after a
        restart or the contact's end. Raises UnknownContact, WrongState, Invalid, ChatFull, Busy.
        """
        check_message(text, client_id)
        if (sent := self._chat.sent(contact_id, sender, client_id)) is not None:
            message, answer = sent
            await answer.wait()
            return message
        try:
            contact = self._ledger.live_contact(contact_id)
        except WrongState:
            if (stored := await self._stored(contact_id, sender, client_id)) is not None:
                return stored
            raise
        if contact.phoned:
            raise WrongState(f"contact {contact_id} is phoned: nobody reads what is written")
        self._writer.check_room()
        message, entry = self._chat.say(contact, sender, text, client_id, self._clock())
        await self._dispatch.write(entry)
        return message

    async def _stored(self, contact_id: str, sender: Sender, client_id: str) -> ChatMessage | None:
        for message in await self._store.messages(contact_id):
            key = (message.sender.role, message.sender.id, message.client_id)
            if key == (sender.role, sender.id, client_id):
                return message
        return None

    async def messages(self, contact_id: str) -> list[ChatMessage]:
        """The stored messages of a contact, in order; empty if it has none or doesn't exist."""
        return await self._store.messages(contact_id)
