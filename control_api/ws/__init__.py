"""The WebSocket at /v1/ws, which the pages speak (docs/reference/protocol.md).

- messages.py      every message as a type: the protocol's single source
- connection.py    one socket: reading, writing, limits
- conversation.py  hello, welcome, messages and their answers
- call.py          messages for every page: heartbeat, chat, media
- visitor.py, agent.py, supervisor.py  messages of one role
- hub.py           who is connected; one page for each person
- presence.py      visitors who are gone, and their time to come back
- feed.py          news: what happened, to whom it concerns
"""
