"""A contact's recording: what is known of it, and the file, whole or in ranges (RFC 9110, 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import msgspec
from litestar import Request, Response, Router, get
from litestar.params import FromPath
from litestar.response import Stream

from control_api.auth import Principal
from control_api.compose import Services
from control_api.http import contacts
from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.moments import moment
from control_api.problems import Problem
from control_api.recording_policy import Status
from mediacore.recording import Recording

CHUNK_BYTES = 64 * 1024
MEDIA_TYPES = {".webm": "video/webm", ".mkv": "video/x-matroska"}


class RecordedTrackView(msgspec.Struct):
    """`title` says who sent it and what it is; `gaps` are pauses of more than a second.

    Not in the file: `incomplete_frames`, which came in part, and `uncaptured_packets`, for which
    the disk was too slow.
    """

    title: str
    kind: str
    codec: str
    gaps: int
    incomplete_frames: int
    uncaptured_packets: int


class RecordingView(msgspec.Struct, omit_defaults=True):
    """From `media_type` on: once it is ready. `duration_s` in seconds, `size` in bytes."""

    contact: str
    state: Status
    started_at: str
    media_type: str = ""
    size_bytes: int = 0
    duration_s: float = 0.0
    sha256: str = ""
    tracks: list[RecordedTrackView] = []


@get("/contacts/{contact_id:str}/recording", summary="What is known of a recording")
async def read(
    contact_id: FromPath[str], principal: PrincipalOf, services: ServicesOf
) -> RecordingView:
    """For supervisors and integrators, and for the contact's agent."""
    recording, status = await _find(contact_id, principal, services)
    if status != "ready":
        return RecordingView(contact_id, status, moment(recording.started_us))
    return RecordingView(
        contact=contact_id,
        state=status,
        started_at=moment(recording.started_us),
        media_type=MEDIA_TYPES[recording.path.suffix],
        size_bytes=recording.size_bytes,
        duration_s=recording.duration_s,
        sha256=recording.sha256,
        tracks=[
            RecordedTrackView(
                title=track.title,
                kind=track.kind,
                codec=track.codec,
                gaps=track.gaps,
                incomplete_frames=track.incomplete,
                uncaptured_packets=track.uncaptured_packets,
            )
            for track in recording.tracks
        ],
    )


@get("/contacts/{contact_id:str}/recording/media", summary="The recording's file")
async def media(
    request: Request[Any, Any, Any],
    contact_id: FromPath[str],
    principal: PrincipalOf,
    services: ServicesOf,
) -> Response[Any]:
    """The whole file, or with a Range header one range of it (206)."""
    recording, status = await _find(contact_id, principal, services)
    if status != "ready":
        raise Problem("wrong_state", f"the recording is not ready yet ({status})")
    size = recording.size_bytes
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{recording.sha256}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{contact_id}{recording.path.suffix}"',
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
        _chunks(recording.path, first, last),
        status_code=code,
        media_type=MEDIA_TYPES[recording.path.suffix],
        headers=headers,
    )


async def _find(
    contact_id: str, principal: Principal, services: Services
) -> tuple[Recording, Status]:
    principal.require("agent", "supervisor", "integrator")
    contact = await contacts.find(contact_id, principal, services)
    recording = await services.recordings.find(contact)
    if recording is None:
        raise Problem("unknown_recording", f"contact {contact_id} has no recording")
    return recording, await services.recordings.find_status(contact)


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


router = Router("/", route_handlers=[read, media], tags=["Recordings"])
