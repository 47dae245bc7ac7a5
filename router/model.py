"""What the contact centre is made of: queues, skills, contacts, agents, messages, events.

All values are frozen, so a view that was handed out never changes under its reader. Times are
microseconds since the Unix epoch (`_us`), durations seconds (`_s`) or microseconds (`_us`).
What a customer typed is left out of every `repr`, so that it can't reach a log line.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

CUSTOMER_NAME_BOUND = 100
CUSTOMER_KEY_BOUND = 128
ATTRIBUTES_BOUND = 20
ATTRIBUTE_KEY_BOUND = 64
ATTRIBUTE_VALUE_BOUND = 500
LANGUAGE_BOUND = 35
AGENT_NAME_BOUND = 100
NOTES_BOUND = 10_000
CHAT_TEXT_BOUND = 4_000
CLIENT_ID_BOUND = 64
PRIORITY_MAX = 99
IDEMPOTENCY_KEY_BOUND = 255
WEIGHT_MAX = 100
RANK_MAX = 65_535
CALL_TO_BOUND = 200
MESSAGE_TEXT_BOUND = 4_000
# Agents whom one contact may go through.
LEGS_BOUND = 64

ContactState = Literal[
    "deferred",
    "waiting",
    "offered",
    "accepted",
    "connected",
    "completed",
    "abandoned",
    "dismissed",
    "message",
]
LIVE_STATES: tuple[ContactState, ...] = (
    "deferred",
    "waiting",
    "offered",
    "accepted",
    "connected",
)
ENDED_STATES = tuple(state for state in get_args(ContactState) if state not in LIVE_STATES)
ContactKind = Literal["call", "callback", "message", "consult"]
# Why an agent declines an offer: lacks what it takes, or the language; knows the customer; has
# something else to finish first; camera, microphone or page fail.
RejectReason = Literal["skill", "language", "acquainted", "occupied", "technical"]
# What a visitor may choose instead of waiting.
Offer = Literal["callback", "message"]
Consent = Literal["not_needed", "required", "granted", "refused"]
AgentState = Literal["offline", "not_ready", "ready", "reserved", "busy", "wrap_up"]
# The first five come from the matcher; `restart` is ours: signed out because the server restarted.
NotReadyReason = Literal[
    "signed_in", "break", "training", "meeting", "missed_offer", "rejected_offer", "restart"
]
# As native/acd names them; which there are for a queue is listed in its settings.
Strategy = str
Role = Literal["visitor", "agent", "supervisor", "system"]

Channel = Literal["voice", "video", "chat", "callback"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
# An agent is in one of these at a time; the first two take a room in the media engine.
CALLS: tuple[Channel, ...] = ("voice", "video", "callback")
IN_A_ROOM: tuple[Channel, ...] = ("voice", "video")
SLOTS_MAX = 32

AgentId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._@-]{1,64}$")]
QueueId = Annotated[str, Meta(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$")]


class Value(msgspec.Struct, frozen=True, gc=False):
    """Nothing in it leads back to it, so the search for garbage leaves it out: with thousands of
    contacts at hand that search took a quarter of a busy server's time."""


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """Something agents have and contacts may need. `name` as of a queue."""

    id: str
    name: dict[str, str] = {}


class RelaxStep(msgspec.Struct, frozen=True, kw_only=True):
    """What a queue's contacts need less of after `after_s` of waiting: `lower_levels` off every
    level (1 is the least that remains), the skills in `drop` not at all; and `queue`, where they go
    on waiting. Each step builds on the one before."""

    after_s: Annotated[float, Meta(gt=0)]
    lower_levels: Annotated[int, Meta(ge=0, le=9)] = 0
    drop: tuple[str, ...] = ()
    queue: QueueId | None = None


Ranges = tuple[tuple[int, int], ...]
# "wait", "refuse", "callback", "message", or "queue:" and the id of the queue that takes over; of a
# queue that closes "serve" in place of "wait".
Treatment = str


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """When a queue is open, by the clock on the wall in `time_zone` (an IANA name). `week` has the
    ranges of each day from Monday on, `holidays` those of a date (2026-12-24) instead. A range goes
    from one minute of the day until before another, 1,440 at most."""

    time_zone: str = "UTC"
    week: tuple[Ranges, Ranges, Ranges, Ranges, Ranges, Ranges, Ranges]
    holidays: dict[str, Ranges] = {}


class MaxWait(Value, frozen=True):
    """The most that a contact waits until an agent first accepts it, and what it comes to then:
    "refuse", "callback" or "message"."""

    after_us: int
    then: Treatment


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A queue as configured. `name` maps a language tag ("en", "zh") to what people read.

    `priority_worth_s` is how much waiting one point of priority is worth (None: priority always
    goes first), `urgency` how fast waiting counts beside other queues (1 to 1,000), `seed` what the
    strategy random draws from, `service_level_s` within which an answer is in time and
    `short_abandon_s` within which who leaves never wanted to wait, `requires` what each contact
    needs unless it names the skill itself, `relax` how that becomes less while it waits,
    `widen_after_s` when the search leaves its region, for the one around it each time. Without a
    `calendar` it is always open. The treatments say what becomes of who can't be served;
    `callback`: customers may ask for one.
    """

    id: QueueId
    name: dict[str, str] = {}
    offer_timeout_s: Annotated[float, Meta(gt=0)] = 20.0
    wrap_up_s: Annotated[float, Meta(ge=0)] = 30.0
    max_waiting: Annotated[int, Meta(ge=1)] = 1_000
    consent_required: bool = False
    strategy: Strategy = "longest_idle"
    priority_worth_s: Annotated[float, Meta(ge=0)] | None = None
    urgency: Annotated[int, Meta(ge=1, le=1_000)] = 1
    service_level_s: Annotated[float, Meta(gt=0)] = 20.0
    short_abandon_s: Annotated[float, Meta(ge=0)] = 5.0
    seed: Annotated[int, Meta(ge=0)] = 0
    requires: dict[str, int] = {}
    relax: tuple[RelaxStep, ...] = ()
    widen_after_s: tuple[float, ...] = ()
    calendar: Calendar | None = None
    when_closed: Treatment = "refuse"
    at_closing: Treatment = "serve"
    when_full: Treatment = "refuse"
    when_unstaffed: Treatment = "wait"
    unstaffed_grace_s: Annotated[float, Meta(ge=0)] = 60.0
    max_wait_s: Annotated[float, Meta(gt=0)] | None = None
    when_max_wait: Treatment = "refuse"
    callback: bool = False


class Stage(Value, frozen=True, kw_only=True):
    """What a contact needs, and where it waits, from `after_us` after its arrival on."""

    after_us: int
    requires: dict[str, int]
    queue: str


class Customer(Value, frozen=True):
    """What is known about who waits: a name of at most 100 characters, and bounded attributes.
    `key` is by what the integrator's own system knows them, so that who comes again is recognised.
    """

    name: Annotated[str, Meta(max_length=CUSTOMER_NAME_BOUND)] = ""
    attributes: Annotated[
        dict[
            Annotated[str, Meta(min_length=1, max_length=ATTRIBUTE_KEY_BOUND)],
            Annotated[str, Meta(max_length=ATTRIBUTE_VALUE_BOUND)],
        ],
        Meta(max_length=ATTRIBUTES_BOUND),
    ] = {}
    key: Annotated[str, Meta(min_length=1, max_length=CUSTOMER_KEY_BOUND)] | None = None

    def __repr__(self) -> str:
        return "Customer(...)"


class Leg(Value, frozen=True, kw_only=True):
    """An agent's part in a contact that then went on to somebody else; `queue` is where it was."""

    agent: str
    queue: str
    ended_us: int
    talk_us: int
    wrap_up_us: int | None = None


class Voicemail(Value, frozen=True):
    """A spoken message, which lies outside of the router."""

    id: str
    duration_s: float


class Contact(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One customer's request, from arrival to end. It is stored without what is at its default: a
    default, once given, never changes.

    `agent` is set from the offer on (offered, accepted, connected) and stays after the end;
    a contact that goes back to its queue loses it. `position` (1 is next), `estimated_wait_s` (as
    likely shorter as longer) and `estimated_wait_p90_s` (shorter in nine of ten cases) are set
    while it waits; the estimates are None when nobody is there to answer. `requires` is the
    least level that its agent must have in each skill on arrival, beside what else they must be
    (requirement.py); after the first `relaxed` stages of `relax` it `needs` less. It was
    `meant_for` this agent, whether or not it is held for them; `last_agent` is who served its
    customer the last time before. `vip`, `issue` and `region` are what it came with. `entered` is
    the queue it came to, if it has moved on since; `asked` the one that it was meant for, if that
    one could not take it. `channel` is what customer and agent meet by. A callback goes to
    `call_to`, not before `due_us`: by the channel `callback` the agent phones there, by another the
    customer gets a link. A message is `message`, or a `voicemail`. `offers` is what its customer
    may choose instead of waiting any longer. It is `answered` once an agent has accepted it, also
    when it waits again. `legs` are the parts of agents who had it before; `talk_us` and
    `wrap_up_us` are of the last one. It was put on hold `holds` times, for `held_us` in all, and
    since `held_since_us` it is. `consult` is the contact by which its agent asks a colleague, whose
    `about` is this one; in a `conference` the colleague is in the call as well.
    """

    number: int
    id: str
    queue: str
    channel: Channel = "video"
    priority: int
    arrived_us: int
    requires: dict[str, int] = {}
    relax: tuple[Stage, ...] = ()
    relaxed: int = 0
    vip: str | None = None
    issue: str | None = None
    region: str | None = None
    meant_for: str | None = None
    last_agent: str | None = None
    entered: str | None = None
    asked: str | None = None
    kind: ContactKind = "call"
    call_to: str = ""
    due_us: int | None = None
    message: str = ""
    voicemail: Voicemail | None = None
    max_wait: MaxWait | None = None
    offers: tuple[Offer, ...] = ()
    state: ContactState = "waiting"
    customer: Customer = Customer()
    language: str | None = None
    consent: Consent = "not_needed"
    notes: str = ""
    agent: str | None = None
    epoch: int | None = None
    offer_expires_us: int | None = None
    answered: bool = False
    accepted_us: int | None = None
    connected_us: int | None = None
    ended_us: int | None = None
    ended_by: str | None = None
    talk_us: int | None = None
    wrap_up_us: int | None = None
    legs: tuple[Leg, ...] = ()
    holds: int = 0
    held_us: int = 0
    held_since_us: int | None = None
    about: str | None = None
    consult: str | None = None
    conference: bool = False
    idempotency_key: str | None = None
    position: int | None = None
    estimated_wait_s: int | None = None
    estimated_wait_p90_s: int | None = None

    @property
    def needs(self) -> dict[str, int]:
        """The least level in each skill that its agent must have now."""
        return self.relax[self.relaxed - 1].requires if self.relaxed else self.requires

    @property
    def has_room(self) -> bool:
        """Whether its two meet in the media engine."""
        return self.channel in IN_A_ROOM

    @property
    def phoned(self) -> bool:
        """Whether its agent phones the customer, who is on no page."""
        return self.channel == "callback" and self.about is None

    @property
    def live(self) -> bool:
        """Not ended yet."""
        return self.state in LIVE_STATES

    @property
    def wait_began_us(self) -> int:
        """When it came, or when the last agent who had it let it go."""
        return self.legs[-1].ended_us if self.legs else self.arrived_us

    def __repr__(self) -> str:
        return f"Contact({self.id}, {self.queue}, {self.state}, agent={self.agent})"


class Callback(Value, frozen=True):
    """A customer's wish to be called back: where, in whatever form the integrator understands, and
    not before when (None: when it is their turn)."""

    to: str = ""
    at_us: int | None = None

    def __repr__(self) -> str:
        return f"Callback(..., {self.at_us})"


class Actor(Value, frozen=True):
    """Who has ordered something: a role, and in it a person's id."""

    role: str
    id: str


class Allowance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent takes of one channel: so many contacts at once, those in wrap-up included.
    While one of them is held, the agent is offered nothing of the channels in `blocks`; left out, a
    call blocks the other kinds of call, and a chat nothing."""

    slots: Annotated[int, Meta(ge=0, le=SLOTS_MAX)]
    blocks: tuple[Channel, ...] | None = None


class Capacity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many contacts of each channel an agent holds at once. A channel that is left out is as
    the configuration has it (`routing.capacity`). What is held already is never taken away."""

    voice: Allowance | None = None
    video: Allowance | None = None
    chat: Allowance | None = None
    callback: Allowance | None = None


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agent serves and can. `queues` null or left out: every queue. `skills`: the level (1
    to 10) in each of at most 64 skills. `groups` (16 at most) and `regions` (8 at most): those that
    the agent is in; being in a region is being in all around it, too. `weight`: the share of
    contacts where the strategy is weighted. `rank`: the place where it is top_down, the lowest
    first. `capacity`: how many contacts at once; left out, as the configuration has it."""

    queues: tuple[str, ...] | None = None
    skills: dict[str, int] = {}
    groups: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    weight: Annotated[int, Meta(ge=1, le=WEIGHT_MAX)] = 1
    rank: Annotated[int, Meta(ge=0, le=RANK_MAX)] = 0
    capacity: Capacity | None = None


class Work(Value, frozen=True, kw_only=True):
    """A contact in an agent's hands, from the offer to the end of the wrap-up."""

    contact: str
    channel: Channel
    wrap_up_ends_us: int | None = None


class Shift(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What an agent has done of the day that began at `day_us`, up to `counted_us` (shift.py):
    contacts accepted, time ready or on offer, time in calls or wrap-up.

    `share` is the recent occupancy at that moment, 0 to 1, and beyond midnight; since then the
    agent is `engaged`, or isn't.
    """

    day_us: int = 0
    counted_us: int = 0
    contacts: int = 0
    available_us: int = 0
    occupied_us: int = 0
    share: float = 0.0
    engaged: bool = False


class Agent(Value, frozen=True, kw_only=True):
    """One person who answers. `work` is what the agent has in hand: the contact that is offered,
    those they talk or write to, those they wrap up, in the order in which each came to be so.
    `reason` is why they take no more, also while they have something in hand.

    `queues` are those the agent serves, which follow from the `assignment` and from those that the
    sign-in named, `restricted_to`.
    """

    number: int
    id: str
    name: str
    queues: tuple[str, ...] = ()
    assignment: Assignment | None = None
    restricted_to: tuple[str, ...] | None = None
    state: AgentState = "offline"
    reason: NotReadyReason | None = None
    since_us: int = 0
    work: tuple[Work, ...] = ()
    shift: Shift = Shift()

    @property
    def signed_in(self) -> bool:
        return self.state != "offline"

    def holds(self, contact_id: str) -> bool:
        """Whether the agent has this contact in hand."""
        return any(one.contact == contact_id for one in self.work)

    def attends(self, contact_id: str) -> bool:
        """Whether the contact is on offer to the agent, or in a call or chat with them."""
        return any(one.contact == contact_id and one.wrap_up_ends_us is None for one in self.work)

    def wraps_up(self, contact_id: str) -> bool:
        """Whether the agent had this contact in hand, and has the work after it."""
        return any(
            one.contact == contact_id and one.wrap_up_ends_us is not None for one in self.work
        )


class Sender(Value, frozen=True):
    """Who writes a chat message."""

    role: Role
    id: str
    name: str


class ChatMessage(Value, frozen=True, kw_only=True):
    """`seq` counts from 1 within its contact, without a gap: the order everybody sees."""

    contact: str
    seq: int
    at_us: int
    sender: Sender
    text: str
    client_id: str

    def __repr__(self) -> str:
        return f"ChatMessage({self.contact}, {self.seq})"


class Event(Value, frozen=True, kw_only=True):
    """One fact of the log. `seq` has no gaps; 0 marks a notice that is pushed but not stored
    (`contact.position`, `stream.closed`)."""

    seq: int = 0
    at_us: int
    type: str
    contact: str | None = None
    agent: str | None = None
    data: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"Event({self.seq}, {self.type}, contact={self.contact}, agent={self.agent})"
