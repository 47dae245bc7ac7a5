"""The `mediacore` command as a process of its own, on free ports and in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from stack.waiting import eventually

API_KEY = "test-api-key-0123456789-0123456789-abcdef"
TOKEN_SECRET = "test-token-secret-0123456789-0123456789"

_COMMAND = Path(sys.executable).with_name("mediacore")
_START_S = 20.0
# Draining ends calls, finishes recordings and closes the store; the grace for calls is set to 2 s.
_STOP_S = 30.0

QUEUES: dict[str, dict[str, Any]] = {
    "general": {"recording": "off"},
    "support": {"recording": "always"},
    "private": {"recording": "consent"},
    "brief": {"recording": "off", "offer_timeout_s": 3.0},
}


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One server. Starting it again after `kill` finds the same ports and the same data."""

    folder: Path
    wrap_up_s: float = 10.0  # long enough for a click on a busy machine
    offer_timeout_s: float = 20.0
    visitor_grace_s: float = 10.0
    heartbeat_timeout_s: float = 12.0  # pages beat every 5 s, on a busy machine later
    port: int = field(default_factory=free_port)
    media_port: int = field(default_factory=lambda: free_port(socket.SOCK_DGRAM))
    command: tuple[str | Path, ...] = (_COMMAND,)
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def recordings(self) -> Path:
        return self.folder / "recordings"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def configuration(self) -> str:
        """The mediacore.toml it runs with."""
        sections = [
            f"""
[server]
port = {self.port}
public_url = "{self.url}"
shutdown_grace_s = 2
[keys]
api_key = "{API_KEY}"
token_secret = "{TOKEN_SECRET}"
[store]
url = "sqlite:///{self.folder}/mediacore.db"
[media]
bind = "127.0.0.1:{self.media_port}"
[recording]
directory = "{self.recordings}"
[routing]
visitor_grace_s = {self.visitor_grace_s}
heartbeat_timeout_s = {self.heartbeat_timeout_s}
[[skills]]
id = "german"
name_en = "German"
name_zh = "德语"
[[issues]]
id = "line-down"
queue = "brief"
name_en = "No line"
name_zh = "断线"
"""
        ]
        for queue, settings in QUEUES.items():
            sections.append(
                f"""
[[queues]]
id = "{queue}"
name_en = "{queue.title()}"
name_zh = "队列 {queue}"
recording = "{settings["recording"]}"
wrap_up_s = {self.wrap_up_s}
offer_timeout_s = {settings.get("offer_timeout_s", self.offer_timeout_s)}
"""
            )
        return "".join(sections)

    def start(self) -> Self:
        """Start it and wait until it is ready."""
        configuration = self.folder / "mediacore.toml"
        configuration.write_text(self.configuration())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, "serve", "--config", configuration],
                cwd=self.folder,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        eventually(self._ready, f"ready server (see {self.log})", within_s=_START_S)
        return self

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(f"the server ended at once:\n{self.log.read_text()[-3000:]}")
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to drain and end; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.process is not None
        if self.process.poll() is not None:
            return
        try:
            code = self.stop()
        except subprocess.TimeoutExpired:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"the server did not drain within {_STOP_S} s") from error
        if error is None:
            assert code == 0, f"exit code {code}:\n{self.log.read_text()[-3000:]}"

    def api(self) -> httpx.Client:
        """An integrator's HTTP client."""
        return httpx.Client(
            base_url=f"{self.url}/v1", headers={"Authorization": f"Bearer {API_KEY}"}
        )

    def get(self, path: str, **params: Any) -> Any:
        """The JSON under /v1 at `path`, as the integrator sees it."""
        with self.api() as api:
            answer = api.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def events(self) -> list[dict[str, Any]]:
        """The log, from its beginning."""
        found: list[dict[str, Any]] = []
        while page := self.get("/events", after=found[-1]["seq"] if found else 0, limit=1_000):
            found += page
        return found

    def link(self, role: str, subject: str, name: str) -> str:
        """A page link for one person."""
        wanted = {"role": role, "subject": subject, "name": name, "ttl_s": 3600}
        with self.api() as api:
            answer = api.post("/tokens", json=wanted)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"])

    def metric(self, name: str) -> float:
        """The sum over a metric's labels."""
        text = httpx.get(f"{self.url}/metrics").text
        samples = [
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name
        ]
        assert samples, f"no metric {name}"
        return sum(samples)
