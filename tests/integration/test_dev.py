"""`mediacore dev`: one command, no configuration, three links that open."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

COMMAND = Path(sys.executable).with_name("mediacore")


def _lines_until(process: subprocess.Popen[str], last: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if last in line:
            return lines
    raise AssertionError(f"ended before it said {last!r}: {lines}")


def _start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "dev", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True
    )


def test_three_links_and_a_key_that_outlive_a_restart(tmp_path: Path) -> None:
    with _start(tmp_path) as process:
        said = "".join(_lines_until(process, "Ctrl-C"))
        links = re.findall(r"(http://localhost:\d+)/(\w+)#token=(\S+)", said)
        assert [page for _, page, _ in links] == ["visitor", "agent", "supervisor"]
        for origin, page, _ in links:
            assert httpx.get(f"{origin}/{page}").status_code == 200
        (key,) = re.findall(r"API key\s+(\S+)", said)
        headers = {"Authorization": f"Bearer {key}"}
        queues = httpx.get(f"{links[0][0]}/v1/queues", headers=headers).json()
        assert len(queues) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert (tmp_path / "data" / "mediacore.db").exists()

    with _start(tmp_path) as process:
        said = "".join(_lines_until(process, "Ctrl-C"))
        assert key in said
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
