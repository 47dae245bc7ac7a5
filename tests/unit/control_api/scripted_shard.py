"""A media shard without media: obeys every command at once and connects whoever offers.

Stands in at the one place where the engine meets the native code, so that what the control API
does with rooms and sessions can be seen command by command.
"""

from __future__ import annotations

import json
import os
from typing import Any

from mediacore.config import MediaSettings

Json = dict[str, Any]

OFFER = "v=0\r\n"
ANSWER = "v=0\r\ns=answer\r\n"


class ScriptedShard:
    local_port = 0

    def __init__(self, _: MediaSettings) -> None:
        self._readable, self._writable = os.pipe()
        self._events: list[bytes] = []
        self._next_track = 1
        self._participants: dict[int, Json] = {}
        self.commands: list[Json] = []

    def told(self, kind: str) -> list[Json]:
        """Every command of that type so far."""
        return [command for command in self.commands if command["type"] == kind]

    def say(self, event: str, /, **fields: Any) -> None:
        """Have the engine hear an event."""
        self._events.append(json.dumps({"type": event, **fields}).encode())
        os.write(self._writable, b"!")

    def submit(self, request: int, payload: bytes) -> None:
        command: Json = json.loads(payload)
        self.commands.append(command)
        match command["type"]:
            case "offer" if not command["sdp"].startswith(OFFER):
                self.say("refused", request=request, code="malformed_sdp", detail="no v=0 line")
            case "offer":
                self.say("answer", request=request, sdp=ANSWER)
                self.say("session_connected", session=command["session"])
                for entry in command["publish"]:
                    self._publish(command["session"], entry["source"])
            case "stop_capture":
                self.say("capture_stopped", request=request, room=command["room"], files=[])
            case "join":
                self._participants[command["session"]] = command
                self.say("done", request=request)
            case _:
                self.say("done", request=request)

    def _publish(self, session: int, source: str) -> None:
        joined = self._participants[session]
        self.say(
            "track_added",
            room=joined["room"],
            session=session,
            participant=joined["participant"],
            track=self._next_track,
            source=source,
            kind="audio" if source == "microphone" else "video",
            codec="opus" if source == "microphone" else "VP8",
            muted=False,
        )
        self._next_track += 1

    def fileno(self) -> int:
        return self._readable

    def drain(self, limit: int = 1024) -> list[bytes]:
        events, self._events = self._events[:limit], self._events[limit:]
        os.read(self._readable, len(events) or 1)
        return events

    def metrics(self) -> bytes:
        return b'{"sessions": 2, "sent_bytes_total": 1234}'

    def close(self) -> None:
        os.close(self._readable)
        os.close(self._writable)
