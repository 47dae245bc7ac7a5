"""The documents name only commands and files that are there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from repository import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def _name(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_commands_exist(document: Path) -> None:
    text = document.read_text()
    code = " \n".join(re.findall(r"```.*?```|`[^`]+`", text, re.DOTALL))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|[`\s])make ([a-z-]+)", code)) <= targets
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    commands = set(project["entry-points"]["mediacore.commands"])
    assert set(re.findall(r"(?:^|[`\s/])mediacore ([a-z]+)", code)) <= commands


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    links = re.findall(r"\]\(([^)#\s]+)", text)
    lost = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    rooms = "native|mediacore|router|control_api|loadtest|tests|docs|scripts"
    paths = re.findall(rf"`((?:{rooms})/[A-Za-z0-9_./-]+)`", text)
    lost += [path for path in paths if not (ROOT / path).exists()]
    assert lost == []
