"""A store with very many waiting contacts, committed as the router does it, in larger groups."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random

from router import Contact, Customer, Event, QueueSettings, Skill, open_store
from router.model import RelaxStep
from router.relaxation import stages
from router.store import Entry

PRIORITY_WORTH_S = 120
SKILLS = [Skill(id=f"skill-{n}") for n in range(24)]
# In every third queue contacts need less while they wait.
RELAX = (RelaxStep(after_s=30, lower_levels=3), RelaxStep(after_s=120, drop=("skill-0",)))
QUEUES = [
    QueueSettings(
        id=f"queue-{n}",
        max_waiting=2_000_000,
        priority_worth_s=PRIORITY_WORTH_S,
        wrap_up_s=0,
        offer_timeout_s=600,
        relax=RELAX if n % 3 == 0 else (),
    )
    for n in range(12)
]
# All have arrived within the last hour.
ARRIVALS_US = 3_600_000_000
# Different sets of requirements: few compared with the contacts, as in life.
KINDS = 200
WRITTEN_AT_ONCE = 20_000


async def fill(url: str, count: int, now_us: int, seed: int) -> None:
    """Contacts 1 to `count`, in the order of their arrival."""
    async with open_store(url) as store:
        await store.put_queues(QUEUES)
        await store.put_skills(SKILLS)
        entries = (
            Entry(contacts=[contact], events=[_enqueued(contact)])
            for contact in _contacts(count, now_us, Random(seed))
        )
        while group := list(islice(entries, WRITTEN_AT_ONCE)):
            await store.commit(group)


def _contacts(count: int, now_us: int, chance: Random) -> Iterator[Contact]:
    kinds = [
        {skill.id: chance.randint(1, 9) for skill in chance.sample(SKILLS, chance.randint(0, 3))}
        for _ in range(KINDS)
    ]
    relaxing = {
        (queue.id, kind): stages(queue.id, requires, queue.relax)
        for queue in QUEUES
        for kind, requires in enumerate(kinds)
    }
    for n in range(count):
        queue, kind = QUEUES[n % len(QUEUES)].id, chance.randrange(KINDS)
        arrived_us = now_us - ARRIVALS_US + n * ARRIVALS_US // count
        relax = relaxing[queue, kind]
        yield Contact(
            number=n + 1,
            id=f"c_{chance.getrandbits(80):020x}",
            queue=queue,
            priority=chance.choice((0, 0, 0, 1, 5)),
            arrived_us=arrived_us,
            requires=kinds[kind],
            relax=relax,
            relaxed=sum(stage.after_us <= now_us - arrived_us for stage in relax),
            customer=Customer(f"Customer {n}", {"tier": "gold"}),
            language="en",
        )


def _enqueued(contact: Contact) -> Event:
    data = {
        "queue": contact.queue,
        "priority": contact.priority,
        "arrived_us": contact.arrived_us,
        "language": contact.language,
        "requires": contact.requires,
    }
    return Event(at_us=contact.arrived_us, type="contact.enqueued", contact=contact.id, data=data)
