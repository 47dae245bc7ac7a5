"""The wheel holds the four packages, all of them and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from repository import PACKAGES, ROOT, committed_files
from stack.server import Server


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The profile of the tests, so that what is compiled already is used again.
    target = tmp_path_factory.mktemp("wheel")
    maturin = Path(sys.executable).with_name("maturin")
    command = [maturin, "build", "--quiet", "--profile", "dev-fast", "--locked", "--out", target]
    subprocess.run(command, cwd=ROOT, check=True)
    (built,) = target.glob("*.whl")
    return built


@pytest.mark.timeout(600)
def test_the_wheel_holds_every_committed_file_of_the_packages_and_no_other(wheel: Path) -> None:
    wanted = set(committed_files(*PACKAGES))
    names = set(zipfile.ZipFile(wheel).namelist())
    about = {name for name in names if name.split("/")[0].endswith(".dist-info")}
    assert names - about == wanted | {"mediacore/_native.abi3.so"}
    assert {name.split("/", 1)[1] for name in about} >= {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }
    assert wheel.name.split("-")[2] == "cp311"
    assert wheel.name.split("-")[3] == "abi3"


@pytest.mark.timeout(120)
def test_the_installed_wheel_serves_its_pages(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", site, wheel], check=True)
    # Found before the checkout, which is installed too but editable.
    environment = {"PYTHONPATH": str(site)}
    where = subprocess.run(
        [sys.executable, "-c", "from mediacore import _native; print(_native.__file__)"],
        cwd=tmp_path,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    start = "import sys; from mediacore.cli import main; sys.exit(main())"
    with Server(tmp_path, command=(sys.executable, "-c", start), environment=environment) as server:
        for page in ("visitor", "agent", "supervisor"):
            text = httpx.get(f"{server.url}/{page}").text
            for resource in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
                assert httpx.get(f"{server.url}{resource}").status_code == 200, resource
