"""The matcher's journal written in Python, from the format's description alone."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import msgspec

from mediacore import _native  # noqa: TID251
from router import VirtualMatcher
from router.commands import Command
from router.journal import Names, write_names

RULES = 4


class RecordingMatcher(VirtualMatcher):
    """Remembers what it was told and when."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[int, int, bytes]] = []

    def submit(self, number: int, command: Command) -> None:
        self.told.append((self.now_us(), number, msgspec.json.encode(command)))
        super().submit(number, command)


Told = list[tuple[int, int, bytes]]


def write_run(
    folder: Path, told: Told, names: Names, *, rules: int = RULES, lived: Told | None = None
) -> None:
    """A run of these commands, as if the server had been killed after the last one; its events are
    those of `lived`, if that was something else."""
    folder.mkdir(parents=True)
    machine = _native.MatcherMachine()
    digest = 0
    header = {"rules": rules, "release": "0.0.0", "segment": 1, "commands": 0}
    with (folder / "000001.mcjournal").open("wb") as segment:
        segment.write(b"MCJRNL\x01\n" + _framed(b"\0" + json.dumps(header).encode()))
        for (at_us, number, command), really in zip(told, lived or told, strict=True):
            segment.write(_framed(b"\1" + struct.pack("<qQI", at_us, number, digest) + command))
            for event in machine.apply(*really):
                digest = zlib.crc32(event, digest)
    write_names(folder, names.queues, names.skills)


def _framed(body: bytes) -> bytes:
    return struct.pack("<II", len(body), zlib.crc32(body)) + body
