"""A file of a contact, whole or in ranges (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
from litestar import Request, Response
from litestar.response import Stream

CHUNK_BYTES = 64 * 1024


def serve(
    request: Request[Any, Any, Any],
    path: Path,
    *,
    size: int,
    media_type: str,
    name: str,
    tag: str,
) -> Response[Any]:
    """The whole file, or with a Range header one range of it (206). `name` is what a browser saves
    it as, `tag` changes with its bytes."""
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{tag}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{name}"',
    }
    span = _range(request.headers.get("range"), size)
    if span is None:
        first, last, code = 0, size - 1, 200
    elif span:
        first, last, code = *span, 206
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    else:
        return Response(
            b"", status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"}
        )
    headers["Content-Length"] = str(last - first + 1)
    return Stream(
        _chunks(path, first, last), status_code=code, media_type=media_type, headers=headers
    )


def _range(header: str | None, size: int) -> tuple[int, int] | tuple[()] | None:
    """First and last byte; None for the whole, () for what is outside the file.

    Several ranges, other units and what can't be read count as no header (RFC 9110, 14.2).
    """
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", (header or "").strip())
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        return (size - length, size - 1) if length else ()
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return None
    return (first, last) if first < size else ()


async def _chunks(path: Path, first: int, last: int) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        await file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := await file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
