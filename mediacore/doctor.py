"""`mediacore doctor`: is this machine fit to serve, and if not, what is to be done?

Each check looks at the machine and returns findings; nothing is left behind.
"""

import argparse
import ctypes
import shutil
import socket
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import av

from mediacore import config
from mediacore.errors import ConfigError
from mediacore.settings import Settings

if TYPE_CHECKING:
    from mediacore.cli import Subparsers

DISK_WARN_BYTES = 20 * 2**30
"""About 30 hours of recorded 720p calls at 1.5 Mbit/s a side."""

DISK_FAIL_BYTES = 2**30
ROUND_TRIP_TIMEOUT_S = 1.0
CLOCK_SAMPLE_S = 0.2
CLOCK_SKEW_S = 0.02
SQLITE_OLDEST = (3, 37, 0)
YEAR_OLDEST = 2025

TIMEX_BYTES = 1024
"""More than adjtimex(2) fills in on any system; all zero asks without changing anything."""

TIME_ERROR = 5


class Level(Enum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """One line of the report; `advice` says what to do when the level isn't OK."""

    level: Level
    subject: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        line = f"{self.level.value:<4}  {self.subject}: {self.found}"
        return f"{line}\n      -> {self.advice}" if self.advice else line


DECODERS = ("libopus", "vp8", "vp9", "h264", "libdav1d")
ENCODERS = ("libopus",)

Check = Callable[[Settings], Iterator[Finding]]


def register(subparsers: "Subparsers") -> None:
    """Add the subcommand `doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="check ports, UDP, disk, clock and codecs, and say what to do",
        description="Checks this machine for serving. Exit code: 0 fit (warnings included), 1 not. "
        "Stop a running server before, or its ports count as taken.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="mediacore.toml to check with")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 0 when nothing failed."""
    findings = list(examine(arguments.config))
    for finding in findings:
        print(finding)
    failed = sum(finding.level is Level.FAIL for finding in findings)
    warned = sum(finding.level is Level.WARN for finding in findings)
    verdict = "not fit to serve" if failed else "fit to serve"
    print(f"\n{verdict}: {failed} failed, {warned} warnings, {len(findings)} checked")
    return 1 if failed else 0


def examine(path: Path | None) -> Iterator[Finding]:
    """All findings; without a file those for the settings `mediacore dev` runs with."""
    if path is None:
        settings = config.development()
        yield Finding(Level.OK, "settings", "the defaults; give --config to check your own")
    else:
        try:
            settings = config.load(path)
        except ConfigError as error:
            yield Finding(Level.FAIL, "settings", str(error), "correct the file and run this again")
            return
        yield Finding(Level.OK, "settings", f"{path} is complete and valid")
    for check in CHECKS:
        yield from check(settings)


def check_http_port(settings: Settings) -> Iterator[Finding]:
    host, port = settings.server.host, settings.server.port
    try:
        with socket.create_server((host, port), family=_family(host)):
            yield Finding(Level.OK, "http port", f"TCP {host}:{port} can be bound")
    except OSError as error:
        advice = f"free it (`ss -ltnp 'sport = :{port}'` shows who has it) or set server.port"
        yield Finding(Level.FAIL, "http port", f"TCP {host}:{port}: {error.strerror}", advice)


def check_media_port(settings: Settings) -> Iterator[Finding]:
    """Bind the media port and send a datagram to it by each advertised address."""
    host, port = config.media_address(settings.media.bind)
    with socket.socket(_family(host), socket.SOCK_DGRAM) as receiver:
        try:
            receiver.bind((host, port))
        except OSError as error:
            advice = f"free it (`ss -lunp 'sport = :{port}'` shows who has it) or set media.bind"
            yield Finding(Level.FAIL, "media port", f"UDP {host}:{port}: {error.strerror}", advice)
            return
        yield Finding(Level.OK, "media port", f"UDP {host}:{port} can be bound")
        if port == 0 and not _is_loopback(settings.media.advertise):
            advice = "set a fixed port in media.bind and open it for UDP in the firewall"
            yield Finding(Level.WARN, "media port", "another one at each start", advice)
        receiver.settimeout(ROUND_TRIP_TIMEOUT_S)
        for address in settings.media.advertise:
            yield _round_trip(receiver, address)


def _round_trip(receiver: socket.socket, address: str) -> Finding:
    """One datagram to `address` must arrive at `receiver`, and one back at its sender."""
    subject = f"UDP by {address}"
    port = receiver.getsockname()[1]
    probe = f"mediacore doctor {time.monotonic_ns()}".encode()
    try:
        with socket.socket(_family(address), socket.SOCK_DGRAM) as sender:
            sender.settimeout(ROUND_TRIP_TIMEOUT_S)
            sender.sendto(probe, (address, port))
            datagram, source = receiver.recvfrom(len(probe) + 1)
            receiver.sendto(datagram, source)
            if sender.recv(len(probe) + 1) != probe:
                return Finding(Level.WARN, subject, "another datagram came", "run this again")
    except OSError as error:
        found = "no answer" if isinstance(error, TimeoutError) else str(error)
        advice = (
            f"open UDP {port} in the firewall and see that media.advertise is this machine's "
            "address; behind NAT, where a machine often can't reach itself, try from outside"
        )
        return Finding(Level.WARN, subject, f"{found} on port {port}", advice)
    return Finding(Level.OK, subject, "there and back")


def check_disk(settings: Settings) -> Iterator[Finding]:
    database = Path(settings.store.url.removeprefix("sqlite:///"))
    places = {"database": database.parent}
    if settings.recording.enabled:
        places["recordings"] = Path(settings.recording.directory)
    places["voicemails"] = Path(settings.recording.voicemail_directory)
    if settings.journal.enabled:
        places["journal"] = Path(settings.journal.directory)
    for name, wanted in places.items():
        existing = _nearest_existing(wanted)
        try:
            with tempfile.TemporaryFile(dir=existing) as file:
                file.write(b"mediacore doctor")
                file.flush()
        except OSError as error:
            advice = f"make {wanted} writable for the user the server runs as"
            yield Finding(Level.FAIL, name, f"{existing}: {error.strerror}", advice)
            continue
        free = shutil.disk_usage(existing).free
        found = f"{wanted} is writable, {free / 2**30:.1f} GiB free"
        if free < DISK_FAIL_BYTES:
            yield Finding(Level.FAIL, name, found, "make room: a full disk ends recordings")
        elif free < DISK_WARN_BYTES:
            yield Finding(Level.WARN, name, found, "one recorded call takes about 11 MiB a minute")
        else:
            yield Finding(Level.OK, name, found)


def check_clock(_: Settings) -> Iterator[Finding]:
    """Recordings and tokens carry times: wall clock and steady clock must agree."""
    year = datetime.now(UTC).year
    if year < YEAR_OLDEST:
        yield Finding(Level.FAIL, "clock", f"the year is {year}", "set the clock (NTP)")
    wall, steady = time.time(), time.monotonic()
    time.sleep(CLOCK_SAMPLE_S)
    skew = (time.time() - wall) - (time.monotonic() - steady)
    if abs(skew) > CLOCK_SKEW_S:
        found = f"jumped by {skew * 1000:.0f} ms while looking"
        yield Finding(Level.WARN, "clock", found, "let NTP slew the clock instead of stepping it")
    else:
        yield Finding(Level.OK, "clock", f"steady, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    yield _time_synchronisation()


def _time_synchronisation() -> Finding:
    """Whether the kernel's clock is disciplined, as adjtimex(2) tells it."""
    subject = "time synchronisation"
    advice = "see that NTP runs (chrony or systemd-timesyncd), here or on the host"
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except AttributeError:
        state = -1  # not Linux
    if state < 0:
        return Finding(Level.WARN, subject, "can't be told here", advice)
    if state == TIME_ERROR:
        return Finding(Level.WARN, subject, "off", advice)
    return Finding(Level.OK, subject, "on")


def check_codecs(_: Settings) -> Iterator[Finding]:
    """What recordings are made and checked with."""
    advice = "reinstall PyAV from its wheel: pip install --force-reinstall av"
    missing = [name for name in DECODERS if not _has_codec(name, "r")]
    missing += [f"{name} (encoder)" for name in ENCODERS if not _has_codec(name, "w")]
    missing += [name for name in ("matroska", "webm") if not _has_muxer(name)]
    if missing:
        yield Finding(Level.FAIL, "codecs", "missing: " + ", ".join(missing), advice)
    else:
        found = f"PyAV {av.__version__}: Opus, VP8, VP9, H.264, AV1; Matroska, WebM"
        yield Finding(Level.OK, "codecs", found)


def _has_codec(name: str, mode: Literal["r", "w"]) -> bool:
    try:
        av.Codec(name, mode)
    except ValueError:
        return False
    return True


def _has_muxer(name: str) -> bool:
    try:
        return av.ContainerFormat(name, "w").is_output
    except ValueError:
        return False


def check_sqlite(settings: Settings) -> Iterator[Finding]:
    if sqlite3.sqlite_version_info < SQLITE_OLDEST:
        oldest = ".".join(map(str, SQLITE_OLDEST))
        advice = f"use a Python built with SQLite {oldest} or newer"
        yield Finding(Level.FAIL, "sqlite", f"version {sqlite3.sqlite_version}", advice)
    database = Path(settings.store.url.removeprefix("sqlite:///"))
    existing = _nearest_existing(database.parent)
    try:
        with (
            tempfile.TemporaryDirectory(dir=existing, prefix=".doctor-") as scratch,
            closing(sqlite3.connect(Path(scratch) / "probe.db")) as connection,
        ):
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("CREATE TABLE probe (number INTEGER)")
            connection.commit()
    except (OSError, sqlite3.Error) as error:
        yield Finding(Level.FAIL, "sqlite", str(error), f"see that {existing} is writable")
        return
    if mode != "wal":
        advice = "put store.url on a local disk; WAL doesn't work on network file systems"
        yield Finding(Level.FAIL, "sqlite", f"journal mode {mode} on {existing}", advice)
    else:
        yield Finding(Level.OK, "sqlite", f"version {sqlite3.sqlite_version}, WAL works")


CHECKS: tuple[Check, ...] = (
    check_http_port,
    check_media_port,
    check_disk,
    check_clock,
    check_codecs,
    check_sqlite,
)


def _nearest_existing(directory: Path) -> Path:
    """`directory`, or the nearest parent that is there."""
    directory = directory.absolute()
    return next(place for place in (directory, *directory.parents) if place.is_dir())


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_loopback(addresses: tuple[str, ...]) -> bool:
    return all(address == "::1" or address.startswith("127.") for address in addresses)
