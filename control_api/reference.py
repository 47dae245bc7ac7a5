"""Writes docs/reference from the code: `python -m control_api.reference [docs/reference]`.

Prose is written by hand; what stands between the markers of a page is replaced. A test runs this
and fails when a page is not as it would be written.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET
from msgspec import inspect as shapes

from control_api import health, whip
from control_api.http import agents, contacts, floor, recordings, tokens, transfers, voicemails
from control_api.problems import KINDS
from control_api.ws import connection, messages
from mediacore import config

FOLDER: Final = Path("docs/reference")

_ROUTERS: Final = (
    ("/v1", tokens.router),
    ("/v1", contacts.router),
    ("/v1", transfers.router),
    ("/v1", recordings.router),
    ("/v1", voicemails.router),
    ("/v1", agents.router),
    ("/v1", floor.router),
    ("/v1", whip.router),
    ("", health.router),
)
_FROM_PAGES: Final = (
    *messages.EVERY_PAGE,
    *messages.VISITORS,
    *messages.AGENTS,
    *messages.SUPERVISORS,
)


def pages() -> dict[str, dict[str, str]]:
    """For each page the text of its parts, by the name in the markers."""
    return {
        "protocol.md": {
            "from-pages": "\n".join(_client_messages()),
            "from-server": "\n".join(_section(one) for one in messages.FROM_SERVER),
            "objects": "\n".join(_objects((*_FROM_PAGES, *messages.FROM_SERVER))),
            "close-codes": "\n".join(_close_codes()),
            "errors": "\n".join(_errors()),
        },
        "http.md": {
            "operations": "\n".join(_operations()),
            "objects": "\n".join(_objects(_bodies())),
            "errors": "\n".join(_errors()),
        },
        "configuration.md": {"sample": "\n".join(_sample())},
    }


def write(folder: Path) -> list[Path]:
    """Renew the pages in `folder`; returns those that changed."""
    changed = []
    for name, parts in pages().items():
        path = folder / name
        before = path.read_text(encoding="utf-8")
        after = before
        for part, text in parts.items():
            after = _replaced(after, part, text)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def _replaced(page: str, part: str, text: str) -> str:
    begin, end = f"<!-- begin {part} -->", f"<!-- end {part} -->"
    if begin not in page or end not in page:
        raise ValueError(f"no markers for {part}")
    head, rest = page.split(begin)
    return f"{head}{begin}\n{text.strip()}\n{end}{rest.split(end)[1]}"


# -- the WebSocket -------------------------------------------------------------------------------


def _client_messages() -> Iterator[str]:
    groups = (
        ("Every page", messages.EVERY_PAGE),
        ("Visitors", messages.VISITORS),
        ("Agents", messages.AGENTS),
        ("Supervisors", messages.SUPERVISORS),
    )
    for title, group in groups:
        yield f"### {title}\n"
        yield from map(_section, group)


def _section(message: type[msgspec.Struct]) -> str:
    return f"#### `{messages.tag_of(message)}`\n\n{_words(message)}\n\n{_fields(message)}"


def _close_codes() -> Iterator[str]:
    yield "| code | when |"
    yield "|---|---|"
    yield f"| {connection.CLOSE_NORMAL} | the page ended it |"
    yield f"| {connection.CLOSE_POLICY} | hello was missing or refused, or far too many messages |"
    yield f"| {connection.CLOSE_TOO_LARGE} | a message was too large |"
    yield "| 1012 | the server goes down; connect again after a moment |"
    yield f"| {connection.CLOSE_TOO_SLOW} | the page did not read what it was sent; connect again |"
    yield f"| {connection.CLOSE_REPLACED} | another page of the same person has taken over; don't |"


def _errors() -> Iterator[str]:
    yield "| code | HTTP status | means |"
    yield "|---|---|---|"
    for code, kind in KINDS.items():
        yield f"| `{code}` | {kind.status} | {kind.title} |"


# -- HTTP ----------------------------------------------------------------------------------------


def _handlers() -> Iterator[tuple[str, HTTPRouteHandler]]:
    for prefix, router in _ROUTERS:
        for route in router.routes:
            for handler in getattr(route, "route_handlers", ()):
                if isinstance(handler, HTTPRouteHandler) and handler.summary:
                    yield prefix + route.path_format, handler


def _operations() -> Iterator[str]:
    for path, handler in _handlers():
        (method,) = (str(getattr(one, "value", one)) for one in handler.http_methods)
        function = handler.fn
        hints = get_type_hints(function, include_extras=True)
        yield f"#### `{method} {path}`\n"
        yield f"{handler.summary}. {_words(function)}\n"
        if body := _named(hints.get("data")):
            yield f"Body: {body}\n"
        if answer := _named(hints.get("return")):
            yield f"Answer: {answer}\n"


def _named(hint: Any) -> str:
    """The struct an operation takes or answers with, as a link, or empty."""
    listed = getattr(hint, "__args__", (hint,))
    for one in listed:
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            link = f"[{one.__name__}](#{one.__name__.lower()})"
            return f"a list of {link}" if hint is not one and hint.__origin__ is list else link
    return ""


def _bodies() -> Iterator[type[msgspec.Struct]]:
    for _, handler in _handlers():
        hints = get_type_hints(handler.fn, include_extras=True)
        for name in ("data", "return"):
            hint = hints.get(name)
            for one in getattr(hint, "__args__", (hint,)):
                if isinstance(one, type) and issubclass(one, msgspec.Struct):
                    yield one


# -- types ---------------------------------------------------------------------------------------


def _objects(of: Iterable[type[msgspec.Struct]]) -> Iterator[str]:
    """A section for each struct that is reachable from `of`, messages themselves aside."""
    seen: dict[str, type[msgspec.Struct]] = {}
    for one in of:
        if not issubclass(one, messages.ServerMessage | messages.ClientMessage):
            seen.setdefault(one.__name__, one)
        for nested in _nested(shapes.type_info(one)):
            seen.setdefault(nested.__name__, nested)
    for name, struct in sorted(seen.items()):
        yield f"#### {name}\n\n{_words(struct)}\n\n{_fields(struct)}"


def _nested(shape: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(shape, shapes.StructType):
        for field in shape.fields:
            for one in _parts(field.type):
                if isinstance(one, shapes.StructType):
                    yield one.cls
                    yield from _nested(one)


def _parts(shape: Any) -> Iterator[Any]:
    if isinstance(shape, shapes.UnionType):
        for one in shape.types:
            yield from _parts(one)
    elif isinstance(shape, shapes.ListType):
        yield from _parts(shape.item_type)
    else:
        yield shape


def _fields(struct: type[msgspec.Struct]) -> str:
    shape = shapes.type_info(struct)
    assert isinstance(shape, shapes.StructType)
    # Every message from a page may carry an id; the text above says so once.
    ours = issubclass(struct, messages.ClientMessage)
    fields = [one for one in shape.fields if not (ours and one.name == "id")]
    if not fields:
        return "No fields.\n"
    lines = ["| field | type | |", "|---|---|---|"]
    for field in fields:
        note = "" if field.required else _optional(field)
        lines.append(f"| `{field.encode_name}` | {_type(field.type)} | {note} |")
    return "\n".join(lines) + "\n"


def _optional(field: shapes.Field) -> str:
    if field.default in (None, UNSET, msgspec.NODEFAULT, ""):
        return "may be missing"
    return f"default `{msgspec.json.encode(field.default).decode()}`"


def _type(shape: Any) -> str:
    match shape:
        case shapes.StructType():
            return f"[{shape.cls.__name__}](#{shape.cls.__name__.lower()})"
        case shapes.ListType() | shapes.VarTupleType():
            bound = f", at most {shape.max_length}" if shape.max_length else ""
            return f"list of {_type(shape.item_type)}{bound}"
        case shapes.DictType():
            bound = f", at most {shape.max_length} entries" if shape.max_length else ""
            return f"object of {_type(shape.value_type)}{bound}"
        case shapes.LiteralType():
            return ", ".join(f'`"{value}"`' for value in shape.values)
        case shapes.UnionType():
            return " or ".join(_type(one) for one in shape.types)
        case shapes.StrType():
            bounds = _limits(shape.min_length, shape.max_length, " characters", shape.pattern)
            return f"text{bounds}"
        case shapes.DateTimeType():
            return "time like `2026-01-31T09:00:00Z`, with its zone"
        case shapes.IntType():
            return "integer" + _limits(shape.ge, shape.le)
        case shapes.FloatType():
            return "number"
        case shapes.BoolType():
            return "true or false"
        case shapes.NoneType():
            return "null"
        case shapes.AnyType():
            return "any"
        case _:
            raise TypeError(f"no words for {shape!r}")


def _limits(low: int | None, high: int | None, unit: str = "", pattern: str | None = None) -> str:
    if pattern:
        return f" like `{pattern.replace('|', chr(92) + '|')}`"
    if low is not None and high is not None:
        return f", {low} to {high}{unit}"
    if high is not None:
        return f", at most {high}{unit}"
    return f", at least {low}{unit}" if low is not None else ""


def _words(documented: Any) -> str:
    """A docstring of its own, not of a base, as one paragraph of Markdown."""
    text = inspect.cleandoc(vars(documented).get("__doc__") or documented.__doc__ or "")
    if isinstance(documented, type) and text == inspect.cleandoc(msgspec.Struct.__doc__ or ""):
        raise ValueError(f"{documented.__name__} has no docstring")
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


# -- configuration -------------------------------------------------------------------------------


def _sample() -> Iterator[str]:
    keys = config.KeySettings(
        "<32 random characters or more, for integrators>",
        "<32 other random characters or more, for tokens>",
    )
    yield "```toml"
    yield config.sample(keys).strip()
    yield "```"


if __name__ == "__main__":
    for page in write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        print(page)
