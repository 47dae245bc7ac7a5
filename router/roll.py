"""Who is here: the live contacts, by number and by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, KeysView, Sequence, ValuesView
from operator import itemgetter

from router.model import Contact, ContactState
from router.store import Row, WaitingRow, read_contact, read_demand

_number, _id, _demand, _document = (
    itemgetter(WaitingRow._fields.index(name)) for name in ("number", "id", "demand", "document")
)


class Roll:
    """Contacts that have not ended.

    Those that waited before a restart stay documents of the store until somebody asks for them:
    making a million contacts would keep a server that comes back busy for longer than all the rest.
    """

    def __init__(self) -> None:
        self._contacts: dict[int, Contact] = {}
        self._documents: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._counts: Counter[tuple[str, ContactState]] = Counter()

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Waiting contacts, each in the order of WaitingRow's fields."""
        numbers = list(map(_number, rows))
        self._documents.update(zip(numbers, map(_document, rows), strict=True))
        self._numbers.update(zip(map(_id, rows), numbers, strict=True))
        for demand, count in Counter(map(_demand, rows)).items():
            self._counts[read_demand(demand).queue, "waiting"] += count

    def copy(self) -> Roll:
        """The same contacts, to be kept apart from now on."""
        other = Roll()
        other._contacts = self._contacts.copy()
        other._documents = self._documents.copy()
        other._numbers = self._numbers.copy()
        other._counts = self._counts.copy()
        return other

    def put(self, contact: Contact) -> None:
        """Keep this version of a live contact."""
        self._forget(contact.number)
        self._contacts[contact.number] = contact
        self._numbers[contact.id] = contact.number
        self._counts[contact.queue, contact.state] += 1

    def remove(self, contact: Contact) -> None:
        """It has ended; nothing happens if it isn't here."""
        self._forget(contact.number)
        self._contacts.pop(contact.number, None)
        self._numbers.pop(contact.id, None)

    def _forget(self, number: int) -> None:
        if (before := self.get(number)) is not None:
            self._counts[before.queue, before.state] -= 1
            self._documents.pop(number, None)

    def get(self, number: int) -> Contact | None:
        contact = self._contacts.get(number)
        if contact is None and (document := self._documents.get(number)) is not None:
            return read_contact(document)
        return contact

    def find(self, contact_id: str) -> Contact | None:
        number = self._numbers.get(contact_id)
        return None if number is None else self.get(number)

    def count(self, queue_id: str, state: ContactState) -> int:
        """How many there are in a queue and state."""
        return self._counts[queue_id, state]

    def untouched(self) -> Iterator[str]:
        """The ids of those that are documents of the store still."""
        return (id for id, number in self._numbers.items() if number in self._documents)

    def __getitem__(self, number: int) -> Contact:
        contact = self.get(number)
        if contact is None:
            raise KeyError(number)
        return contact

    def __len__(self) -> int:
        return len(self._contacts) + len(self._documents)

    def __iter__(self) -> Iterator[Contact]:
        """All, as they are now, in the order of their numbers."""
        for number in sorted([*self._documents, *self._contacts]):
            if (contact := self.get(number)) is not None:
                yield contact

    @property
    def documents(self) -> KeysView[int]:
        """The numbers of those that are documents of the store still."""
        return self._documents.keys()

    @property
    def changed(self) -> ValuesView[Contact]:
        """Those that are no longer documents: who came, was offered or changed since the start;
        after loading, those who were with an agent."""
        return self._contacts.values()
