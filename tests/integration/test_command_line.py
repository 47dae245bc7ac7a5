"""`mediacore serve` refuses what is wrong before it opens a port, and says where it is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stack.server import Server

COMMAND = Path(sys.executable).with_name("mediacore")


def _serve(folder: Path, configuration: str) -> subprocess.CompletedProcess[str]:
    path = folder / "mediacore.toml"
    path.write_text(configuration)
    return subprocess.run(
        [COMMAND, "serve", "--config", path], capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ("[server]\nport = ", "[server]\nprot = ", "prot"),
        ('api_key = "test-', 'api_key = "dev-', "api_key"),
        ('token_secret = "test-', 'token_secret = "dev-', "token_secret"),
        ("offer_timeout_s = 20.0", 'offer_timeout_s = "long"', "offer_timeout_s"),
        ('recording = "consent"', 'recording = "perhaps"', "recording"),
    ],
)
def test_wrong_settings_are_refused_with_file_line_and_key(
    tmp_path: Path, right: str, wrong: str, named: str
) -> None:
    configuration = Server(tmp_path).configuration()
    assert right in configuration
    broken = configuration.replace(right, wrong)
    lines = broken.splitlines()
    (line,) = [number for number, text in enumerate(lines, 1) if wrong.split("\n")[-1] in text][:1]
    refused = _serve(tmp_path, broken)
    assert refused.returncode == 2
    assert f"mediacore.toml:{line}" in refused.stderr
    assert named in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_printed_sample_is_a_configuration_that_doctor_reads(tmp_path: Path) -> None:
    sample = subprocess.run(
        [COMMAND, "serve", "--sample"], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    path = tmp_path / "mediacore.toml"
    path.write_text(sample)
    examined = subprocess.run(
        [COMMAND, "doctor", "--config", path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in examined.stderr
    assert "clock" in examined.stdout
