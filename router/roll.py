"""Who is here: the live contacts, by number and by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, KeysView, Sequence, ValuesView
from operator import itemgetter

from router.model import Contact, ContactState
from router.store import Row, WaitingRow

_number, _id, _queue = (
    itemgetter(WaitingRow._fields.index(name)) for name in ("number", "id", "queue")
)


class Roll:
    """Contacts that have not ended.

    Those that waited before a restart stay rows of the store until somebody asks for them: making
    a million contacts would keep a server that comes back busy for longer than all the rest.
    """

    def __init__(self) -> None:
        self._contacts: dict[int, Contact] = {}
        self._rows: dict[int, Row] = {}
        self._numbers: dict[str, int] = {}

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Waiting contacts, each in the order of WaitingRow's fields."""
        numbers = list(map(_number, rows))
        self._rows.update(zip(numbers, rows, strict=True))
        self._numbers.update(zip(map(_id, rows), numbers, strict=True))

    def copy(self) -> Roll:
        """The same contacts, to be kept apart from now on."""
        other = Roll()
        other._contacts = self._contacts.copy()
        other._rows = self._rows.copy()
        other._numbers = self._numbers.copy()
        return other

    def put(self, contact: Contact) -> None:
        """Keep this version of a live contact."""
        self._rows.pop(contact.number, None)
        self._contacts[contact.number] = contact
        self._numbers[contact.id] = contact.number

    def remove(self, contact: Contact) -> None:
        """It has ended; nothing happens if it isn't here."""
        self._rows.pop(contact.number, None)
        self._contacts.pop(contact.number, None)
        self._numbers.pop(contact.id, None)

    def get(self, number: int) -> Contact | None:
        contact = self._contacts.get(number)
        if contact is None and (row := self._rows.get(number)) is not None:
            return WaitingRow._make(row).contact()
        return contact

    def find(self, contact_id: str) -> Contact | None:
        number = self._numbers.get(contact_id)
        return None if number is None else self.get(number)

    def count(self) -> Counter[tuple[str, ContactState]]:
        """How many there are, by queue and state."""
        waiting = Counter(map(_queue, self._rows.values()))
        counts = Counter((contact.queue, contact.state) for contact in self._contacts.values())
        for queue, count in waiting.items():
            counts[queue, "waiting"] += count
        return counts

    def untouched(self) -> Iterator[str]:
        """The ids of those that are rows of the store still."""
        return map(_id, self._rows.values())

    def __getitem__(self, number: int) -> Contact:
        contact = self.get(number)
        if contact is None:
            raise KeyError(number)
        return contact

    def __len__(self) -> int:
        return len(self._contacts) + len(self._rows)

    def __iter__(self) -> Iterator[Contact]:
        """All, as they are now, in the order of their numbers."""
        for number in sorted([*self._rows, *self._contacts]):
            if (contact := self.get(number)) is not None:
                yield contact

    @property
    def rows(self) -> KeysView[int]:
        """The numbers of those that are rows of the store still."""
        return self._rows.keys()

    @property
    def changed(self) -> ValuesView[Contact]:
        """Those that are no longer rows: who came, was offered or changed since the start; after
        loading, those who were with an agent."""
        return self._contacts.values()
