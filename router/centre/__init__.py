"""The contact centre, one file per noun of its calls.

- core.py      the parts that all calls share
- contacts.py  customers: arrive, leave, connect, hang up; consent and notes
- callbacks.py customers who don't hold the line: callbacks, messages
- queues.py    hours, and a queue that is closed for good
- unstaffed.py queues that everybody has signed out of
- agents.py    agents: assignment, sign in, ready, offers, wrap-up
- chat.py      text in a call
- views.py     queues, the board, positions, the log, subscriptions
- centre.py    ContactCentre, all of them together, and its start and stop
"""

from router.centre.centre import ContactCentre

__all__ = ["ContactCentre"]
