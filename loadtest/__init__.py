"""Simulated visitors and agents against a running server, over the public API and nothing else.

- `command`: `mediacore loadtest`, its options and its exit code.
- `traffic`: what one visitor and one agent do, on trio.
- `tally`: what happened to each contact, and the figures made of it.

Signalling only: contacts are queued, offered, accepted and hung up, but no media is sent.
"""
