"""Media sessions that standard clients hold: an address for each, so that it can be ended."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from control_api.auth import Principal
from control_api.calls import Calls, Who
from control_api.problems import Problem
from mediacore.errors import MediaError


@dataclass(frozen=True, slots=True)
class MediaSession:
    """One session of a WHIP or WHEP client, under a key that nobody guesses."""

    key: str
    contact: str
    who: Who


class MediaSessions:
    """The sessions of WHIP and WHEP clients; those whose call has ended are forgotten."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._sessions: dict[str, MediaSession] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    async def open(
        self, contact_id: str, principal: Principal, offer: str, *, publish: bool
    ) -> tuple[MediaSession, str]:
        """A session that only sends (`publish`) or only receives, and the SDP answer.

        Raises Problem, MediaError, RouterError.
        """
        session = MediaSession(secrets.token_urlsafe(16), contact_id, _who(principal, contact_id))
        await self._calls.join(
            contact_id, session.who, key=session.key, publish=publish, subscribe=not publish
        )
        try:
            answer = await self._calls.offer(
                contact_id, session.who, offer, key=session.key, auto=True
            )
        except (Problem, MediaError):
            await self._calls.leave(contact_id, session.who, key=session.key)
            raise
        self._forget_ended()
        self._sessions[session.key] = session
        return session, answer

    async def close(self, key: str, principal: Principal) -> None:
        """End a session. Raises Problem: unknown_session, not_permitted."""
        self._forget_ended()
        session = self._sessions.get(key)
        if session is None:
            raise Problem("unknown_session", "the media session has ended, or never was")
        if principal.role != "integrator" and session.who != _who(principal, session.contact):
            raise Problem("not_permitted", "the media session is somebody else's")
        del self._sessions[key]
        await self._calls.leave(session.contact, session.who, key=key)

    def _forget_ended(self) -> None:
        """So that there are never more than the media engine has sessions."""
        for key, session in list(self._sessions.items()):
            if not self._calls.holds(session.contact, session.who, key):
                del self._sessions[key]


def _who(principal: Principal, contact_id: str) -> Who:
    match principal.role:
        case "visitor":
            return Who("visitor", contact_id, principal.name)
        case "agent":
            return Who("agent", principal.subject, principal.name)
        case "supervisor":
            return Who("supervisor", f"{principal.subject}/whep", principal.name)
        case _:
            detail = "media needs a visitor's, an agent's or a supervisor's token"
            raise Problem("not_permitted", detail)
