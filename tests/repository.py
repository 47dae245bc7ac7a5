"""The repository as the tests of its conventions see it."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("mediacore", "router", "control_api", "loadtest")


def committed_files(*folders: str) -> list[str]:
    """Every file of the repository, the new ones included that git does not ignore."""
    command = [
        "git",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *folders,
    ]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in listing.split("\0") if name and (ROOT / name).is_file())
