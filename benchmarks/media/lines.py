"""A process that is asked by a line of JSON and answers with one of the same `id`."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

LINE_BYTES_MAX = 1 << 20
ANSWER_WITHIN_S = 60.0


class Failed(RuntimeError):
    """The process said why it could not do what it was asked, or has ended."""


class Lines:
    """Questions are put one at a time; the time to answer is bounded."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None, "piped"
        assert process.stdin is not None, "piped"
        self.pid = process.pid
        self._in = process.stdin
        self._out = BufferedByteReceiveStream(process.stdout)
        self._ids = itertools.count(1)
        self._one = anyio.Lock()

    async def ask(self, do: str, **given: Any) -> dict[str, Any]:
        """Raises Failed."""
        question = {"id": next(self._ids), "do": do} | given
        async with self._one:
            with anyio.fail_after(ANSWER_WITHIN_S):
                await self._in.send(json.dumps(question).encode() + b"\n")
                try:
                    line = await self._out.receive_until(b"\n", LINE_BYTES_MAX)
                except anyio.IncompleteRead:
                    raise Failed(f"the process ended when asked to {do}") from None
        answer: dict[str, Any] = json.loads(line)
        if answer.pop("id") != question["id"] or "error" in answer:
            raise Failed(f"{do}: {answer.get('error', answer)}")
        return answer


def pinned(processor: int) -> tuple[str, ...]:
    """What goes before a command that runs on this processor alone, and no longer than we do."""
    return ("setpriv", "--pdeathsig", "KILL", "taskset", "--cpu-list", str(processor))


@asynccontextmanager
async def started(command: Sequence[str], processor: int) -> AsyncIterator[Lines]:
    """The command on this processor alone, until the end of the block."""
    async with await anyio.open_process(
        [*pinned(processor), *command], stderr=None, stdin=subprocess.PIPE
    ) as process:
        try:
            yield Lines(process)
        finally:
            process.kill()
