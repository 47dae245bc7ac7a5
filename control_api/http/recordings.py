"""A contact's recording: what is known of it, and the file."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.params import FromPath

from control_api.auth import Principal
from control_api.compose import Services
from control_api.http import contacts, files
from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.moments import moment
from control_api.problems import Problem
from control_api.recording_policy import Status
from mediacore.recording import Recording

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
    suffix = recording.path.suffix
    return files.serve(
        request,
        recording.path,
        size=recording.size_bytes,
        media_type=MEDIA_TYPES[suffix],
        name=f"{contact_id}{suffix}",
        tag=recording.sha256,
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


router = Router("/", route_handlers=[read, media], tags=["Recordings"])
