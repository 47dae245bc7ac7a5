"""The matcher's journal as the server keeps it: begun with the matcher, pruned by the hour."""

from __future__ import annotations

import logging
import time
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from mediacore.config import JournalSettings
from router import journal
from router._bridge import ThreadedMatcher
from router.journal import JournalFigures, Names

PRUNE_PERIOD_S: Final = 3600.0
"""How often runs that are too old or too large are looked for."""

MEGABYTE: Final = 1 << 20

_log = logging.getLogger(__name__)


class Journal:
    """One server's journal. Without `matcher` being called there is none."""

    def __init__(self, settings: JournalSettings) -> None:
        self._settings = settings
        self._root = Path(settings.directory)
        self._run: Path | None = None
        self._matcher: ThreadedMatcher | None = None

    def matcher(self, *, large_floor: bool) -> ThreadedMatcher:
        """A matcher that records what it is told, if the settings say so. Raises OSError if the
        folder can't be written."""
        if not self._settings.enabled:
            return ThreadedMatcher(large_floor=large_floor)
        self._run = journal.new_run(self._root, time.time_ns() // 1_000)
        self._matcher = ThreadedMatcher(
            self._run,
            journal_bytes_max=self._settings.max_mb * MEGABYTE,
            large_floor=large_floor,
        )
        return self._matcher

    def figures(self) -> JournalFigures | None:
        """Counters, if a journal is kept."""
        return None if self._matcher is None else self._matcher.journal()

    async def keep(self, names: Names) -> None:
        """Note what the numbers mean, then make room from time to time, for ever."""
        if self._run is None:
            return
        try:
            journal.write_names(self._run, names.queues, names.skills)
            while True:
                await anyio.to_thread.run_sync(self._prune, self._run)
                await anyio.sleep(PRUNE_PERIOD_S)
        except OSError as error:
            _log.error("the journal in %s: %s", self._root, error)

    def _prune(self, run: Path) -> None:
        prune = partial(journal.prune, self._root, run, now_s=time.time())
        prune(
            keep_s=self._settings.keep_days * 86_400.0,
            bytes_max=self._settings.max_mb * MEGABYTE,
        )
