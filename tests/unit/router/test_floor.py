"""What people see of contacts that waited before a restart."""

from __future__ import annotations

from msgspec.structs import replace

from router.capacity import by_slots
from router.floor import Floor
from router.ledger import Ledger
from router.model import Contact, QueueSettings
from router.places import Places
from router.returned import Returned
from router.store import Entry, WaitingRow
from router.store.rows import write_contact, write_demand


def row(number: int) -> WaitingRow:
    contact = Contact(number=number, id=f"c_{number}", queue="sales", priority=0, arrived_us=number)
    return WaitingRow(
        number=number,
        id=contact.id,
        priority=0,
        arrived_us=number,
        relaxed=0,
        demand=write_demand(contact) or "",
        document=write_contact(contact),
    )


def test_who_changed_before_getting_a_place_gets_it_all_the_same() -> None:
    queues = {1: QueueSettings(id="sales")}
    ledger = Ledger(queues, {}, by_slots({}))
    rows = [row(number) for number in (1, 2, 3, 4)]
    ledger.live.add_rows(rows)
    floor = Floor(Places({"sales": queues[1]}, ledger.predictor))
    floor.begin(ledger, [Returned.of(rows)])
    agreed = replace(floor.contact("c_2"), consent="granted")
    gone = replace(floor.contact("c_3"), state="abandoned", ended_us=9)
    floor.show(Entry(contacts=[agreed, gone]))
    assert [floor.count("sales", state) for state in ("waiting", "abandoned")] == [3, 0]
    # As long as not everybody has a place, who has one isn't the first yet.
    everybody = [f"c_{number}" for number in (1, 2, 3, 4)]
    assert [floor.contact(id).position for id in everybody] == [None] * 4
    assert len(list(floor.place_returned())) == 2  # sorted, and placed
    assert [floor.contact(id).position for id in everybody] == [1, 2, None, 3]
