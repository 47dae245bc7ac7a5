"""The commands that start the server: `mediacore dev` and `mediacore serve`.

Whatever is heavy is imported only when a command runs, so that `mediacore --help` stays quick.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from mediacore.config import KeySettings, Settings

PORT: Final = 8080
LINK_TTL_S: Final = 30 * 86_400
"""Life of the links that `mediacore dev` prints."""

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def register_dev(subparsers: Subparsers) -> None:
    """`mediacore dev`: everything on this machine, without any configuration."""
    parser = subparsers.add_parser("dev", help="start a server on this machine and print links")
    parser.add_argument("--port", type=int, default=PORT, help=f"HTTP port ({PORT}); 0: any free")
    parser.add_argument("--data", default="data", help="folder for database and recordings (data)")
    parser.add_argument("--verbose", action="store_true", help="log every request")
    parser.set_defaults(run=run_dev)


def register_serve(subparsers: Subparsers) -> None:
    """`mediacore serve`: the production form."""
    parser = subparsers.add_parser("serve", help="start a server as mediacore.toml says")
    parser.add_argument("--config", default="mediacore.toml", help="path of mediacore.toml")
    parser.add_argument(
        "--sample", action="store_true", help="print a commented mediacore.toml with fresh keys"
    )
    parser.set_defaults(run=run_serve)


def run_serve(arguments: argparse.Namespace) -> int:
    """Raises ConfigError for a wrong configuration."""
    from mediacore import config

    if arguments.sample:
        print(config.sample(), end="")
        return 0
    settings = config.load(arguments.config)

    from control_api import server

    def announce() -> None:
        print(f"mediacore serves {settings.server.public_url}", flush=True)

    try:
        listener = server.listen(settings.server.host, settings.server.port)
        return server.run(settings, listener, announce)
    except server.StartFailure as failure:
        return server.fail("serve", failure)


def run_dev(arguments: argparse.Namespace) -> int:
    """Loopback only; the keys are made once and kept beside the data."""
    from control_api import server

    data = Path(arguments.data)
    try:
        listener = server.listen("127.0.0.1", arguments.port)
        port: int = listener.getsockname()[1]
        settings = dev_settings(data, port, verbose=arguments.verbose)
        return server.run(settings, listener, lambda: print(dev_links(settings), flush=True))
    except server.StartFailure as failure:
        return server.fail("dev", failure)


def dev_settings(data: Path, port: int, *, verbose: bool = False) -> Settings:
    """What `mediacore dev` runs with: three queues, one for each recording policy."""
    import msgspec

    from mediacore.config import LogSettings, QueueSettings, development

    settings = development(data, port=port)
    return msgspec.structs.replace(
        settings,
        keys=dev_keys(data, settings.keys),
        log=LogSettings(level="info" if verbose else "warning", format="text"),
        queues=(
            QueueSettings(
                id="support",
                name_en="Technical support",
                name_zh="技术支持",
                recording="always",
            ),
            QueueSettings(id="sales", name_en="Sales", name_zh="售前咨询", recording="consent"),
            QueueSettings(
                id="general", name_en="General questions", name_zh="一般咨询", recording="off"
            ),
        ),
    )


def dev_keys(data: Path, fresh: KeySettings) -> KeySettings:
    """The keys kept in the data folder, so that links outlive a restart; else `fresh`, kept now."""
    import msgspec

    from mediacore.config import KeySettings

    path = data / "dev-keys.toml"
    with contextlib.suppress(OSError, tomllib.TOMLDecodeError, msgspec.ValidationError):
        return msgspec.convert(tomllib.loads(path.read_text()), KeySettings)
    data.mkdir(parents=True, exist_ok=True)
    text = f'api_key = "{fresh.api_key}"\ntoken_secret = "{fresh.token_secret}"\n'
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
    return fresh


def dev_links(settings: Settings) -> str:
    """What `mediacore dev` prints once pages can come."""
    from control_api.auth import Keys, TokenRole, link

    keys = Keys(settings.keys.api_key, settings.keys.token_secret)
    people: tuple[tuple[TokenRole, str, str, str], ...] = (
        ("entry", "website", "", "visitor"),
        ("agent", "alice", "Alice", "agent"),
        ("supervisor", "sam", "Sam", "supervisor"),
    )
    lines = ["", "Mediacore is running. Open these in three windows:", ""]
    for role, subject, name, label in people:
        token, _ = keys.issue(role, subject, name=name, ttl_s=LINK_TTL_S)
        lines.append(f"  {label:<11} {link(settings.server.public_url, role, token)}")
    lines += ["", f"  API key     {settings.keys.api_key}", "", "Ctrl-C ends it.", ""]
    return "\n".join(lines)
