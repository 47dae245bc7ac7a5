"""docs/reference says what the code does."""

from __future__ import annotations

import shutil
from pathlib import Path

from control_api import reference
from repository import ROOT


def test_the_reference_is_current(tmp_path: Path) -> None:
    shutil.copytree(ROOT / reference.FOLDER, tmp_path, dirs_exist_ok=True)
    stale = [path.name for path in reference.write(tmp_path)]
    assert stale == [], "run: python -m control_api.reference"


def test_every_message_and_error_is_in_it() -> None:
    text = (ROOT / reference.FOLDER / "protocol.md").read_text()
    for message in (*reference._FROM_PAGES, *reference.messages.FROM_SERVER):
        assert f"#### `{reference.messages.tag_of(message)}`" in text
    for code in reference.KINDS:
        assert f"| `{code}` |" in text
