"""Routing as the contact centre sees it: queues, agents, contacts, and the log of all that happens.

Start at `ContactCentre`. Map of the files:

- centre/          ContactCentre: everything the outside may ask or order
- model.py         what it is made of: Contact, Agent, ChatMessage, Event, ...
- errors.py        why something is refused
- subscription.py  who listens
- text.py          text from outside, checked; skills.py: levels in skills; suggestion.py: what was
                   meant
- wanted.py        what a contact asks for beside skills: affinity.py, region.py; directory.py: what
                   is configured of that; requirement.py: one vocabulary for all of it
- chat.py          messages in a call
- explain.py       why a contact went to whom, in sentences.py's two languages
- hours.py         when a queue is open; admission.py: what becomes of who it can't take
- places.py        where who waits stands, and for how long; waiting.py: in which order; staff.py:
                   who is there to answer
- prediction/      how long a wait will be, from what a server can see
- day.py           when a day begins; outcomes.py: what a queue's figures are added up from, and
                   shift.py: an agent's, over a restart
- dispatch.py      a command's way: matcher, bookkeeping, commit, answer
- bookkeeping.py   what a decision of the matcher means for log, contact and agent
- ledger.py        the state as last decided; floor.py: as last committed, which is what people see
- assignment.py    what an agent serves and can; capacity.py: and how many at once
- roll.py          who is here: live contacts, by number and id
- recovery.py      from the store to a running centre, after a stop or a kill
- matcher.py       the matcher's interface; commands.py: what it is told; decisions.py: its answers
- interpreter.py   settle(): for a process that serves
- _bridge.py       the one door to the native matcher: ThreadedMatcher, VirtualMatcher
- journal.py       the folders of the matcher's journal
- whatif.py        a recorded run under other settings, by its own name only
- staffing/        how many agents it takes; by its own name only, since it loads numba
- store/           what survives: tables, commits in groups; migrations/: the tables' history
"""

from router._bridge import ThreadedMatcher, VirtualMatcher
from router.centre import ContactCentre
from router.errors import RouterError
from router.figures import AgentFigures, Board, QueueStatus, Tally
from router.interpreter import settle
from router.model import (
    Actor,
    Agent,
    Allowance,
    Assignment,
    Calendar,
    Callback,
    Capacity,
    ChatMessage,
    Contact,
    Customer,
    Event,
    QueueSettings,
    Sender,
    Skill,
)
from router.store import Store, open_store
from router.subscription import Subscription

__all__ = [
    "Actor",
    "Agent",
    "AgentFigures",
    "Allowance",
    "Assignment",
    "Board",
    "Calendar",
    "Callback",
    "Capacity",
    "ChatMessage",
    "Contact",
    "ContactCentre",
    "Customer",
    "Event",
    "QueueSettings",
    "QueueStatus",
    "RouterError",
    "Sender",
    "Skill",
    "Store",
    "Subscription",
    "Tally",
    "ThreadedMatcher",
    "VirtualMatcher",
    "open_store",
    "settle",
]
