"""Recordings: started with a call, one playable file a few seconds after it, safe over crashes.

<root>/<name>/part-<n>/*.mclog   what the shard captures; the source of truth until the file is made
<root>/<name>/recording.webm     or .mkv; there only when complete and checked
<root>/<name>/recording.json     the `Recording`, in every state

Whatever instant the process dies at, `recover` finds what is needed to go on from there.
"""

import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import anyio
import anyio.to_process
import anyio.to_thread
import msgspec

from mediacore.durable import settle
from mediacore.errors import EngineClosed, MediaRefused, NothingRecorded, RecordingError
from mediacore.remux import RecordedTrack, RemuxedFile, remux_in_background

REMUX_WORKERS = max(1, (os.cpu_count() or 1) // 2)
"""Files made at the same time; running calls keep the other half of the processors."""

NAME = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9._@-]{0,63}")
MANIFEST = "recording.json"

State = Literal["capturing", "finalising", "ready", "failed"]
_log = logging.getLogger(__name__)


class Recording(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One recording as recording.json holds it. From `file` on: once it is ready."""

    name: str
    state: State
    started_us: int
    ended_us: int = 0
    metadata: dict[str, Any] = {}
    failure: str = ""
    file: str = ""
    duration_s: float = 0.0
    size_bytes: int = 0
    sha256: str = ""
    tracks: tuple[RecordedTrack, ...] = ()
    directory: str = ""  # where it was read from; not stored, so that the tree can be moved

    @property
    def path(self) -> Path:
        """The playable file; only of a recording that is ready."""
        return Path(self.directory) / self.file

    @property
    def started_at(self) -> datetime:
        return datetime.fromtimestamp(self.started_us / 1e6, UTC)


class CaptureEngine(Protocol):
    """What the recorder needs of the media engine."""

    async def start_capture(self, room: int, directory: str) -> None: ...

    async def stop_capture(self, room: int) -> tuple[str, ...]: ...


class Recorder:
    """Order of calls for a room: `start`, any number of `stop` and `start`, then `finish`.

    `name` is the recording's directory (the contact's id). Nothing is written before `start`.
    """

    def __init__(
        self, engine: CaptureEngine, root: Path, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._root = Path(root)
        self._clock = clock
        self._names: dict[int, str] = {}
        self._capturing: set[int] = set()
        self._ended_us: dict[int, int] = {}
        self._workers = anyio.CapacityLimiter(REMUX_WORKERS)

    async def start(self, room: int, name: str, metadata: dict[str, Any] | None = None) -> None:
        """Capture everything said and shown in `room` from now on.

        Again after `stop`, or with the name of a recording kept by `recover`: goes on with it.
        Raises RecordingError when it runs already or its file is made, and what the engine raises.
        """
        if room in self._capturing:
            raise RecordingError(f"room {room} is being recorded already")
        directory = self._directory(name)
        started_us = self._now_us()
        part = await anyio.to_thread.run_sync(_prepare, directory, name, started_us, metadata or {})
        await self._engine.start_capture(room, str(part))
        self._names[room] = name
        self._capturing.add(room)

    async def stop(self, room: int) -> None:
        """End the capture, without making the file yet; harmless when none runs.

        Raises MediaBusy or MediaTimeout; the capture then counts as running.
        """
        if room in self._capturing:
            with suppress(MediaRefused, EngineClosed):  # it ended with the room or the engine
                await self._engine.stop_capture(room)
            self._capturing.discard(room)
            self._ended_us[room] = self._now_us()

    async def finish(self, room: int) -> Recording:
        """End the capture and make the file, which takes a second or two per recorded minute.

        Raises what `stop` raises, NothingRecorded when not a single frame came in, and
        RecordingError when the file can't be made: the logs are then kept, and `recover` tries
        again at the next start.
        """
        name = self._names.pop(room, None)
        if name is None:
            raise RecordingError(f"room {room} is not being recorded")
        try:
            await self.stop(room)
        except BaseException:
            self._names[room] = name
            raise
        return await self._finalise(self._directory(name), self._ended_us.pop(room, 0))

    async def recover(self, keep: Collection[str] = ()) -> list[Recording]:
        """Make the files that a crash left unmade, except those in `keep`, whose calls go on.

        To be called once, before any `start`. Failures are logged and stay for the next time.
        """
        finished = []
        for recording in await self.list():
            if recording.name in keep:
                continue
            directory = self._directory(recording.name)
            if recording.state == "ready":
                await anyio.to_thread.run_sync(_remove_logs, directory)
                continue
            try:
                finished.append(await self._finalise(directory))
            except NothingRecorded:
                _log.info("recording %s was empty", recording.name)
            except RecordingError as error:
                _log.error("recording %s could not be finished: %s", recording.name, error)
        return finished

    async def get(self, name: str) -> Recording | None:
        """The recording called `name`, whatever its state."""
        return await anyio.to_thread.run_sync(_read, self._directory(name))

    async def list(self) -> list[Recording]:
        """All recordings, oldest first."""
        return await anyio.to_thread.run_sync(_read_all, self._root)

    async def discard(self, name: str) -> None:
        """Remove the recording with all its files; harmless when there is none.

        Stop a running capture before.
        """
        await anyio.to_thread.run_sync(_remove, self._directory(name))

    def _directory(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise RecordingError(f"{name!r} can't name a recording; {NAME.pattern} can")
        return self._root / name

    def _now_us(self) -> int:
        return round(self._clock() * 1e6)

    async def _finalise(self, directory: Path, ended_us: int = 0) -> Recording:
        recording = await anyio.to_thread.run_sync(_read, directory)
        if recording is None:
            raise RecordingError(f"no recording in {directory}")
        recording = msgspec.structs.replace(
            recording, state="finalising", failure="", ended_us=ended_us or recording.ended_us
        )
        await anyio.to_thread.run_sync(_write, directory, recording)
        logs = await anyio.to_thread.run_sync(_logs, directory)
        target = directory / "recording"
        try:
            made: RemuxedFile = await anyio.to_process.run_sync(
                remux_in_background,
                logs,
                str(target),
                recording.started_us,
                recording.ended_us,
                limiter=self._workers,
            )
        except NothingRecorded:
            await anyio.to_thread.run_sync(_remove, directory)
            raise
        except Exception as error:
            failed = msgspec.structs.replace(recording, state="failed", failure=str(error))
            await anyio.to_thread.run_sync(_write, directory, failed)
            raise RecordingError(f"recording {recording.name}: {error}") from error
        recording = msgspec.structs.replace(
            recording,
            state="ready",
            file=made.file,
            duration_s=made.duration_s,
            size_bytes=made.size_bytes,
            sha256=made.sha256,
            tracks=made.tracks,
        )
        await anyio.to_thread.run_sync(_write, directory, recording)
        await anyio.to_thread.run_sync(_remove_logs, directory)
        return recording


def _prepare(directory: Path, name: str, started_us: int, metadata: dict[str, Any]) -> Path:
    """A new part's directory; the manifest of a recording that goes on keeps its start."""
    directory.mkdir(parents=True, exist_ok=True)
    recording = _read(directory)
    if recording is not None and recording.state == "ready":
        raise RecordingError(f"recording {name} is finished already")
    if recording is not None:
        started_us, metadata = recording.started_us, recording.metadata | metadata
    _write(
        directory,
        Recording(name=name, state="capturing", started_us=started_us, metadata=metadata),
    )
    part = directory / f"part-{len(list(directory.glob('part-*'))) + 1}"
    part.mkdir()
    return part


def _read(directory: Path) -> Recording | None:
    try:
        text = (directory / MANIFEST).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        recording = msgspec.json.decode(text, type=Recording)
    except msgspec.DecodeError as error:
        raise RecordingError(f"{directory / MANIFEST} is damaged: {error}") from error
    return msgspec.structs.replace(recording, directory=str(directory))


def _read_all(root: Path) -> list[Recording]:
    found = []
    for directory in root.iterdir() if root.is_dir() else ():
        try:
            recording = _read(directory)
        except RecordingError as error:
            _log.error("%s", error)
        else:
            if recording is not None:
                found.append(recording)
    return sorted(found, key=lambda recording: (recording.started_us, recording.name))


def _write(directory: Path, recording: Recording) -> None:
    """Replace the manifest in one step: a reader, or a crash, sees the old one or the new one."""
    text = msgspec.json.format(
        msgspec.json.encode(msgspec.structs.replace(recording, directory="")), indent=2
    )
    fresh = directory / f"{MANIFEST}.part"
    fresh.write_bytes(text + b"\n")
    settle(fresh, directory / MANIFEST)


def _logs(directory: Path) -> list[str]:
    return sorted(str(log) for log in directory.glob("part-*/*.mclog"))


def _remove_logs(directory: Path) -> None:
    for part in directory.glob("part-*"):
        shutil.rmtree(part, ignore_errors=True)


def _remove(directory: Path) -> None:
    if directory.is_dir():
        shutil.rmtree(directory)
