"""The pages and their files: a strict policy, revalidation, and nothing from outside the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from control_api.pages import PAGES, Files
from control_api.problems import Problem
from unit.control_api.running import Api


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_comes_under_a_strict_policy(shared_api: Api, page: str) -> None:
    async with shared_api.http(None) as http:
        answer = await http.get(f"/{page}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    parts = answer.headers["content-security-policy"].split("; ")
    policy = dict(part.split(" ", 1) for part in parts)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "camera=(self)" in answer.headers["permissions-policy"]


async def test_a_known_file_is_not_sent_again(shared_api: Api) -> None:
    async with shared_api.http(None) as http:
        first = await http.get("/static/connection.js")
        assert first.headers["content-type"].startswith("text/javascript")
        assert first.headers["cache-control"] == "no-cache"
        tag = first.headers["etag"]
        for known in (tag, f'"other", W/{tag}'):
            again = await http.get("/static/connection.js", headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
        other = await http.get("/static/connection.js", headers={"If-None-Match": '"other"'})
        assert other.status_code == 200


@pytest.mark.parametrize(
    "path", ["nothing.js", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "vendor/VENDOR.md", ""]
)
async def test_nothing_else_is_served(shared_api: Api, path: str) -> None:
    async with shared_api.http(None) as http:
        answer = await http.get(f"/static/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_links_out_of_the_folder_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "secret.js").write_text("secret")
    (tmp_path / "static" / "link.js").symlink_to(tmp_path / "secret.js")
    with pytest.raises(Problem):
        Files(tmp_path / "static").get("link.js")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_text("1")
    files = Files(tmp_path)
    before = files.get("a.js")
    assert files.get("a.js") is before
    file.write_text("12")
    assert files.get("a.js").content == b"12"
    assert files.get("a.js").etag != before.etag
