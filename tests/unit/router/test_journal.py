"""The journal's folders: runs in order, what numbers mean, and what is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from router.errors import Invalid
from router.journal import Names, new_run, prune, read_names, runs, write_names
from router.model import QueueSettings

DAY_S = 86_400.0


def _run(root: Path, name: str, *, size: int, ended_s: float) -> Path:
    run = root / name
    run.mkdir()
    segment = run / "000001.mcjournal"
    segment.write_bytes(bytes(size))
    os.utime(segment, (ended_s, ended_s))
    return run


def test_runs_sort_by_their_beginning(tmp_path: Path) -> None:
    names = [new_run(tmp_path, us).name for us in (0, 999_999, 1_000_000, 1_767_225_600_000_001)]
    assert names == sorted(names)
    assert names[-1] == "20260101T000000.000001Z"
    made = [_run(tmp_path, name, size=1, ended_s=0) for name in reversed(names)]
    assert runs(tmp_path) == made[::-1]
    assert runs(made[0]) == [made[0]]
    with pytest.raises(Invalid, match="holds no run"):
        runs(tmp_path / "elsewhere")


def test_names_come_back_as_they_were(tmp_path: Path) -> None:
    queues = {3: QueueSettings(id="sales", requires={"german": 4}, strategy="random")}
    write_names(tmp_path, queues, {7: "german"})
    assert read_names(tmp_path) == Names(queues, {7: "german"})
    (tmp_path / "names.json").write_text("{")
    with pytest.raises(Invalid, match=r"names\.json"):
        read_names(tmp_path)


def test_old_runs_go_and_then_the_oldest_until_there_is_room(tmp_path: Path) -> None:
    old = _run(tmp_path, "1", size=10, ended_s=0)
    first = _run(tmp_path, "2", size=100, ended_s=9 * DAY_S)
    second = _run(tmp_path, "3", size=100, ended_s=9.5 * DAY_S)
    current = _run(tmp_path, "4", size=100, ended_s=10 * DAY_S)
    (tmp_path / "notes").mkdir()
    limits = {"keep_s": 5 * DAY_S, "now_s": 10 * DAY_S}
    assert prune(tmp_path, current, bytes_max=300, **limits) == [old]
    assert prune(tmp_path, current, bytes_max=299, **limits) == [first]
    # The current run stays, even if it is too large by itself.
    assert prune(tmp_path, current, bytes_max=1, **limits) == [second]
    assert prune(tmp_path, current, bytes_max=1, **limits) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["4", "notes"]
