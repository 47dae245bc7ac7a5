"""The folders of the matcher's journal: one for each run, and how long they are kept.

A run is what the matcher took from one start of the server to its end. Its segments are written by
the native core; beside them stands `names.json`, as the matcher knows only numbers. Neither holds
anything about a customer.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from router.errors import Invalid
from router.model import QueueSettings

NAMES = "names.json"
SEGMENTS = "*.mcjournal"

_log = logging.getLogger(__name__)


class JournalFigures(msgspec.Struct, frozen=True):
    """Counters of a run's journal; lost are commands that came after it had ended early."""

    journal_commands_total: int
    journal_bytes_total: int
    journal_lost_total: int


class Names(msgspec.Struct, frozen=True):
    """What a run's numbers mean: queues with their settings, skills with their ids."""

    queues: dict[int, QueueSettings]
    skills: dict[int, str]


def new_run(root: Path, now_us: int) -> Path:
    """The folder for a run that begins now, named by the time (UTC) so that runs sort by it. The
    native core makes it."""
    begun = datetime.fromtimestamp(now_us / 1e6, UTC)
    return root / begun.strftime("%Y%m%dT%H%M%S.%fZ")


def runs(path: Path) -> list[Path]:
    """The run at `path`, or those in it, oldest first. Raises Invalid if there is none."""
    if any(path.glob(SEGMENTS)):
        return [path]
    found = sorted(segment.parent for segment in path.glob("*/000001.mcjournal"))
    if not found:
        raise Invalid(
            f"{path} holds no run of a journal; name the folder in [journal]", field="path"
        )
    return found


def written_until_us(run: Path) -> int:
    """When the run's journal was last written, microseconds since the Unix epoch."""
    return max(segment.stat().st_mtime_ns // 1_000 for segment in run.glob(SEGMENTS))


def write_names(run: Path, queues: Mapping[int, QueueSettings], skills: Mapping[int, str]) -> None:
    """Keep what the numbers mean, whole or not at all."""
    part = run / f"{NAMES}.part"
    part.write_bytes(msgspec.json.encode(Names(dict(queues), dict(skills))))
    part.replace(run / NAMES)


def read_names(run: Path) -> Names:
    """Raises Invalid if they are missing or damaged."""
    try:
        return msgspec.json.decode((run / NAMES).read_bytes(), type=Names)
    except (OSError, msgspec.MsgspecError) as error:
        raise Invalid(f"{run / NAMES}: {error}", field="path") from None


def prune(root: Path, current: Path, *, keep_s: float, bytes_max: int, now_s: float) -> list[Path]:
    """Delete runs that ended before `keep_s` ago, then the oldest until all have at most
    `bytes_max`; never the current one. Returns what was deleted."""
    sizes = {}
    ended_s = {}
    for run in root.glob("*/"):
        segments = [segment.stat() for segment in run.glob(SEGMENTS)]
        if segments:
            sizes[run] = sum(segment.st_size for segment in segments)
            ended_s[run] = max(segment.st_mtime for segment in segments)
    deleted = []
    for run in sorted(sizes):
        too_old = ended_s[run] < now_s - keep_s
        if run != current and (too_old or sum(sizes.values()) > bytes_max):
            shutil.rmtree(run, ignore_errors=True)
            del sizes[run]
            deleted.append(run)
            _log.info("run %s of the journal was deleted", run.name)
    return deleted
