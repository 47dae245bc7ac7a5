"""What the machine was doing meanwhile: the fields that benchmarks/acd prints too."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Load:
    """From its making to `figures`."""

    def __init__(self) -> None:
        self._ticks = _stolen_and_all()

    def figures(self) -> dict[str, float]:
        """`load`: runnable threads on average over the last minute. `steal_pct`: the share of all
        cores' time that the host took away."""
        stolen, everything = (
            now - before for now, before in zip(_stolen_and_all(), self._ticks, strict=True)
        )
        return {
            "load": round(os.getloadavg()[0], 2),
            "steal_pct": round(100 * stolen / max(everything, 1), 2),
        }


def _stolen_and_all() -> tuple[int, int]:
    line, _, _ = Path("/proc/stat").read_text().partition("\n")
    ticks = [int(field) for field in line.split()[1:9]]
    return ticks[7], sum(ticks)


@contextmanager
def disk_folder() -> Iterator[Path]:
    """A folder for a while, beside what is built: the system's temporary one may be memory."""
    built = Path("target")
    built.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=built) as folder:
        yield Path(folder)


def file_system(path: Path) -> str:
    """The type of the file system that holds a path, as /proc/mounts calls it."""
    mounts = (line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines())
    holding = {
        mounted_on: kind for mounted_on, kind in mounts if path.resolve().is_relative_to(mounted_on)
    }
    return holding[max(holding, key=len)]


def resident_mb() -> float:
    """Memory of this process, in 10^6 bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
