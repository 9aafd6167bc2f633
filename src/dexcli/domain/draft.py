"""The text of a draft as it comes back from an editor: its head, its lines, and what may be made of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import quote, unquote

from msgspec import Struct

from dexcli.errors import UsageError

VERSION = 1

ACTIONS = ("add", "link", "update", "skip")
"""The first word of a line; its first letter says the same."""

SAME = "@"
"""Before a row: whomever that row is about."""

_LETTERS = {word[0]: word for word in ACTIONS}
_BREAK = re.compile("\r\n|\r|\n")
_COMMENT = re.compile(r"(?:^|[ \t])#")
_ROW = re.compile("[0-9a-f]{7,64}")
_DIGEST = re.compile("[0-9a-f]{8,64}")
_FAULTS = 10
"""So many lines that cannot be read are told of."""
_SHOWN = 40
"""Characters of a word in a message."""


class Head(Struct, frozen=True, kw_only=True):
    """Of what a draft was made, and against which state."""

    source: str
    """`file:` URI."""
    digest: str
    """Of the bytes of the source."""
    made: date
    """As of which day it was read."""
    rules: str
    """Digest of all that decides beside the people: own addresses, region, order of dates, policy."""
    count: int
    rows: str
    """Digest of all rows."""
    format: str | None = None
    """The word of `--as`."""
    columns: Mapping[str, str] = {}
    """As `--map` said them."""


class Line(Struct, frozen=True, kw_only=True):
    """What is to be done with a row."""

    number: int
    action: str
    row: str
    person: str
    """Who is named behind the row; may be empty."""
    about: str
    """What stands behind `#`, for messages."""


class Draft(Struct, frozen=True, kw_only=True):
    """A draft that can be understood; whether its rows exist is another question."""

    head: Head
    lines: dict[str, Line]
    """By row."""


def as_line(column: str, field: str) -> str:
    """What the user said of a column, so that it is one word of ASCII."""
    return "=".join(quote(part, safe="", errors="surrogateescape") for part in (column, field))


def parse(text: str, name: str) -> Draft:
    """Read a draft; `name` is told in messages. Raises UsageError that tells of every line that cannot be read.

    What stands behind `#`, empty lines, line ends, blanks and the order of lines mean nothing.
    """
    head: dict[str, str] = {}
    columns: dict[str, str] = {}
    lines: dict[str, Line] = {}
    faults: list[str] = []
    for number, raw in enumerate(_BREAK.split(text.removeprefix("\ufeff")), 1):
        comment = _COMMENT.search(raw)
        words = (raw[: comment.start()] if comment else raw).split()
        if not words:
            continue
        key, rest = words[0], " ".join(words[1:])
        fault = None
        if key == "map":
            fault = _read_column(rest, columns)
        elif key in _KEYS:
            fault = f"{key} stands twice" if key in head else None
            head.setdefault(key, rest)
        else:
            fault = _read_line(number, words, lines, raw[comment.end() :].strip() if comment else "")
        if fault is not None:
            faults.append(f"line {number}: {fault}")
    if missing := [key for key in _KEYS if key not in head and key != "as"]:
        if not head and not lines:
            raise _unreadable(f"{name} is no draft of dex")
        faults.insert(0, f"its head is not whole: {', '.join(missing)} missing")
    elif head["draft"] != str(VERSION):
        raise UsageError(
            f"{name} is a draft of version {head['draft'][:_SHOWN]!r}, this dex knows {VERSION}",
            hint="make a new one with dex import SOURCE --draft FILE",
            code="draft",
        )
    if faults:
        more = [f"and {len(faults) - _FAULTS} more"] if len(faults) > _FAULTS else []
        raise _unreadable("\n".join(f"{name}: {fault}" for fault in [*faults[:_FAULTS], *more]))
    return Draft(head=_head(head, columns, name), lines=lines)


def change_refused(action: str, wanted: str, *, entries: bool, fixed: bool) -> str | None:
    """Why a row may not become what is wanted; None where it may. `fixed`: whatever it is, it can only be skipped."""
    if wanted in ("skip", action):
        return None
    if entries:
        return f"entries can be left as {action}, or skipped"
    if wanted == "update" or action == "update" or fixed:
        return f"it is {_article(action)} and can only be left, or skipped"
    return None


def _article(action: str) -> str:
    return f"an {action}" if action[0] in "au" else f"a {action}"


_KEYS = ("draft", "source", "digest", "made", "rules", "rows", "as")
"""First words of the head; `map` may stand more than once."""


def _read_column(rest: str, columns: dict[str, str]) -> str | None:
    column, equals, field = (unquote(part, errors="surrogateescape") for part in rest.partition("="))
    if not column or not equals or not field:
        return "map is not COLUMN=FIELD"
    columns[column] = field
    return None


def _read_line(number: int, words: list[str], lines: dict[str, Line], about: str) -> str | None:
    """Take a line in, or say what is wrong with it."""
    word, *rest = words
    action = _LETTERS.get(word, word)
    if action not in ACTIONS:
        return f"{word[:_SHOWN]!r} is none of {', '.join(ACTIONS)}"
    if not rest or not _ROW.fullmatch(rest[0]):
        return f"{_article(action)} needs a row behind it" + (f", and {rest[0][:_SHOWN]!r} is none" if rest else "")
    row, person = rest[0], " ".join(rest[1:])
    if row in lines:
        return f"row {row} stands in line {lines[row].number} already"
    if action == "add" and person:
        return f"to add makes a new person: take {person[:_SHOWN]!r} off, or say link"
    if action == "link" and not person:
        return f"to link needs a person behind row {row}"
    lines[row] = Line(number=number, action=action, row=row, person=person, about=about)
    return None


def _head(said: Mapping[str, str], columns: Mapping[str, str], name: str) -> Head:
    count, _, rows = said["rows"].partition(" ")
    try:
        head = Head(
            source=said["source"],
            digest=said["digest"],
            made=date.fromisoformat(said["made"]),
            rules=said["rules"],
            count=int(count),
            rows=rows,
            format=said.get("as"),
            columns=columns,
        )
    except ValueError:
        head = None
    if head is None or not all(map(_DIGEST.fullmatch, (head.digest, head.rules, head.rows))):
        raise _unreadable(f"{name}: its head was changed and cannot be read")
    return head


def _unreadable(message: str) -> UsageError:
    return UsageError(
        message, hint="nothing was changed; dex import SOURCE --draft FILE makes a new draft", code="draft"
    )
