"""Who is there to answer, counted by what they serve and can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from router.model import Agent
from router.prediction import Group
from router.requirement import had
from router.waiting import Line, Needs, Waiting

# Signed in and taking contacts, or busy with one.
_STAFFED = frozenset({"ready", "reserved", "busy", "wrap_up"})


class Profile(NamedTuple):
    """Agents who are alike to every contact."""

    queues: tuple[str, ...]
    levels: tuple[tuple[str, int], ...]

    def serves(self, needs: Needs) -> bool:
        """Whether they may be offered who needs this."""
        levels = dict(self.levels)
        return needs.queue in self.queues and all(
            levels.get(skill, 0) >= level if level else skill not in levels
            for skill, level in needs.levels
        )


class _Part(NamedTuple):
    """What one agent counts as."""

    profile: Profile
    # The queue of the contact that the agent is with, or one that the agent serves.
    queue: str
    ready: bool


class Staff:
    def __init__(self) -> None:
        self._parts: dict[int, _Part] = {}
        self._working: dict[Profile, Counter[str]] = {}
        self._ready: Counter[Profile] = Counter()
        # By profile those of the lines that it serves, as of one version of the lines.
        self._served: dict[Profile, tuple[Line, ...]] = {}
        self._lines: frozenset[Line] = frozenset()
        self._version: int | None = None

    def follow(self, agent: Agent, queue: str | None) -> None:
        """The agent is like this from now on, with a contact of this queue or with nobody."""
        before, after = self._parts.get(agent.number), _part(agent, queue)
        if after == before:
            return
        if before is not None:
            del self._parts[agent.number]
            self._count(before, -1)
        if after is not None:
            self._parts[agent.number] = after
            self._count(after, 1)

    def _count(self, part: _Part, by: int) -> None:
        working = self._working.get(part.profile)
        if working is None:
            working = self._working[part.profile] = Counter()
        working[part.queue] += by
        self._ready[part.profile] += by * part.ready
        if working[part.queue] == 0:
            del working[part.queue]
        if not working:
            del self._working[part.profile], self._ready[part.profile]
            self._served.pop(part.profile, None)

    def groups(self, waiting: Waiting, index: Mapping[Line, int]) -> list[Group]:
        """Agents who serve the same of the lines in `index`, together."""
        if self._version != waiting.version:
            self._follow_lines(frozenset(waiting.lines()))
            self._version = waiting.version
        working: dict[tuple[int, ...], Counter[str]] = {}
        ready: Counter[tuple[int, ...]] = Counter()
        for profile, there in self._working.items():
            if profile not in self._served:
                self._served[profile] = _served(profile, self._lines)
            served = (index[line] for line in self._served[profile] if line in index)
            lines = tuple(sorted(served))
            if lines:
                working.setdefault(lines, Counter()).update(there)
                ready[lines] += self._ready[profile]
        return [Group(lines, there, ready[lines]) for lines, there in working.items()]

    def _follow_lines(self, lines: frozenset[Line]) -> None:
        new, gone = lines - self._lines, self._lines - lines
        for profile, served in self._served.items():
            kept = tuple(line for line in served if line not in gone) if gone else served
            self._served[profile] = kept + _served(profile, new)
        self._lines = lines


def _served(profile: Profile, lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if profile.serves(line.needs))


def _part(agent: Agent, queue: str | None) -> _Part | None:
    if agent.state not in _STAFFED or not agent.queues:
        return None
    profile = Profile(agent.queues, tuple(sorted(had(agent.assignment).items())))
    return _Part(profile, queue or agent.queues[0], agent.state == "ready")
