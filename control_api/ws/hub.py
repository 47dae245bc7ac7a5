"""Who is connected. One page for each visitor and each agent; supervisors may have several."""

from __future__ import annotations

from collections.abc import Iterator

from control_api.calls import Who
from control_api.limits import CONNECTIONS_MAX
from control_api.problems import Problem
from control_api.ws.connection import CLOSE_REPLACED, Connection, PageKey
from control_api.ws.messages import ServerMessage, error_of


class Hub:
    def __init__(self) -> None:
        self._pages: dict[PageKey, Connection] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._pages.values()))

    def enter(self, page: Connection, *, take_over: bool) -> None:
        """Let a page in after its hello. A page of the same tab, or one that is taken over, goes.

        Raises Problem: already_connected, busy.
        """
        present = self._pages.get(page.key)
        if present is None and len(self._pages) >= CONNECTIONS_MAX:
            raise Problem("busy", f"{CONNECTIONS_MAX} pages are connected already")
        if present is not None and present.tab != page.tab and not take_over:
            raise Problem(
                "already_connected",
                f"this {page.principal.role} is connected from another page; "
                "say hello with take_over to continue here",
            )
        self._pages[page.key] = page
        if present is not None:
            problem = Problem("replaced", "another page of the same person has taken over")
            # A reloaded page goes on watching what it watched.
            page.watching, present.watching = present.watching, None
            present.end(error_of(problem), CLOSE_REPLACED)

    def leave(self, page: Connection) -> bool:
        """The page's socket is gone; False if another page had taken its place before."""
        if self._pages.get(page.key) is not page:
            return False
        del self._pages[page.key]
        return True

    def visitor(self, contact_id: str) -> Connection | None:
        return self._pages.get(("visitor", contact_id))

    def agent(self, agent_id: str | None) -> Connection | None:
        return self._pages.get(("agent", agent_id)) if agent_id is not None else None

    def page(self, who: Who) -> Connection | None:
        return self._pages.get((who.role, who.subject))

    def supervisors(self) -> list[Connection]:
        return [page for page in self if page.principal.role == "supervisor"]

    def of_role(self, role: str) -> int:
        return sum(page.principal.role == role for page in self._pages.values())

    def broadcast(self, message: ServerMessage) -> None:
        for page in self:
            page.send(message)
