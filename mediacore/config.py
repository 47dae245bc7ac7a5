"""Reading mediacore.toml. A wrong setting is refused with file, line, key and what would be right.

The settings themselves are in settings.py and can be imported from here too.
"""

import difflib
import ipaddress
import re
import secrets
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from mediacore import config_text, requirement_faults, treatment_faults
from mediacore.config_fault import Fault, nearest, shown
from mediacore.config_text import sample_text
from mediacore.errors import ConfigError
from mediacore.requirement_settings import (
    GroupSettings,
    IssueSettings,
    RegionSettings,
    RelaxSettings,
    SkillSettings,
    VipSettings,
)
from mediacore.settings import (
    CalendarSettings,
    JournalSettings,
    KeySettings,
    LogSettings,
    MediaSettings,
    QueueSettings,
    RecordingSettings,
    RoutingSettings,
    ServerSettings,
    Settings,
    StoreSettings,
)
from mediacore.time_zone import time_zone, time_zones
from mediacore.toml_lines import Key, line_of, syntax_error_line

__all__ = [
    "CalendarSettings",
    "GroupSettings",
    "IssueSettings",
    "JournalSettings",
    "KeySettings",
    "LogSettings",
    "MediaSettings",
    "QueueSettings",
    "RecordingSettings",
    "RegionSettings",
    "RoutingSettings",
    "ServerSettings",
    "Settings",
    "SkillSettings",
    "StoreSettings",
    "VipSettings",
    "development",
    "load",
    "media_address",
    "parse",
    "sample",
]

DEVELOPMENT_PREFIX = "dev-"
"""Keys made by `mediacore dev` begin so; a configuration file with such a key is refused."""

SAMPLE_QUEUES = (
    QueueSettings(id="general", name_en="General questions", name_zh="一般咨询"),
    QueueSettings(id="support", name_en="Technical support", name_zh="技术支持"),
)

SAMPLE_CALENDARS = (
    CalendarSettings(
        id="office",
        hours={"mon-fri": ("09:00-12:00", "13:00-18:00"), "sat": ("10:00-14:00",)},
        holidays={"2026-10-01": (), "2026-12-24": ("09:00-12:00",)},
    ),
)

SAMPLE_SKILLS = (
    SkillSettings(id="english", name_en="English", name_zh="英语"),
    SkillSettings(id="chinese", name_en="Chinese", name_zh="中文"),
    SkillSettings(id="billing", name_en="Billing", name_zh="账单"),
    SkillSettings(id="devices", name_en="Devices", name_zh="设备"),
)

SAMPLE_GROUPS = (GroupSettings(id="vip-desk", name_en="VIP desk", name_zh="贵宾专席"),)

SAMPLE_REGIONS = (
    RegionSettings(id="cn", name_en="China", name_zh="中国"),
    RegionSettings(id="cn/gd", name_en="Guangdong", name_zh="广东"),
    RegionSettings(id="cn/gd/shenzhen", name_en="Shenzhen", name_zh="深圳"),
)

SAMPLE_VIP_CLASSES = (
    VipSettings(
        id="gold",
        name_en="Gold",
        name_zh="金卡",
        priority=50,
        require_groups=("vip-desk",),
        relax=(RelaxSettings(after_s=30, drop_groups=("vip-desk",)),),
    ),
)

SAMPLE_ISSUES = (
    IssueSettings(
        id="router-setup",
        queue="support",
        name_en="Setting up a router",
        name_zh="路由器设置",
        requires={"devices": 3},
    ),
)


def load(path: Path | str) -> Settings:
    """The settings in the file at `path`. Raises ConfigError for the first thing that is wrong."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        right = "give the path of a readable mediacore.toml"
        raise ConfigError(path, None, "", error.strerror or "unreadable", right) from None
    except UnicodeDecodeError:
        raise ConfigError(path, None, "", "not UTF-8 text", "save it as UTF-8") from None
    return parse(text, path)


def parse(text: str, path: Path | str = "mediacore.toml") -> Settings:
    """The settings in `text`; `path` is what errors call it. Raises ConfigError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        right = 'a line is [section], key = value or # comment, and text stands in "quotes"'
        line = syntax_error_line(error)
        raise ConfigError(path, line, "", f"not TOML: {error}", right) from None
    try:
        settings = msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        fault = _fault(str(error), document)
        raise _refusal(text, path, fault) from None
    for fault in _contradictions(settings):
        raise _refusal(text, path, fault)
    return settings


def development(data: Path | str = "data", *, port: int = 8080) -> Settings:
    """Settings for one developer on one machine: loopback only, keys made on the spot."""
    return Settings(
        keys=KeySettings(
            api_key=DEVELOPMENT_PREFIX + secrets.token_urlsafe(32),
            token_secret=DEVELOPMENT_PREFIX + secrets.token_urlsafe(32),
        ),
        skills=SAMPLE_SKILLS,
        queues=SAMPLE_QUEUES,
        server=ServerSettings(port=port, public_url=f"http://localhost:{port}", shutdown_grace_s=5),
        store=StoreSettings(url=f"sqlite:///{data}/mediacore.db"),
        recording=RecordingSettings(
            directory=f"{data}/recordings", voicemail_directory=f"{data}/voicemails"
        ),
        journal=JournalSettings(directory=f"{data}/journal"),
        log=LogSettings(format="text"),
    )


def sample(keys: KeySettings | None = None) -> str:
    """A commented mediacore.toml with every setting; its keys are fresh unless given."""
    keys = keys or KeySettings(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    return sample_text(
        Settings(
            keys=keys,
            skills=SAMPLE_SKILLS,
            groups=SAMPLE_GROUPS,
            regions=SAMPLE_REGIONS,
            vip_classes=SAMPLE_VIP_CLASSES,
            issues=SAMPLE_ISSUES,
            calendars=SAMPLE_CALENDARS,
            queues=SAMPLE_QUEUES,
        )
    )


def media_address(bind: str) -> tuple[str, int]:
    """IP address and port of `media.bind`. Raises ValueError."""
    host, colon, port = bind.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{bind!r} has no port")
    return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))), int(port)


def _fault(message: str, document: dict[str, Any]) -> Fault:
    """What a validation message of msgspec ("Expected `int` - at `$.server.port`") comes to."""
    text, _, place = message.partition(" - at `$")
    path = tuple(
        int(index) if index else name
        for name, index in re.findall(r"\.?([A-Za-z_]\w*)|\[(\d+)\]", place.rstrip("`"))
    )
    known = config_text.setting_names(path)
    if found := re.fullmatch(r"Object contains unknown field `(.*)`", text):
        return Fault((*path, found[1]), "unknown setting", nearest(found[1], known))
    if found := re.fullmatch(r"Object missing required field `(.*)`", text):
        path = (*path, found[1])
        return Fault(path, "missing", f"set it to {config_text.expectation(path)}")
    value: Any = document
    for key in path:
        value = value[key]
    problem = "wrong value" if path[0] == "keys" else f"{shown(value)} is a wrong value"
    return Fault(path, problem, f"set it to {config_text.expectation(path)}")


def _contradictions(settings: Settings) -> Iterator[Fault]:
    """What the type of a setting can't say."""
    for name in ("api_key", "token_secret"):
        if getattr(settings.keys, name).startswith(DEVELOPMENT_PREFIX):
            right = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
            yield Fault(("keys", name), "a development key", right)
    if settings.keys.api_key == settings.keys.token_secret:
        yield Fault(("keys", "token_secret"), "the same as api_key", "use a secret of its own")
    yield from _server_faults(settings.server)
    yield from _zone_faults(("routing", "time_zone"), settings.routing.time_zone)
    channels = sorted(RoutingSettings().capacity)
    for channel in settings.routing.capacity.keys() - set(channels):
        right = nearest(channel, channels)
        yield Fault(("routing", "capacity", channel), "there is no such channel", right)
    try:
        media_address(settings.media.bind)
    except ValueError:
        problem = f"{shown(settings.media.bind)} is no address with a port"
        yield Fault(("media", "bind"), problem, 'set it to an IP and a port, as "0.0.0.0:7000"')
    for number, address in enumerate(settings.media.advertise):
        try:
            unspecified = ipaddress.ip_address(address).is_unspecified
        except ValueError:
            unspecified = True
        if unspecified:
            right = 'name addresses browsers can reach, as "203.0.113.7"'
            place = ("media", "advertise", number)
            yield Fault(place, f"{shown(address)} is no IP address to send to", right)
    yield from requirement_faults.repeated("queues", [queue.id for queue in settings.queues])
    yield from requirement_faults.faults(settings)
    yield from treatment_faults.calendars(settings, _zone_faults)
    yield from treatment_faults.queues(settings)


def _zone_faults(place: tuple[Key, ...], name: str) -> Iterator[Fault]:
    try:
        time_zone(name)
    except ValueError:
        # People know the city: "Berlin" is meant to find Europe/Berlin.
        known = {zone.rpartition("/")[2]: zone for zone in time_zones()}
        wanted = name.rpartition("/")[2].strip().replace(" ", "_")
        close = difflib.get_close_matches(wanted, known, n=1)
        example = known[close[0]] if close else "Europe/Berlin"
        right = f'set it to an IANA name, as "{example}"'
        yield Fault(place, f"{shown(name)} is no time zone", right)


def _server_faults(server: ServerSettings) -> Iterator[Fault]:
    url = urlsplit(server.public_url)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        right = 'set it to an address as "https://calls.example.com"'
        problem = f"{shown(server.public_url)} is no http or https address"
        yield Fault(("server", "public_url"), problem, right)
    pair = {"tls_certificate": server.tls_certificate, "tls_key": server.tls_key}
    for name, file in pair.items():
        if file and not Path(file).is_file():
            yield Fault(("server", name), f"{shown(file)} is no file", "name a PEM file")
        if not file and any(pair.values()):
            right = "set both tls_certificate and tls_key, or neither"
            yield Fault(("server", name), "missing beside the other half of TLS", right)


def _refusal(text: str, path: Path | str, fault: Fault) -> ConfigError:
    """The error, with the line of the setting or, when it is missing, of its table."""
    line = line_of(text, fault.path)
    if line is None and len(fault.path) > 1:
        line = line_of(text, fault.path[:-1])
    return ConfigError(path, line, config_text.dotted(fault.path), fault.problem, fault.right)
