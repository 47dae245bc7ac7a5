"""Settings in words: the commented sample, and what a setting should be."""

import re
import textwrap
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect

from mediacore.section import Section
from mediacore.settings import Settings
from mediacore.toml_lines import Key

COMMENT_WIDTH = 96


def dotted(path: Sequence[Key]) -> str:
    """A path as people write it: queues[1].wrap_up_s."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return text.removeprefix(".")


def setting_names(path: Sequence[Key]) -> list[str]:
    """The settings of the table at `path`; none when it is no table."""
    node, _ = _type_at(path)
    return [known.name for known in node.fields] if isinstance(node, inspect.StructType) else []


def expectation(path: Sequence[Key]) -> str:
    """What the setting at `path` should be, with what it means."""
    node, description = _type_at(path)
    if isinstance(node, inspect.LiteralType) or not description:
        return _words(node)
    return f"{_words(node)} ({description})"


def sample_text(settings: Settings) -> str:
    """The settings as a TOML file, with a comment on every one of them."""
    parts = [_comment("Mediacore's settings. One that is left out has the value shown here.")]
    for known in _struct(Settings).fields:
        value = getattr(settings, known.name)
        if isinstance(value, tuple):
            for number, entry in enumerate(value):
                parts.append(_table(f"[[{known.name}]]", entry, commented=number == 0))
        else:
            parts.append(_table(f"[{known.name}]", value, commented=True))
    return "\n\n".join(parts) + "\n"


def _table(header: str, section: Section, *, commented: bool) -> str:
    lines = [_comment(str(type(section).__doc__))] if commented else []
    lines.append(header)
    for known in _struct(type(section)).fields:
        _, words = _plain(known.type)
        value = getattr(section, known.name)
        if commented and words:
            lines.append(_comment(words["description"]))
        if value is not None:
            lines.append(f"{known.name} = {_toml(value)}")
        elif commented:
            # TOML has no value that means left out.
            lines.append(f"# {known.name} = {_toml(words['examples'][0])}")
    return "\n".join(lines)


def _comment(text: str) -> str:
    return textwrap.fill(text, COMMENT_WIDTH, initial_indent="# ", subsequent_indent="# ")


def _toml(value: object) -> str:
    """TOML's literals for text, numbers and booleans are those of JSON."""
    if isinstance(value, Section):
        value = {key: one for key, one in msgspec.to_builtins(value).items() if one is not None}
    if isinstance(value, dict):
        entries = ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items())
        return f"{{ {entries} }}" if entries else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return msgspec.json.encode(value).decode()


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key) else _toml(key)


def _struct(section: type[Section]) -> inspect.StructType:
    node = inspect.type_info(section)
    assert isinstance(node, inspect.StructType), "a Section is a struct"
    return node


def _plain(node: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """The type without its metadata, and the words of these: `description`, `examples`."""
    if isinstance(node, inspect.Metadata):
        return node.type, node.extra_json_schema or {}
    return node, {}


def _type_at(path: Sequence[Key]) -> tuple[inspect.Type, str]:
    node: inspect.Type = _struct(Settings)
    description = ""
    for key in path:
        if isinstance(node, inspect.StructType):
            found = [known.type for known in node.fields if known.name == key]
            node, words = _plain(found[0] if found else inspect.AnyType())
            description = words.get("description", "")
        elif isinstance(node, inspect.VarTupleType):
            node = _plain(node.item_type)[0]
    return node, description


def _words(node: inspect.Type) -> str:
    match node:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _range(node.ge, node.le)
        case inspect.FloatType():
            return "a number" + _range(node.ge, node.le)
        case inspect.LiteralType():
            return "one of " + ", ".join(_toml(value) for value in node.values)
        case inspect.StrType():
            length = _range(node.min_length, node.max_length)
            return "text in quotes" + (f",{length} characters" if length else "")
        case inspect.VarTupleType():
            return f"a list, each entry {_words(_plain(node.item_type)[0])}"
        case inspect.UnionType():
            # One that may be left out: TOML has no null.
            return _words(next(one for one in node.types if one != inspect.NoneType()))
        case inspect.DictType():
            return f"a table, each entry {_words(_plain(node.value_type)[0])}"
        case inspect.StructType():
            return "a table"
    return "something else"


def _range(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f" from {_digits(low)} to {_digits(high)}"
    if low is not None:
        return f" of at least {_digits(low)}"
    return f" of at most {_digits(high)}" if high is not None else ""


def _digits(limit: float) -> str:
    """Never 1e+06, which nobody types into a file."""
    return str(int(limit)) if limit == int(limit) else f"{limit:g}"
