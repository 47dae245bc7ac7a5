"""The pages and their files, from the package's own folder, under a strict policy.

Browsers ask each time whether their copy is still right (ETag), so a new version shows at once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.params import FromPath
from litestar.response import Redirect

from control_api.problems import Problem

ROOT: Final = Path(__file__).parent / "static"
PAGES: Final = ("visitor", "agent", "supervisor")

MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What is served at all; other files in the folder are not. The framework adds the charset."""

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob: mediastream:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "form-action 'none'",
    )
)

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    media_type: str
    etag: str
    stamp: tuple[int, int]


class Files:
    """Files under `root`, kept in memory and read again when they have changed on disk."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root.resolve()
        self._files: dict[str, File] = {}

    def get(self, path: FromPath[str]) -> File:
        """The file at `path`, relative to the root. Raises Problem(not_found)."""
        media_type = MEDIA_TYPES.get(Path(path).suffix)
        missing = Problem("not_found", "there is no such file")
        if media_type is None or "\0" in path:
            raise missing
        place = (self._root / path.lstrip("/")).resolve()
        if not place.is_relative_to(self._root) or not place.is_file():
            raise missing
        status = place.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._files.get(path)
        if known is not None and known.stamp == stamp:
            return known
        content = place.read_bytes()
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        file = self._files[path] = File(content, media_type, etag, stamp)
        return file


_files: Final = Files()


def respond(request: Request[Any, Any, Any], file: File) -> Response[bytes]:
    """200 with the file, or 304 when the browser has it already."""
    headers = {**HEADERS, "ETag": file.etag}
    known = request.headers.get("if-none-match", "")
    if file.etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)


@get("/", include_in_schema=False)
async def home() -> Redirect:
    return Redirect("/visitor", status_code=307)


@get([f"/{page}" for page in PAGES], include_in_schema=False)
async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
    return respond(request, _files.get(f"{request.url.path.strip('/')}.html"))


@get("/static/{path:path}", include_in_schema=False)
async def static(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
    return respond(request, _files.get(path))


@get("/favicon.ico", include_in_schema=False)
async def icon() -> Redirect:
    return Redirect("/static/icon.svg", status_code=307)


router = Router("/", route_handlers=[home, page, static, icon])
