"""Text chat: per contact, in one order, each message once however often its sender repeats it."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.errors import ChatFull
from router.model import (
    CHAT_TEXT_BOUND,
    CLIENT_ID_BOUND,
    ChatMessage,
    Contact,
    Event,
    Sender,
)
from router.store import Answer, Entry
from router.text import check_text

MESSAGES_PER_CONTACT_BOUND = 1_000

_Key = tuple[str, str, str]


@dataclass(slots=True)
class _Conversation:
    count: int = 0
    sent: dict[_Key, tuple[ChatMessage, Answer]] = field(default_factory=dict)


class Chat:
    """The messages of live contacts, as far as needed to number them and to recognise repeats."""

    def __init__(self) -> None:
        self._conversations: dict[str, _Conversation] = {}

    def restore(self, messages: list[ChatMessage]) -> None:
        """Take over the messages of the live contacts from before a restart."""
        for message in messages:
            answer = Answer()
            answer.settle()
            self._keep(message, answer)

    def sent(
        self, contact_id: str, sender: Sender, client_id: str
    ) -> tuple[ChatMessage, Answer] | None:
        """The message this sender sent under this `client_id`, if any, and its commit."""
        conversation = self._conversations.get(contact_id)
        return conversation.sent.get(_key(sender, client_id)) if conversation else None

    def say(
        self, contact: Contact, sender: Sender, text: str, client_id: str, at_us: int
    ) -> tuple[ChatMessage, Entry]:
        """A new message and what to write, for a checked text. Raises ChatFull."""
        conversation = self._conversations.get(contact.id)
        count = conversation.count if conversation else 0
        if count >= MESSAGES_PER_CONTACT_BOUND:
            raise ChatFull(f"contact {contact.id} has {count} messages, which is the limit")
        message = ChatMessage(
            contact=contact.id,
            seq=count + 1,
            at_us=at_us,
            sender=sender,
            text=text,
            client_id=client_id,
        )
        event = Event(
            at_us=at_us,
            type="chat.message",
            contact=contact.id,
            agent=sender.id if sender.role == "agent" else None,
            data={
                "seq": message.seq,
                "role": sender.role,
                "sender": sender.id,
                "name": sender.name,
                "text": text,
                "client_id": client_id,
            },
        )
        answer = Answer()
        self._keep(message, answer)
        return message, Entry(messages=[message], events=[event], answer=answer)

    def forget(self, contact_id: str) -> None:
        """The contact has ended and its messages are committed."""
        self._conversations.pop(contact_id, None)

    def _keep(self, message: ChatMessage, answer: Answer) -> None:
        conversation = self._conversations.setdefault(message.contact, _Conversation())
        conversation.count = message.seq
        conversation.sent[_key(message.sender, message.client_id)] = (message, answer)


def check_message(text: str, client_id: str) -> None:
    """Raises Invalid unless both are within their bounds."""
    check_text(text, "text", shortest=1, longest=CHAT_TEXT_BOUND)
    check_text(client_id, "client_id", shortest=1, longest=CLIENT_ID_BOUND)


def _key(sender: Sender, client_id: str) -> _Key:
    return sender.role, sender.id, client_id
