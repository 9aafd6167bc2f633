"""Everything as JSON lines: out of one database, and into an empty one."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from dexcli import __version__
from dexcli.errors import FormatError, UsageError
from dexcli.results.report import ImportResult, InteractionCounts, PeopleCounts, Report
from dexcli.services.ingest import Progress
from dexcli.services.invocation import Invocation
from dexcli.store import transfer as store
from dexcli.store.connection import Connection
from dexcli.store.journal import operation
from dexcli.store.version import SCHEMA_VERSION

if TYPE_CHECKING:
    from dexcli.services.export import Written

FORMAT = "jsonl"

VERSION = 1
"""Of the lines; what their rows hold is the schema's."""

LONGEST = 64 * 1024 * 1024
"""Bytes of a line beyond which it is not read; the longest note needs a third of it."""

_FIRST, _LAST = "dex", "end"
"""Types of the first and the last line; the others are called after tables."""

_LINES = 1_000
"""Written at once."""

_Row = dict[str, str | int | float | bool | None]
_DECODER = msgspec.json.Decoder(_Row)


# -- out ---------------------------------------------------------------------------------------------


def lines(conn: Connection, now: datetime, written: Written) -> Iterator[bytes]:
    """The whole file in portions; `written` counts people and entries on the way."""
    from dexcli.render.envelope import encode

    told = 1
    head = {"type": _FIRST, "version": VERSION, "schema": SCHEMA_VERSION, "dex": __version__}
    portion = [encode({**head, "exported_at": now.isoformat(timespec="seconds")})]
    for table, values in store.rows(conn):
        portion.append(encode({"type": table, **values}))
        told += 1
        written.people += table == "person"
        written.entries += table == "interaction"
        if len(portion) == _LINES:
            yield _joined(portion)
            portion = []
    portion.append(encode({"type": _LAST, "lines": told}))
    yield _joined(portion)


def _joined(portion: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in portion).encode()


# -- in ----------------------------------------------------------------------------------------------


def is_everything(path: Path) -> bool:
    """Whether a file begins as `lines` does."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return _row(stream.readline(_HEAD)).get("type") == _FIRST
    except (OSError, msgspec.DecodeError):
        return False


_HEAD = 4_096
"""Bytes that a first line has at most."""


def load(
    conn: Connection, call: Invocation, path: Path, *, name: str, progress: Progress | None = None
) -> ImportResult:
    """Fill an empty database with what a file holds, all or nothing, in one operation; `name` is told in messages.

    Raises UsageError where something is there already, FormatError for the first line that cannot be read.
    """
    try:
        with path.open("rb") as stream, operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
            _refuse_more(conn, name)
            counts = store.write(op, _lines(stream, name, progress))
            people, entries = counts["person"], counts["interaction"]
            op.summary = f"everything from {name}: {_counted(people, 'person', 'people')}, " + _counted(
                entries, "entry", "entries"
            )
    except store.UnfitError as error:
        if error.line is None:
            raise FormatError(f"{name}: {error.reason}", hint=_CONTRADICTED, code="contradiction") from error
        raise FormatError(f"{name}:{error.line}: {error.reason}", hint=_AGAIN) from error
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}", hint="check the path and its permissions") from error
    report = _report(call, name, counts, op.ref)
    return ImportResult(report=report, parts=[report])


_AGAIN = "nothing was imported; export it again with dex export --as jsonl"
_CONTRADICTED = (
    "nothing was imported; dex doctor, where it was exported, says whether they do there\n"
    "if not, the file was changed: export it again with dex export --as jsonl"
)


def _refuse_more(conn: Connection, name: str) -> None:
    if not store.is_empty(conn):
        raise UsageError(
            f"{name} is everything of another database, and this one is not empty",
            hint=f"take an empty one: dex --db NEW.db import {shlex.quote(name)}"
            "\nor bring people alone: dex export --as vcard there, dex import here",
            code="not_empty",
        )


def _lines(stream: BinaryIO, name: str, progress: Progress | None) -> Iterator[store.Line]:
    """The rows of a file that is whole and of a version that we know."""
    number = 0
    ended = False
    while raw := stream.readline(LONGEST + 1):
        number += 1
        if ended:
            raise store.UnfitError(number, "it goes on behind its end")
        if len(raw) > LONGEST:
            raise store.UnfitError(number, f"the line is longer than {LONGEST // 1024 // 1024} MB")
        try:
            values = _row(raw)
        except msgspec.DecodeError as error:
            raise store.UnfitError(number, f"this is no line of an export: {error}") from error
        type_ = values.pop("type", None)
        if number == 1:
            _refuse_newer(name, type_, values)
        elif type_ == _LAST:
            ended = values.get("lines") == number - 1
            if not ended:
                raise store.UnfitError(number, f"{number - 1:,} lines before its end, and not {values.get('lines')}")
        else:
            yield number, str(type_), values
        if progress is not None and number % _LINES == 0:
            progress(name, number)
    if not ended:
        raise store.UnfitError(number, "the file is cut off: its last line is missing")


def _row(raw: bytes) -> _Row:
    try:
        return _DECODER.decode(raw)
    except RecursionError as error:
        raise msgspec.DecodeError("it is nested too deeply") from error
    except UnicodeDecodeError as error:  # msgspec's own word for a key that is no text
        raise msgspec.DecodeError("it is not UTF-8") from error


def _refuse_newer(name: str, type_: object, values: _Row) -> None:
    version, schema = values.get("version"), values.get("schema")
    if type_ != _FIRST or not isinstance(version, int) or not isinstance(schema, int):
        raise store.UnfitError(1, "this is not the first line of an export of everything")
    if version > VERSION or schema > SCHEMA_VERSION:
        raise FormatError(
            f"{name} has version {version} with schema {schema}, this dex knows {VERSION} with {SCHEMA_VERSION}",
            hint="it was written by a newer dex: upgrade with pipx upgrade dexcli (or uv tool upgrade dexcli)",
            code="newer_schema",
        )


def _report(call: Invocation, name: str, counts: Counter[str], operation_id: str | None) -> Report:
    people = PeopleCounts(added=counts["person"], updated=0, unchanged=0, questions=0, asked=[], conflicts=[])
    entries = InteractionCounts(added=counts["interaction"], updated=0, unchanged=0, removed=0, not_counting=0, bulk=0)
    return Report(
        source=name,
        account="",
        format=FORMAT,
        what="everything of a database",
        dry_run=call.dry_run,
        read=counts.total(),
        people=people,
        interactions=entries,
        skipped=[],
        notes=[],
        operation_id=operation_id,
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
