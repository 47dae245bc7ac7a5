"""Chromium, a server process, and the people of one test."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright

from stack.cast import Cast
from stack.participant import chromium_path
from stack.server import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = pytest.mark.browser
    for item in items:
        if "/tests/browser/" in item.path.as_posix():
            item.add_marker(here)
            item.add_marker(pytest.mark.timeout(180))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, Any, Any]:
    report = yield
    people = item.funcargs.get("cast")
    if report.when == "call" and report.failed and isinstance(people, Cast):
        report.sections.append(("what the people saw", people.testify()))
    return report


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    if chromium_path() is None:
        pytest.skip("chromium is missing: scripts/install-system-packages")
    # Not for the whole session: while it runs, no test can run an event loop of its own.
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def cast(playwright: Playwright, server: Server) -> Iterator[Cast]:
    with Cast(playwright, server) as people:
        yield people
