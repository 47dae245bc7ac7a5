"""`mediacore loadtest` against a server: contacts flow, and none is lost."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from stack.server import API_KEY, Server

COMMAND = Path(sys.executable).with_name("mediacore")


def test_nothing_is_lost(tmp_path: Path) -> None:
    with Server(tmp_path, wrap_up_s=0.0) as server:
        options = ["--url", server.url, "--api-key", API_KEY]
        crowd = ["--visitors", "8", "--agents", "3", "--duration", "3", "--queue", "general"]
        done = subprocess.run(
            [COMMAND, "loadtest", *options, *crowd], capture_output=True, text=True, timeout=50
        )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = dict(re.findall(r"(\w+)=([\d.]+)", done.stdout))
    assert int(figures["contacts"]) > 8
    assert figures["lost"] == "0"
    assert float(figures["offer_p99_ms"]) > 0
