"""What contacts, agents and calls look like from outside: one shape for HTTP and WebSocket.

Times are RFC 3339 in UTC, durations seconds. Of the inside only what is named here goes out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Literal

import msgspec

from control_api.calls import Call
from control_api.directory import Named
from control_api.moments import moment, moment_or_none
from control_api.recording_policy import Policy, RecordingDesk, Status
from mediacore.config import QueueSettings
from mediacore.events import Track
from router.centre import ContactCentre
from router.errors import UnknownAgent, UnknownContact
from router.explain import Reader, explain
from router.figures import QueueStatus
from router.model import (
    Agent,
    Assignment,
    Capacity,
    Channel,
    ChatMessage,
    Contact,
    Event,
    Leg,
    Work,
)
from router.requirement import agent_of, bare, groups_of, region_of, skills
from router.sentences import Language

ContactState = Literal[
    "deferred",
    "waiting",
    "offered",
    "connected",
    "completed",
    "abandoned",
    "dismissed",
    "message",
]
CallState = Literal["accepted", "connected", "ended"]


class LocalName(msgspec.Struct, frozen=True):
    """What people read, by language."""

    en: str
    zh: str


class CustomerView(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known about who waits; the `key` for staff and integrators only."""

    name: str
    attributes: dict[str, str]
    key: str | None = None


class PersonView(msgspec.Struct, frozen=True):
    """An agent, as others see one."""

    id: str
    name: str


class GroupsView(msgspec.Struct, frozen=True):
    """The groups that the agent must be in, and those that they must not be in."""

    require: list[str]
    exclude: list[str]


class LegView(msgspec.Struct, frozen=True, kw_only=True):
    """An agent's part in a contact that went on to somebody else, from the queue it was in."""

    agent: PersonView
    queue: str
    talk_s: float
    ended_at: str


class ConsultView(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the agent asks about it, by a contact of its own. `conference`: the colleague is in the
    call as well."""

    contact: str
    queue_name: LocalName
    state: ContactState
    agent: PersonView | None
    conference: bool


class ContactView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One customer's request. `position` (1 is next) and the estimates while it waits.

    The wait is as likely shorter as longer than `estimated_wait_s`, and in nine of ten cases
    shorter than `estimated_wait_p90_s`; both are null when nobody is there to answer. `notes` and
    `requires` (the least level in each skill, named in `skill_names`) go to staff and integrators
    only, and so do `call_to`, `message` and `meant_for`: the agent for whom it is, as long as it is
    `held` nobody else's. `connected` begins when the agent accepts: from then on
    both may join the call, or, where the `channel` is chat, write; where it is callback the agent
    phones `call_to`. `connected_at`: since when both have media, write, or the agent is to phone.
    `deferred` is a callback that is not in line before `due_at`; `dismissed`: sent away, as the
    wait was too long or the queue closed; `message`: the customer left a message and nothing is to
    come. `offers` is what the customer may choose now instead of waiting. `legs`, for staff and
    integrators, are the parts of the agents who had it before this one; `talk_s` is the last one's.
    `holds` counts how often it was put on hold, `held_s` how long in all, the hold that lasts not
    included. `transferred`: an agent has passed it on. `consult`, for staff, is the colleague whom
    its agent asks; that contact is of the kind `consult`, `about` this one, `asked_by` its agent.
    """

    id: str
    queue: str
    queue_name: LocalName
    channel: Channel
    state: ContactState
    position: int | None
    estimated_wait_s: int | None
    estimated_wait_p90_s: int | None
    arrived_at: str
    priority: int
    language: str | None
    customer: CustomerView
    agent: PersonView | None
    consent: Literal["not_needed", "required", "granted", "refused"]
    recording: Status
    kind: Literal["call", "callback", "message", "consult"] = "call"
    due_at: str | None = None
    offers: list[Literal["callback", "message"]] = []
    call_to: str | None = None
    message: str | None = None
    voicemail_s: float | None = None
    connected_at: str | None = None
    ended_at: str | None = None
    talk_s: float | None = None
    holds: int = 0
    held_s: float = 0.0
    legs: list[LegView] = []
    transferred: bool = False
    consult: ConsultView | None = None
    about: str | None = None
    asked_by: PersonView | None = None
    conference: bool = False
    notes: str | None = None
    requires: dict[str, int] | None = None
    skill_names: dict[str, LocalName] | None = None
    groups: GroupsView | None = None
    region: str | None = None
    region_name: LocalName | None = None
    vip: str | None = None
    vip_name: LocalName | None = None
    issue: str | None = None
    issue_name: LocalName | None = None
    meant_for: PersonView | None = None
    held: bool | None = None


class AssignmentView(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent was given: `queues` (null: every queue), the level in each skill, the weight
    for the strategy weighted, the rank for top_down, and how many contacts at once (null: as the
    configuration has it)."""

    queues: list[str] | None
    skills: dict[str, int]
    groups: list[str]
    regions: list[str]
    weight: int
    rank: int
    capacity: Capacity | None


class WorkView(msgspec.Struct, frozen=True, kw_only=True):
    """A contact in an agent's hands."""

    contact: str
    channel: Channel
    state: Literal["offered", "connected", "wrap_up"]
    wrap_up_ends_at: str | None


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """One person who answers. `reason` says why the agent takes no more contacts: not ready, or as
    soon as nothing is in hand. `work` is all that the agent has in hand, in the order in which it
    came; `contact` and `wrap_up_ends_at` are of the first in it. `queues` are those that the agent
    serves while signed in: the assigned ones (without an assignment: all), of these only what the
    sign-in named. `skill_names` are those of the assignment's skills."""

    id: str
    name: str
    state: Literal["offline", "not_ready", "ready", "reserved", "busy", "wrap_up"]
    reason: str | None
    since: str | None
    contact: str | None
    wrap_up_ends_at: str | None
    work: list[WorkView]
    queues: list[str]
    assignment: AssignmentView | None
    skill_names: dict[str, LocalName]


class ParticipantView(msgspec.Struct, frozen=True):
    """`present`: media is connected at this moment."""

    role: Literal["visitor", "agent"]
    name: str
    present: bool


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    """A call: `accepted` until both have media, then `connected`. `started_at`: when both had."""

    contact_id: str
    state: CallState
    held: bool
    started_at: str | None
    recording: Status
    participants: list[ParticipantView]


class TrackView(msgspec.Struct, frozen=True, kw_only=True):
    """A track somebody else sends, as an offer's `subscribe` names it by `id`."""

    id: int
    source: Literal["microphone", "camera", "screen", "screen_audio"]
    kind: Literal["audio", "video"]
    codec: str
    role: Literal["visitor", "agent"]
    name: str
    muted: bool


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One chat message; `seq` counts from 1 in its contact, in the order everybody sees. `sender`:
    the agent's id, or the contact's if its visitor writes."""

    seq: int
    role: Literal["visitor", "agent", "supervisor", "system"]
    sender: str
    name: str
    text: str
    at: str
    client_id: str


class AttendedView(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that an agent has in hand, with its call, if it has one, and what was written."""

    contact: ContactView
    call: CallView | None
    messages: list[MessageView]


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """A topic a visitor can choose. The estimates are those of a contact that would join now.
    `changes_at`: when it closes, or opens if it is not `open`. `issues`: what a contact of it may
    name as its `issue`."""

    id: str
    name: LocalName
    recording: Policy
    waiting: int
    estimated_wait_s: int | None
    estimated_wait_p90_s: int | None
    open: bool
    changes_at: str | None
    issues: list[IssueView] = []


class IssueView(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact of a queue may be about, more exactly."""

    id: str
    name: LocalName


class SkillView(msgspec.Struct, frozen=True, kw_only=True):
    """Something agents have and contacts may need."""

    id: str
    name: LocalName


class SentenceView(msgspec.Struct, frozen=True, kw_only=True):
    """What one event of the log (`seq`) comes to, in words for a supervisor."""

    seq: int
    at: str
    text: str


def message_view(message: ChatMessage) -> MessageView:
    return MessageView(
        seq=message.seq,
        role=message.sender.role,
        sender=message.sender.id,
        name=message.sender.name,
        text=message.text,
        at=moment(message.at_us),
        client_id=message.client_id,
    )


def absent_agent(agent_id: str, name: str) -> AgentView:
    """An agent the contact centre has never seen."""
    return AgentView(
        id=agent_id,
        name=name,
        state="offline",
        reason=None,
        since=None,
        contact=None,
        wrap_up_ends_at=None,
        work=[],
        queues=[],
        assignment=None,
        skill_names={},
    )


def _groups(contact: Contact) -> GroupsView:
    require, exclude = groups_of(contact.needs)
    return GroupsView(require, exclude)


def _assignment_view(given: Assignment) -> AssignmentView:
    return AssignmentView(
        queues=None if given.queues is None else list(given.queues),
        skills=given.skills,
        groups=list(given.groups),
        regions=list(given.regions),
        weight=given.weight,
        rank=given.rank,
        capacity=given.capacity,
    )


def track_views(call: Call, tracks: Iterable[Track]) -> list[TrackView]:
    views = []
    for track in tracks:
        participant = call.participant(track.participant)
        if participant is None or participant.who.role == "supervisor":
            continue
        views.append(
            TrackView(
                id=track.id,
                source=track.source,
                kind=track.kind,
                codec=track.codec,
                role=participant.who.role,
                name=participant.who.name,
                muted=track.muted,
            )
        )
    return views


class Views:
    """Views that need more than the thing itself: names of queues and agents, the recording."""

    def __init__(
        self,
        centre: ContactCentre,
        queues: Mapping[str, QueueSettings],
        names: Mapping[str, Named],
        recordings: RecordingDesk,
        zone: tzinfo,
    ) -> None:
        self._zone = zone
        self._centre = centre
        self._queue_names = _names(queues)
        self._attribute_names = _names(names)
        self._recordings = recordings

    def contact(
        self, contact: Contact, *, staff: bool, recording: Status | None = None
    ) -> ContactView:
        """`staff`: with what only staff sees. `recording` where it was looked up."""
        return ContactView(
            id=contact.id,
            queue=contact.queue,
            queue_name=self.queue_name(contact.queue),
            channel=contact.channel,
            state="connected" if contact.state == "accepted" else contact.state,
            position=contact.position,
            estimated_wait_s=contact.estimated_wait_s,
            estimated_wait_p90_s=contact.estimated_wait_p90_s,
            arrived_at=moment(contact.arrived_us),
            priority=contact.priority,
            language=contact.language,
            customer=CustomerView(
                contact.customer.name,
                contact.customer.attributes,
                contact.customer.key if staff else None,
            ),
            agent=self.person(contact.agent),
            consent=contact.consent,
            recording=recording or self._recordings.status(contact),
            kind=contact.kind,
            due_at=moment_or_none(contact.due_us),
            offers=self._centre.offers(contact),
            call_to=contact.call_to if staff else None,
            message=contact.message if staff else None,
            voicemail_s=contact.voicemail.duration_s if staff and contact.voicemail else None,
            connected_at=moment_or_none(contact.connected_us),
            ended_at=moment_or_none(contact.ended_us),
            talk_s=None if contact.talk_us is None else contact.talk_us / 1e6,
            holds=contact.holds,
            held_s=contact.held_us / 1e6,
            legs=[self._leg(leg) for leg in contact.legs] if staff else [],
            transferred=bool(contact.legs),
            consult=self._consult(contact) if staff else None,
            about=contact.about if staff else None,
            asked_by=self.person(self._centre.asker(contact)),
            conference=contact.conference,
            notes=contact.notes if staff else None,
            requires=skills(contact.needs) if staff else None,
            skill_names=self.skill_names(skills(contact.needs)) if staff else None,
            groups=_groups(contact) if staff else None,
            region=region_of(contact.needs) if staff else None,
            region_name=self._name_of("region", region_of(contact.needs)) if staff else None,
            vip=contact.vip if staff else None,
            vip_name=self._name_of("vip", contact.vip) if staff else None,
            issue=contact.issue if staff else None,
            issue_name=self._name_of("issue", contact.issue) if staff else None,
            meant_for=self.person(contact.meant_for) if staff else None,
            held=agent_of(contact.needs) is not None if staff else None,
        )

    def _consult(self, contact: Contact) -> ConsultView | None:
        if contact.consult is None or not contact.live:
            return None
        consult = self._centre.contact(contact.consult)
        return ConsultView(
            contact=consult.id,
            queue_name=self.queue_name(consult.queue),
            state="connected" if consult.state == "accepted" else consult.state,
            agent=self.person(consult.agent),
            conference=consult.conference,
        )

    def _leg(self, leg: Leg) -> LegView:
        return LegView(
            agent=self._named(leg.agent),
            queue=leg.queue,
            talk_s=leg.talk_us / 1e6,
            ended_at=moment(leg.ended_us),
        )

    def agent(self, agent: Agent) -> AgentView:
        given = agent.assignment
        work = [self._work(one) for one in agent.work]
        first = work[0] if work else None
        return AgentView(
            id=agent.id,
            name=agent.name,
            state=agent.state,
            reason=agent.reason,
            since=moment_or_none(agent.since_us or None),
            contact=None if first is None else first.contact,
            wrap_up_ends_at=None if first is None else first.wrap_up_ends_at,
            work=work,
            queues=list(agent.queues),
            assignment=None if given is None else _assignment_view(given),
            skill_names={} if given is None else self.skill_names(given.skills),
        )

    def _work(self, work: Work) -> WorkView:
        state: Literal["offered", "connected", "wrap_up"] = "wrap_up"
        if work.wrap_up_ends_us is None:
            offered = self._centre.contact(work.contact).state == "offered"
            state = "offered" if offered else "connected"
        return WorkView(
            contact=work.contact,
            channel=work.channel,
            state=state,
            wrap_up_ends_at=moment_or_none(work.wrap_up_ends_us),
        )

    def explanation(
        self, contact: Contact, events: Iterable[Event], language: Language
    ) -> list[SentenceView]:
        """Why the contact went to whom, from its events."""
        reader = Reader(
            language,
            self._zone,
            agent=lambda id: self._named(id).name,
            queue=lambda id: getattr(self.queue_name(id), language),
            skill=lambda id: getattr(self.skill_name(id), language),
        )
        return [
            SentenceView(seq=one.seq, at=moment(one.at_us), text=one.text)
            for one in explain(contact, events, reader)
        ]

    def call(self, call: Call) -> CallView:
        state: CallState = "accepted" if call.started_us is None else "connected"
        recording: Status = "off"
        with contextlib.suppress(UnknownContact):
            recording = self._recordings.status(self._centre.contact(call.contact))
        return CallView(
            contact_id=call.contact,
            state="ended" if call.ended else state,
            held=call.held,
            started_at=moment_or_none(call.started_us),
            recording=recording,
            participants=[
                ParticipantView(one.who.role, one.who.name, one.present)
                for one in call.people.values()
                if one.who.role != "supervisor"
            ],
        )

    def queues(self, statuses: Iterable[QueueStatus]) -> list[QueueView]:
        """The topics of a visitor's page."""
        return [
            QueueView(
                id=status.id,
                name=self.queue_name(status.id),
                recording=self._recordings.policy(status.id),
                waiting=status.waiting,
                estimated_wait_s=status.estimated_wait_s,
                estimated_wait_p90_s=status.estimated_wait_p90_s,
                open=status.is_open,
                changes_at=moment_or_none(status.changes_us),
                issues=[
                    IssueView(id=issue.id, name=self.skill_name(f"issue:{issue.id}"))
                    for issue in self._centre.issues(status.id)
                ],
            )
            for status in statuses
        ]

    def skills(self) -> list[SkillView]:
        """The configured skills."""
        return [SkillView(id=one.id, name=self.skill_name(one.id)) for one in self._centre.skills()]

    def queue_name(self, queue_id: str) -> LocalName:
        """A queue that is no longer configured is called by its id."""
        return self._queue_names.get(queue_id) or LocalName(queue_id, queue_id)

    def skill_names(self, levels: Iterable[str]) -> dict[str, LocalName]:
        """What people read for each of these skills."""
        return {skill: self.skill_name(skill) for skill in levels}

    def skill_name(self, name: str) -> LocalName:
        """Of a skill, or of what else requirement.py names; by its id if it is no longer
        configured."""
        return self._attribute_names.get(name) or LocalName(bare(name), bare(name))

    def _name_of(self, kind: str, id: str | None) -> LocalName | None:
        return None if id is None else self.skill_name(f"{kind}:{id}")

    def person(self, agent_id: str | None) -> PersonView | None:
        """An agent, if there is one."""
        return None if agent_id is None else self._named(agent_id)

    def _named(self, agent_id: str) -> PersonView:
        try:
            return PersonView(agent_id, self._centre.agent(agent_id).name)
        except UnknownAgent:
            return PersonView(agent_id, agent_id)


def _names(configured: Mapping[str, QueueSettings | Named]) -> dict[str, LocalName]:
    """Made once: a board names every skill of every agent."""
    return {id: LocalName(one.name_en, one.name_zh) for id, one in configured.items()}
