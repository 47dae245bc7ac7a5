"""The `mediacore` command. Its subcommands are plug-ins.

An entry point of the group "mediacore.commands" names a function `register(subparsers) -> None`.
It adds the parser of its name, with `set_defaults(run=function)`; `function(arguments)` returns
the exit code. A plug-in that can't be imported costs only its own subcommand.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points, version
from typing import TYPE_CHECKING, Protocol, TypeAlias

from mediacore.errors import ConfigError

GROUP = "mediacore.commands"
UNAVAILABLE = 3
"""Exit code of a subcommand whose plug-in can't be imported; 1 and 2 mean failure and usage."""

if TYPE_CHECKING:
    Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


class Register(Protocol):
    """A plug-in's entry point."""

    def __call__(self, subparsers: "Subparsers") -> None: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = build_parser(words, entry_points(group=GROUP))
    parsed = parser.parse_args(words)
    try:
        return int(parsed.run(parsed) or 0)
    except ConfigError as error:
        print(f"mediacore: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def build_parser(words: Sequence[str], commands: Iterable[EntryPoint]) -> argparse.ArgumentParser:
    """The parser; of the plug-ins only the one that `words` ask for is imported, if they do."""
    parser = argparse.ArgumentParser(
        prog="mediacore",
        description="Video, voice, screen and text between visitors and agents.",
        epilog="Start with `mediacore dev`; `mediacore <command> --help` tells more.",
    )
    parser.add_argument("--version", action="version", version=f"mediacore {version('mediacore')}")
    subparsers = parser.add_subparsers(metavar="<command>", required=True)
    known = sorted(commands, key=lambda command: command.name)
    asked = [command for command in known if words and command.name == words[0]]
    for command in asked or known:
        try:
            register: Register = command.load()
        except ImportError as error:
            _register_unavailable(subparsers, command, error)
        else:
            register(subparsers)
    return parser


def _register_unavailable(
    subparsers: "Subparsers", command: EntryPoint, error: ImportError
) -> None:
    extra = f"; install it with: pip install 'mediacore[{command.name}]'"
    extras = command.dist.metadata.get_all("Provides-Extra") if command.dist else None
    message = f"{command.name} is not available: {error}" + (
        extra if command.name in (extras or ()) else ""
    )

    def run(_: argparse.Namespace) -> int:
        print(f"mediacore: {message}", file=sys.stderr)
        return UNAVAILABLE

    # Its options aren't known here: nothing begins one, all of it is taken as it comes.
    parser = subparsers.add_parser(command.name, help=message, add_help=False, prefix_chars="\0")
    parser.add_argument("rest", nargs="*")
    parser.set_defaults(run=run)
