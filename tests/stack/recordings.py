"""Finished recordings, as an integrator gets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stack.server import Server
from stack.waiting import eventually

# "A few seconds after it ends": the file of a short call, on busy cores.
FINISHED_WITHIN_S = 20.0


def finished(server: Server, contact: str) -> dict[str, Any]:
    """What is known of the contact's recording, once there is a file."""

    def ready() -> bool:
        return server.get(f"/contacts/{contact}")["recording"] == "ready"

    eventually(ready, "the finished recording", within_s=FINISHED_WITHIN_S)
    about: dict[str, Any] = server.get(f"/contacts/{contact}/recording")
    return about


def download(server: Server, contact: str, folder: Path) -> Path:
    """The finished file, whole; a part of it is fetched too and must be the same bytes."""
    finished(server, contact)
    with server.api() as api:
        answer = api.get(f"/contacts/{contact}/recording/media")
        assert answer.status_code == 200
        part = api.get(f"/contacts/{contact}/recording/media", headers={"Range": "bytes=100-199"})
        assert part.status_code == 206
        assert part.content == answer.content[100:200]
    file = folder / "recording"
    file.write_bytes(answer.content)
    return file
