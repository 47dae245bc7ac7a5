"""Every setting of mediacore.toml: its meaning, its limits and its default.

These structs are the single source: a file is checked against them, and the commented sample is
written out from them.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from mediacore.requirement_settings import (
    GroupSettings,
    IssueSettings,
    RegionSettings,
    RelaxSettings,
    SkillSettings,
    VipSettings,
)
from mediacore.section import SLUG, Section

SECRET_LENGTH_MIN = 32
QUEUES_MAX = 1000
SKILLS_MAX = 4096
GROUPS_MAX = 1024
VIP_CLASSES_MAX = 64

Port = Annotated[int, Meta(ge=0, le=65535)]


class ServerSettings(Section, frozen=True):
    """Where pages and API are served."""

    host: Annotated[
        str, Meta(min_length=1, description="Address to listen on; 0.0.0.0 is every IPv4 address.")
    ] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port for HTTP and WebSocket. 0: any free one.")] = (
        8080
    )
    public_url: Annotated[
        str,
        Meta(
            description="How browsers reach this server; links to pages begin with it. Browsers "
            "give camera and microphone to https pages (and to http://localhost) only."
        ),
    ] = "http://localhost:8080"
    shutdown_grace_s: Annotated[
        float,
        Meta(ge=0, le=86400, description="How long running calls may go on after SIGTERM."),
    ] = 30.0
    tls_certificate: Annotated[
        str,
        Meta(description="PEM file for HTTPS. Leave both empty behind a proxy that does TLS."),
    ] = ""
    tls_key: Annotated[
        str, Meta(description="The certificate's private key, without a passphrase.")
    ] = ""


class KeySettings(Section, frozen=True):
    """Secrets. Make each with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"""

    api_key: Annotated[
        str,
        Meta(
            min_length=SECRET_LENGTH_MIN,
            description="Opens the whole HTTP API to an integrator's server. At least 32 "
            "characters.",
        ),
    ]
    token_secret: Annotated[
        str,
        Meta(
            min_length=SECRET_LENGTH_MIN,
            description="Signs the tokens that pages carry. At least 32 characters, not the "
            "api_key.",
        ),
    ]

    def __repr__(self) -> str:
        return "KeySettings(<secret>)"


class StoreSettings(Section, frozen=True):
    """Contacts, messages and the event log."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^sqlite:///.",
            description="sqlite:/// and the path of the database file.",
        ),
    ] = "sqlite:///data/mediacore.db"


class MediaSettings(Section, frozen=True):
    """Camera, microphone and screen: one UDP port for all calls."""

    bind: Annotated[
        str,
        Meta(
            description="Address and UDP port the media goes through. Open it in the firewall.\n"
            "Port 0: any free one."
        ),
    ] = "127.0.0.1:0"
    advertise: Annotated[
        tuple[str, ...],
        Meta(
            min_length=1,
            max_length=8,
            description="The IP addresses browsers are told to send media to: the public ones of "
            "this machine when it is behind NAT.",
        ),
    ] = ("127.0.0.1",)
    max_sessions: Annotated[
        int, Meta(ge=2, le=10000, description="Participants of all calls together.")
    ] = 1000
    video_start_kbps: Annotated[
        int,
        Meta(
            ge=100,
            le=20000,
            description="Rate browsers begin to send video at; they adapt from there.",
        ),
    ] = 1500


class RecordingSettings(Section, frozen=True):
    """Recordings of calls; which calls are recorded is said per queue. And spoken messages."""

    enabled: Annotated[
        bool, Meta(description="false: nothing is recorded, whatever a queue says.")
    ] = True
    directory: Annotated[
        str, Meta(min_length=1, description="Where recordings are kept, one directory per contact.")
    ] = "data/recordings"
    voicemail_directory: Annotated[
        str, Meta(min_length=1, description="Where spoken messages are kept, one file each.")
    ] = "data/voicemails"


class RoutingSettings(Section, frozen=True):
    """What happens when somebody's page is gone or a contact is given away, and whose clock is on
    the wall."""

    heartbeat_timeout_s: Annotated[
        float,
        Meta(
            ge=6,
            le=600,
            description="An agent whose page is silent this long is offline; the contact goes "
            "back to its place in the queue. Pages send every 5 seconds.",
        ),
    ] = 20.0
    visitor_grace_s: Annotated[
        float,
        Meta(
            ge=0,
            le=600,
            description="A visitor whose page is gone has this long to come back.",
        ),
    ] = 30.0
    callback_grace_s: Annotated[
        float,
        Meta(
            ge=10,
            le=3600,
            description="A visitor who is called back has this long to open the link, from when an "
            "agent accepts.",
        ),
    ] = 120.0
    giver_return_s: Annotated[
        float,
        Meta(
            ge=0,
            le=86_400,
            description="An agent who has transferred a contact is not offered it again for this "
            "long, unless nobody else is signed in there to take it.",
        ),
    ] = 300.0
    capacity: Annotated[
        dict[str, Annotated[int, Meta(ge=0, le=32)]],
        Meta(
            description="How many contacts of each channel an agent holds at once, unless the "
            "agent's assignment says otherwise. Somebody in a call of one kind is offered no call "
            "of another kind.",
        ),
    ] = field(default_factory=lambda: {"voice": 1, "video": 1, "chat": 3, "callback": 1})
    time_zone: Annotated[
        str,
        Meta(
            description='Where the agents are, as "Europe/Berlin" or "Asia/Shanghai" (IANA names): '
            'contacts "today" begin at midnight there, and decisions are explained by its clock.'
        ),
    ] = "UTC"
    large_floor: Annotated[
        bool,
        Meta(
            description="true, for hundreds of thousands of contacts: the matcher takes all its "
            "memory for them, some 100 MB, when it starts, and never waits for it later."
        ),
    ] = False


class JournalSettings(Section, frozen=True):
    """What the matcher was told and when, in numbers and without customer data: `mediacore replay`
    carries a run out again, `mediacore whatif` under other settings. A run is what one start of the
    server took; runs are kept and deleted as a whole."""

    enabled: Annotated[bool, Meta(description="false: no journal is kept.")] = True
    directory: Annotated[
        str, Meta(min_length=1, description="Where runs are kept, one folder each.")
    ] = "data/journal"
    keep_days: Annotated[
        int, Meta(ge=1, le=3650, description="Runs that ended longer ago are deleted.")
    ] = 30
    max_mb: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="Most megabytes of all runs; the oldest are deleted first. A run that "
            "needs all of it is recorded no further. 100 agents take about 120 a day.",
        ),
    ] = 4096


class LogSettings(Section, frozen=True):
    """What the server says about itself, on standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description='"debug", "info", "warning" or "error".'),
    ] = "info"
    format: Annotated[
        Literal["json", "text"],
        Meta(description='"json": one object a line, for machines. "text": for people.'),
    ] = "json"


class CalendarSettings(Section, frozen=True):
    """Opening hours that queues share. Repeat the table for each one."""

    id: Annotated[
        str,
        Meta(
            pattern=SLUG,
            description="Its name, for a queue's calendar: lowercase letters, digits and hyphens "
            "inside.",
        ),
    ]
    time_zone: Annotated[
        str | None,
        Meta(
            description="By whose clock (an IANA name). Left out: that of routing.time_zone.",
            examples=["Asia/Shanghai"],
        ),
    ] = None
    hours: Annotated[
        dict[str, tuple[str, ...]],
        Meta(
            description="By day or span of days from mon to sun, as { mon-fri = "
            '["09:00-12:00", "13:00-18:00"], sat = ["10:00-14:00"] }; a day ends at 24:00, and one '
            "that is left out is closed."
        ),
    ] = field(default_factory=dict)
    holidays: Annotated[
        dict[str, tuple[str, ...]],
        Meta(
            max_length=1000,
            description='Dates with other hours, as { "2026-10-01" = [], "2026-12-24" = '
            '["09:00-12:00"] }; [] is closed.',
        ),
    ] = field(default_factory=dict)


Overflow = r"queue:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"


class QueueSettings(Section, frozen=True):
    """A queue: a topic a visitor can choose. Repeat the table for each one."""

    id: Annotated[
        str,
        Meta(
            pattern=SLUG,
            description="Its name in the API: lowercase letters, digits and hyphens inside.",
        ),
    ]
    name_en: Annotated[str, Meta(min_length=1, max_length=100, description="What visitors read.")]
    name_zh: Annotated[
        str, Meta(min_length=1, max_length=100, description="The same in Simplified Chinese.")
    ]
    offer_timeout_s: Annotated[
        float,
        Meta(
            ge=1,
            le=600,
            description="How long an offered contact rings before it goes to somebody else.",
        ),
    ] = 20.0
    wrap_up_s: Annotated[
        float,
        Meta(ge=0, le=3600, description="An agent's time for notes after a call."),
    ] = 30.0
    max_waiting: Annotated[
        int,
        Meta(ge=1, le=1_000_000, description="No more visitors than this wait at once."),
    ] = 500
    when_full: Annotated[
        str,
        Meta(
            pattern=rf"^(?:refuse|callback|message|{Overflow})$",
            description='What becomes of one more: "refuse"; "callback" or "message" (refused, and '
            'offered to be called back or to leave a message); "queue:" and the id of the queue '
            "that takes over.",
        ),
    ] = "refuse"
    calendar: Annotated[
        str | None,
        Meta(
            description="The id of its opening hours in [[calendars]]. Left out: always open.",
            examples=["office"],
        ),
    ] = None
    when_closed: Annotated[
        str,
        Meta(
            pattern=rf"^(?:wait|refuse|callback|message|{Overflow})$",
            description='What becomes of visitors outside these hours: as when_full, or "wait".',
        ),
    ] = "refuse"
    at_closing: Annotated[
        str,
        Meta(
            pattern=rf"^(?:serve|refuse|{Overflow})$",
            description='What becomes at closing time of who still waits: "serve", "refuse" or '
            '"queue:" and an id. Who asked to be called back stays in line.',
        ),
    ] = "serve"
    when_unstaffed: Annotated[
        str,
        Meta(
            pattern=rf"^(?:wait|refuse|callback|message|{Overflow})$",
            description="What becomes of visitors while nobody is signed in who serves the queue: "
            "as when_closed.",
        ),
    ] = "wait"
    unstaffed_grace_s: Annotated[
        float,
        Meta(
            ge=0,
            le=86400,
            description="How long after the last of them has gone the same becomes of who waits.",
        ),
    ] = 60.0
    max_wait_s: Annotated[
        Annotated[float, Meta(ge=1, le=366 * 86400)] | None,
        Meta(
            description="The longest that a visitor waits for an agent. Left out: any time.",
            examples=[900.0],
        ),
    ] = None
    when_max_wait: Annotated[
        str,
        Meta(
            pattern=rf"^(?:refuse|callback|message|{Overflow})$",
            description='And then: "refuse" ends the contact; "callback" and "message" offer it, '
            'and the visitor may also wait on; "queue:" and an id moves it there.',
        ),
    ] = "refuse"
    callback: Annotated[
        bool,
        Meta(
            description="Visitors may ask to be called back while they wait. Your own server has "
            "to send them the link: docs/guides/when-nobody-is-free.md."
        ),
    ] = False
    recording: Annotated[
        Literal["always", "consent", "off"],
        Meta(
            description='"always", "consent" (nothing is written before the visitor agrees) or '
            '"off".'
        ),
    ] = "consent"
    strategy: Annotated[
        Literal[
            "longest_idle",
            "round_robin",
            "least_occupied",
            "fewest_contacts",
            "best_skill",
            "weighted",
            "top_down",
            "random",
            "sticky",
        ],
        Meta(
            description='Which of the ready agents gets a contact: "longest_idle" (ready the '
            'longest), "round_robin" (last offer the furthest back), "least_occupied" (busy the '
            'least of late), "fewest_contacts" (today), "best_skill" (the required skills at the '
            'highest levels), "weighted" (in proportion to weights), "top_down" (the lowest rank), '
            '"random" or "sticky" (who served the customer the last time if they are free, else as '
            '"longest_idle").'
        ),
    ] = "longest_idle"
    seed: Annotated[
        int, Meta(ge=0, le=2**63 - 1, description='What the strategy "random" draws from.')
    ] = 0
    priority_worth_s: Annotated[
        Annotated[float, Meta(ge=0, le=366 * 86400)] | None,
        Meta(
            description="How much waiting one point of priority is worth. Left out: a higher "
            "priority always goes first.",
            examples=[60.0],
        ),
    ] = None
    urgency: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="How fast waiting makes this queue's contacts urgent for an agent who "
            "serves other queues too: twice as fast with 2.",
        ),
    ] = 1
    service_level_s: Annotated[
        float,
        Meta(
            gt=0,
            le=86400,
            description="An answer within this time is in time: what the service level counts.",
        ),
    ] = 20.0
    short_abandon_s: Annotated[
        float,
        Meta(
            ge=0,
            le=86400,
            description="Who leaves within this time never wanted to wait, and doesn't count "
            "against the service level.",
        ),
    ] = 5.0
    requires: Annotated[
        dict[str, Annotated[int, Meta(ge=1, le=10)]],
        Meta(
            max_length=16,
            description="Skills that every contact needs unless it names them itself, with the "
            "least level (1 to 10), as { english = 3 }.",
        ),
    ] = field(default_factory=dict)
    relax: Annotated[
        tuple[RelaxSettings, ...],
        Meta(
            max_length=16,
            description="Steps that ask for less while a contact waits: after_s, and then "
            "lower_levels (off every level), drop (skills), drop_groups or queue, as "
            '[{ after_s = 30, lower_levels = 2 }, { after_s = 90, drop = ["english"], '
            'queue = "general" }].',
        ),
    ] = ()
    widen_after_s: Annotated[
        tuple[Annotated[float, Meta(ge=1, le=366 * 86400)], ...],
        Meta(
            max_length=4,
            description="When a contact that needs a region is looked after by the next wider one, "
            "as [20, 40, 60]: of cn/gd/shenzhen by cn/gd, by cn, by any. Without: never.",
        ),
    ] = ()


class Settings(Section, frozen=True, kw_only=True):
    """The whole file."""

    server: ServerSettings = field(default_factory=ServerSettings)
    keys: KeySettings
    store: StoreSettings = field(default_factory=StoreSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    routing: RoutingSettings = field(default_factory=RoutingSettings)
    journal: JournalSettings = field(default_factory=JournalSettings)
    log: LogSettings = field(default_factory=LogSettings)
    skills: Annotated[tuple[SkillSettings, ...], Meta(max_length=SKILLS_MAX)] = ()
    calendars: Annotated[tuple[CalendarSettings, ...], Meta(max_length=QUEUES_MAX)] = ()
    queues: Annotated[tuple[QueueSettings, ...], Meta(min_length=1, max_length=QUEUES_MAX)]
    groups: Annotated[tuple[GroupSettings, ...], Meta(max_length=GROUPS_MAX)] = ()
    regions: Annotated[tuple[RegionSettings, ...], Meta(max_length=SKILLS_MAX)] = ()
    vip_classes: Annotated[tuple[VipSettings, ...], Meta(max_length=VIP_CLASSES_MAX)] = ()
    issues: Annotated[tuple[IssueSettings, ...], Meta(max_length=SKILLS_MAX)] = ()
