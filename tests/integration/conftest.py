"""A server process that the tests of one file share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stack.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running
