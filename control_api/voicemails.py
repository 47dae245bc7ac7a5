"""Spoken messages: first handed in, then named by a message that a customer leaves."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from control_api.problems import Problem
from mediacore import voicemail
from mediacore.durable import settle
from router.errors import CentreClosed, RouterError
from router.model import Voicemail

BYTES_MAX: Final = 4 * 1024 * 1024
"""Of what is handed in: two minutes at 256 kbit/s."""

PENDING_BOUND: Final = 64
"""Handed in and not yet named by a message; some 500 KB on the disk each."""

PENDING_S: Final = 600.0
"""How long one may be named."""

WRITERS_BOUND: Final = 2
"""Threads that make them into what is kept."""


@dataclass(slots=True)
class _Pending:
    voicemail: Voicemail
    until_s: float
    left: bool = False


class Voicemails:
    """The files lie in `folder`, one for each; what was never named goes at the next start."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending: dict[str, _Pending] = {}
        self._writing = 0
        self._writers = anyio.CapacityLimiter(WRITERS_BOUND)

    async def recover(self) -> None:
        """Remove what no message of an earlier run has named."""
        await anyio.to_thread.run_sync(self._remove, ("*.pending", "*.fresh"))

    async def take(self, sound: bytes, media_type: str) -> Voicemail:
        """Make it a file. Raises Problem: malformed_sound, busy."""
        self._forget_old()
        waiting = sum(not one.left for one in self._pending.values())
        if waiting + self._writing >= PENDING_BOUND:
            raise Problem("busy", "too many spoken messages wait to be sent; try again")
        id = f"v_{secrets.token_hex(16)}"
        self._writing += 1
        try:
            length_s = await anyio.to_thread.run_sync(
                self._write, id, sound, media_type, limiter=self._writers
            )
        except voicemail.NotSpoken as error:
            raise Problem("malformed_sound", str(error)) from None
        finally:
            self._writing -= 1
        made = Voicemail(id, round(length_s, 2))
        self._pending[id] = _Pending(made, anyio.current_time() + PENDING_S)
        return made

    @asynccontextmanager
    async def left(self, id: str | None) -> AsyncIterator[Voicemail | None]:
        """The one that a message names, kept if that message is left. It is on the disk before, so
        that no message tells of a sound that isn't there. Raises Problem: unknown_voicemail."""
        if id is None:
            yield None
            return
        self._forget_old()
        pending = self._pending.get(id)
        if pending is None:
            raise Problem("unknown_voicemail", "hand it in first", field="voicemail")
        await anyio.to_thread.run_sync(self._keep, id)
        refused = False
        try:
            yield pending.voicemail
        except CentreClosed:
            raise  # nobody knows whether the message was left
        except RouterError:
            refused = True
            raise
        finally:
            # Whatever else ended it, a caller who went away: the message may stand in the store.
            pending.left |= not refused

    def path(self, id: str) -> Path:
        return self._path(id, ".webm")

    def _path(self, id: str, suffix: str) -> Path:
        return self._folder / f"{id}{suffix}"

    def _keep(self, id: str) -> None:
        with suppress(FileNotFoundError):  # a message has named it before
            settle(self._path(id, ".pending"), self.path(id))

    def _write(self, id: str, sound: bytes, media_type: str) -> float:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._path(id, ".fresh")
        try:
            length_s = voicemail.write(sound, media_type, fresh)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        fresh.replace(self._path(id, ".pending"))
        return length_s

    def _forget_old(self) -> None:
        now_s = anyio.current_time()
        for id, one in list(self._pending.items()):
            if one.until_s <= now_s:
                del self._pending[id]
                if not one.left:
                    self._path(id, ".pending").unlink(missing_ok=True)
                    self.path(id).unlink(missing_ok=True)

    def _remove(self, patterns: tuple[str, ...]) -> None:
        for pattern in patterns:
            for path in self._folder.glob(pattern):
                path.unlink(missing_ok=True)
