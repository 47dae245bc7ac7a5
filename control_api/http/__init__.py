"""The HTTP API under /v1, one file per resource.

- parts.py       what every handler is given
- tokens.py      tokens for pages and clients
- contacts.py    contacts and their messages
- transfers.py   a contact given to another queue
- recordings.py  a contact's recording
- voicemails.py  spoken messages
- files.py       a file, whole or in ranges
- agents.py      agents and their assignments
- floor.py       topics, skills, the board, the event log
"""
