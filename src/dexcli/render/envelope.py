"""JSON for scripts: the versioned envelope of a result or an error, lines, and the schemas of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from dexcli.errors import DexError, UsageError

if TYPE_CHECKING:
    from dexcli.results.timeline import Timeline

VERSION = 1
"""Fields may be added within a version; a field removed or changed makes a new one."""

_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What JSON may hold as it is, though a terminal obeys it or a reader takes it for a line end."""


def document(command: str, data: object, warnings: Sequence[str]) -> str:
    """The one JSON document of a command, indented, without a line end."""
    return encode({"version": VERSION, "command": command, "data": data, "warnings": list(warnings)}, indent=2)


def document_of_parts(command: str, parts: Iterator[Timeline], warnings: Sequence[str]) -> Iterator[str]:
    """The document of a timeline that comes in parts, as if it were one, in pieces: none is kept."""
    first = next(parts)
    empty = msgspec.structs.replace(first, items=[])
    # Within a text the quotes would be escaped: this is the field.
    head, field, tail = document(command, empty, warnings).partition('"items": []')
    yield head + field.removesuffix("]")
    separator = "\n"
    for part in chain([first], parts):
        for item in part.items:
            yield f"{separator}      " + encode(item, indent=2).replace("\n", "\n      ")
            separator = ",\n"
    yield ("]" if separator == "\n" else "\n    ]") + tail + "\n"


def lines(data: object) -> Iterator[str]:
    """One JSON object a line: each item of a list, else the one result; without the envelope."""
    # What was `done` with an account, or synced, is one result, whose list is of the accounts it is about.
    whole = hasattr(data, "done") or hasattr(data, "report")
    names = ("items", "operations") if whole else ("items", "operations", "accounts")
    lists = (getattr(data, name, None) for name in names)
    items = next((one for one in lists if isinstance(one, list)), [data])
    for item in items:
        yield encode(item)


def error(error: DexError) -> str:
    """The JSON document of a failure, in one line: it is the last line of stderr."""
    told = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "candidates": error.candidates,
    }
    return encode({"version": VERSION, "error": told})


def schema(command: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a command's whole document. Raises UsageError for an unknown command."""
    from dexcli.results.contract import COMMANDS

    if command not in COMMANDS:
        raise UsageError(f"there is no JSON document of a command {command!r}", hint="one of: " + ", ".join(COMMANDS))
    references, definitions = msgspec.json.schema_components(
        COMMANDS[command],
        # A schema within `SchemaResult` is the one thing that has no type of its own.
        schema_hook=lambda _: {"type": "object"},
        ref_template="#/$defs/{name}",
    )
    data: object = references[0] if len(references) == 1 else {"anyOf": list(references)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"dex {command} --json",
        "type": "object",
        "properties": {
            "version": {"const": VERSION},
            "command": {"const": command},
            "data": data,
            "warnings": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["version", "command", "data", "warnings"],
        "$defs": definitions,
    }


def schemas() -> dict[str, object]:
    """The JSON Schema of every command's document, by name of the command."""
    from dexcli.results.contract import COMMANDS

    return {command: schema(command) for command in COMMANDS}


def encode(value: object, indent: int = 0) -> str:
    """JSON as text, in one line unless indented; readable beyond ASCII, but without anything that a terminal obeys."""
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        import json

        # Half a character, from a file name or an argument that is no UTF-8: strict readers refuse it.
        encoded = json.dumps(msgspec.to_builtins(value), ensure_ascii=False).encode(errors="replace")
    text = (msgspec.json.format(encoded, indent=indent) if indent else encoded).decode()
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
