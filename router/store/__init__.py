"""What survives: contacts, agents, messages and the event log.

- schema.py   the tables (their history: router/migrations)
- engine.py   the connection, its durability, running the migrations
- threads.py  where blocking calls run
- entry.py    what is committed together, and who waits for it
- put.py      writing rows
- rows.py     reading rows
- store.py    reading and committing
- writer.py   the one writer with group commits
"""

from router.store.entry import Answer, Entry
from router.store.rows import Row, WaitingRow, read_levels, read_max_wait, read_stages
from router.store.store import Store, open_store
from router.store.threads import RunSync, WorkerThreads, in_place
from router.store.writer import Writer

__all__ = [
    "Answer",
    "Entry",
    "Row",
    "RunSync",
    "Store",
    "WaitingRow",
    "WorkerThreads",
    "Writer",
    "in_place",
    "open_store",
    "read_levels",
    "read_max_wait",
    "read_stages",
]
