"""A contact's whole way, told from what the log really holds."""

from __future__ import annotations

from datetime import UTC

import anyio

from router.explain import Reader, explain
from simulation.office import Office


async def test_a_contact_that_goes_from_hand_to_hand(office: Office) -> None:
    await office.assign("bert", skills={"german": 3})
    await office.assign("cleo", skills={"german": 9})
    await office.staff("anna", "bert")
    contact = await office.arrive(german=3)
    await anyio.sleep(59)  # bert lets it ring
    await office.staff("cleo")
    assert await office.answer(contact) == "cleo"
    await anyio.sleep(65)
    await office.centre.hang_up(contact, by="visitor")
    view = office.centre.contact(contact)
    events = await office.centre.contact_events(contact)
    reader = Reader("en", UTC, str.title, str.title, str.title)
    arrived, offered, missed, again, *rest = (one.text for one in explain(view, events, reader))
    assert arrived == "Arrived at 00:00:02 in Sales; needs German at 3 or more."
    assert offered == (
        "Offered to Bert at 00:00:02 after waiting 0 s: of 2 ready agents of Sales, Bert had been "
        "ready the longest (since 00:00:01) among those with German at 3 or more."
    )
    assert missed == "Bert did not answer until 00:00:22; back to the old place in Sales."
    assert again == (
        "Offered to Cleo at 00:01:02 after waiting 1 min 0 s: of 2 ready agents of Sales, Cleo had "
        "been ready the longest (since 00:01:02) among those with German at 3 or more."
    )
    assert rest == [
        "Cleo accepted at 00:01:03.",
        "The call with Cleo began at 00:01:03.",
        "Ended at 00:02:08 by the visitor, after 1 min 5 s of talk with Cleo.",
    ]
