"""A media shard without a network: it notes what it is told and says what a test has it say."""

import json
import os
from collections import deque

from mediacore._bridge import NativeError, RingFull


class FakeShard:
    """Answers each command with done, unless `replies` has something else for its type."""

    def __init__(self, settings=None):
        self.settings = settings
        self.local_port = 4000
        self.commands = []
        self.replies = {}
        self.full = False
        self.failed = False
        self.closed = False
        self._events = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)

    def submit(self, request, payload):
        if self.full:
            raise RingFull("command ring full")
        command = json.loads(payload)
        self.commands.append(command)
        reply = self.replies.get(command["type"], {"type": "done"})
        if reply is not None:
            self.say(**{**reply, "request": request})

    def say(self, **event):
        self._events.append(json.dumps({"request": 0, **event}).encode())
        os.eventfd_write(self._wake, 1)

    def fileno(self):
        return self._wake

    def drain(self, limit=1024):
        if self.failed:
            raise NativeError("the thread has panicked")
        taken = [self._events.popleft() for _ in range(min(limit, len(self._events)))]
        if not self._events:
            os.eventfd_read(self._wake)
        return taken

    def metrics(self):
        return b'{"sessions": 2, "datagrams_received_total": 7}'

    def close(self):
        self.closed = True
        os.close(self._wake)
