"""A finished recording over HTTP: what is known of it, and the file, whole and in ranges."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from control_api.http.files import _range
from mediacore.recording import MANIFEST, Recording
from unit.control_api.running import Api
from unit.control_api.test_http import check_problem

CONTENT = bytes(range(256)) * 600


@pytest.fixture
async def recorded(api: Api, tmp_path: Path) -> str:
    """A contact with a recording that is ready."""
    contact = str((await api.contact())["contact"]["id"])
    folder = tmp_path / "recordings" / contact
    folder.mkdir(parents=True)
    (folder / "recording.webm").write_bytes(CONTENT)
    recording = Recording(
        name=contact,
        state="ready",
        started_us=1_800_000_000_000_000,
        file="recording.webm",
        duration_s=12.5,
        size_bytes=len(CONTENT),
        sha256="ab" * 32,
    )
    (folder / MANIFEST).write_bytes(msgspec.json.encode(recording))
    await api.services.centre.leave(contact)
    return contact


async def test_what_is_known_of_it(api: Api, recorded: str) -> None:
    async with api.client() as integrator:
        known = await integrator.recording(recorded)
        assert (known["state"], known["media_type"]) == ("ready", "video/webm")
        assert (known["size_bytes"], known["duration_s"]) == (len(CONTENT), 12.5)
        assert known["started_at"] == "2027-01-15T08:00:00.000Z"
        assert (await integrator.contact(recorded))["recording"] == "ready"
        assert await integrator.recording_media(recorded) == CONTENT


async def test_a_range_of_it(api: Api, recorded: str) -> None:
    path = f"/v1/contacts/{recorded}/recording/media"
    async with api.http() as http:
        part = await http.get(path, headers={"Range": "bytes=100-355"})
        assert (part.status_code, part.content) == (206, CONTENT[100:356])
        assert part.headers["cache-control"] == "private, no-cache"
        assert part.headers["content-range"] == f"bytes 100-355/{len(CONTENT)}"
        beyond = await http.get(path, headers={"Range": f"bytes={len(CONTENT)}-"})
        assert (beyond.status_code, beyond.content) == (416, b"")
        assert beyond.headers["content-range"] == f"bytes */{len(CONTENT)}"


async def test_who_may_have_it(api: Api, recorded: str) -> None:
    path = f"/v1/contacts/{recorded}/recording/media"
    async with api.http(api.token("supervisor", "eve")) as http:
        assert (await http.get(path)).status_code == 200
    async with api.http(api.token("visitor", "ada", contact=recorded)) as http:
        check_problem(await http.get(path), 403, "not_permitted")
    async with api.http(api.token("agent", "eve")) as http:
        check_problem(await http.get(path), 403, "not_permitted")
    async with api.http() as http:
        other = (await api.contact())["contact"]["id"]
        answer = await http.get(f"/v1/contacts/{other}/recording")
        check_problem(answer, 404, "unknown_recording")


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-0", (0, 0)),
        ("bytes=5-", (5, 99)),
        ("bytes=5-1000", (5, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-1000", (0, 99)),
        ("bytes=100-", ()),
        ("bytes=-0", ()),
        ("bytes=9-5", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=x", None),
    ],
)
def test_ranges_as_the_standard_reads_them(
    header: str | None, span: tuple[int, ...] | None
) -> None:
    assert _range(header, 100) == span
