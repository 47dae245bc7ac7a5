"""The control API: HTTP, WebSocket and pages around routing and media. No rule of either is here.

- compose.py           the one place where routing and media are wired together
- serve.py             the commands `mediacore dev` and `mediacore serve`
- server.py            the server process: port, loop, signals, drain
- app.py               the ASGI application: routes, one answer to every error
- openapi.py           the OpenAPI document
- auth.py              tokens, the API key, who may what; `mediacore token`
- problems.py          every refusal, for HTTP and WebSocket alike
- limits.py            every limit by name
- views.py             what contacts, agents and calls look like from outside
- calls.py             running calls: rooms, people, sessions, hold
- roomless.py          when chats and telephone calls are connected
- recording_policy.py  which calls are recorded, from when until when
- http/                the HTTP API, one file per resource
- whip.py, media_sessions.py  WHIP and WHEP for standard clients
- ws/                  the WebSocket protocol
- pages.py             the three pages and their files (static/)
- health.py, metrics.py, logs.py  what operations need
- journal.py           the matcher's journal: begun, pruned
- replay.py            the command `mediacore replay`
- whatif.py, whatif_report.py  the command `mediacore whatif` and what it tells
- reference.py         writes docs/reference from the code
"""
