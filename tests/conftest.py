"""What every test stands on."""

from __future__ import annotations

import os

import hypothesis
import pytest

# CI decides about a change, so it tries the same examples each time; everybody else finds new ones.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asyncio as in production; rooms that run under a virtual clock choose trio themselves."""
    return "asyncio"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """CI installs what the tests need, so a skip there is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
