"""What survives: contacts, agents, messages and the event log.

- schema.py   the tables (their history: router/migrations)
- engine.py   the connection, its durability, running the migrations
- threads.py  where blocking calls run
- entry.py    what is committed together, and who waits for it
- put.py      writing rows
- rows.py     what rows hold
- store.py    reading and committing
- writer.py   the one writer with group commits
"""

from router.store.entry import Answer, Entry
from router.store.rows import Demand, Row, WaitingRow, read_contact, read_demand
from router.store.store import Store, open_store
from router.store.threads import RunSync, WorkerThreads, in_place
from router.store.writer import Writer

__all__ = [
    "Answer",
    "Demand",
    "Entry",
    "Row",
    "RunSync",
    "Store",
    "WaitingRow",
    "WorkerThreads",
    "Writer",
    "in_place",
    "open_store",
    "read_contact",
    "read_demand",
]
