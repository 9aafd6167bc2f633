"""Whether a database is damaged: asked where something has failed that could not, never before."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import msgspec

from dexcli.domain.cadence import parse_cadence
from dexcli.errors import StoreError, UsageError
from dexcli.store import connection
from dexcli.store.connection import Connection

MAKES_NO_SENSE = (
    *(TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError, MemoryError),
    *(msgspec.MsgspecError, sqlite3.Error),
)
"""What values raise that nobody has written."""

_ELSEWHERE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_READONLY", "SQLITE_IOERR")
"""What says nothing of a file's contents."""

_YEARLY = re.compile(r"(?:\d{4}|-)-\d\d-\d\d")


def behind(error: BaseException, path: Path) -> StoreError | None:
    """The error to show in place of one that no sound database leads to; None where the file is as it should be.

    Reads the whole file.
    """
    if not isinstance(error, MAKES_NO_SENSE) or isinstance(error, UnicodeEncodeError) or not path.is_file():
        return None
    found = what_is_wrong(path)
    return None if found is None else connection.damaged(path, found)


def what_is_wrong(path: Path) -> str | None:
    """The first thing in a database of this version that dex cannot have written, in words."""
    try:
        with closing(connection.connect_read_only(path)) as conn:
            conn.text_factory = bytes  # of what may be no text
            return next(_faults(conn), None)
    except UnicodeDecodeError:  # SQLite's own message quotes what it has found
        return "SQLite cannot read it"
    except sqlite3.Error as error:
        return None if str(getattr(error, "sqlite_errorname", "")).startswith(_ELSEWHERE) else str(error)


def _faults(conn: Connection) -> Iterator[str]:
    for row in conn.execute("pragma integrity_check(1)"):
        if row[0] != b"ok":
            yield row[0].decode(errors="replace")
    yield from _strange(conn)
    for row in conn.execute("pragma foreign_key_check"):
        yield f"a row of {row[0].decode(errors='replace')} belongs to none"


def strange(path: Path, *, without: tuple[str, ...] = ()) -> list[str]:
    """The first value that dex cannot have written, in words, in a file whose pages are sound.

    `without` tables whose names begin so.
    """
    with closing(connection.connect_read_only(path)) as conn:
        conn.text_factory = bytes
        return [*islice(_strange(conn, without), 1)]


def _strange(conn: Connection, without: tuple[str, ...] = ()) -> Iterator[str]:
    with closing(connection.in_memory()) as new:
        tables = _columns(new, without)
    stored = _columns(conn, without)
    for table, columns in tables.items():
        if stored.get(table, {}).keys() != columns.keys():
            yield f"the columns of {table} are not as they were"
        yield from _faults_of(conn, table, columns)
    for table, image in conn.execute("select cast(tbl as text), image from change where image is not null"):
        if not msgspec.json.decode(image, type=dict[str, object]).keys() <= tables.get(table.decode(), {}).keys():
            yield "the history cannot be read"


def _columns(conn: Connection, without: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The declared type of every column, by table and name."""
    found: dict[str, dict[str, str]] = {}
    for row in conn.execute(
        "select cast(t.name as blob), cast(c.name as blob), cast(c.type as blob)"
        " from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite%'"
        + "".join(f" and t.name not glob '{one}*'" for one in without)
    ):
        table, name, kind = (value.decode(errors="replace") for value in row)
        found.setdefault(table, {})[name] = kind.lower()
    return found


def _faults_of(conn: Connection, table: str, columns: dict[str, str]) -> Iterator[str]:
    """What in the rows of a table is no text, or not what its column is for."""
    texts = [name for name, kind in columns.items() if kind == "text"]
    readers = [(position, name, reader(name)) for position, name in enumerate(texts)]
    for row in conn.execute(f"select {', '.join(texts) or 'null'} from {table}"):
        for position, name, read in readers:
            if row[position] is None:
                continue
            try:
                read(row[position].decode())
            except (ValueError, UsageError, msgspec.MsgspecError):
                yield f"{table}.{name} cannot be read"
    if table == "occasion":
        for year, month, day in conn.execute("select year, month, day from occasion"):
            try:
                refuse_no_day(year, month, day)
            except (ValueError, OverflowError):
                yield "a date of occasion cannot be read"
    if table == "claim":
        for (value,) in conn.execute("select value from claim where field in ('birthday', 'anniversary', 'date')"):
            if not is_yearly(value.decode(errors="replace")):
                yield "a date of claim cannot be read"


def refuse_no_day(year: int | None, month: int, day: int) -> None:
    """Raise what `date` raises where these are no yearly day: the 29th of February is one in every year."""
    date(2000, month, day), date(2000 if year is None else year, 1, 1)


def is_yearly(text: str) -> bool:
    """Whether a text has the form of a yearly date."""
    return _YEARLY.fullmatch(text) is not None


def reader(column: str) -> Callable[[str], object]:
    """What reads the text of a column, and raises for what it cannot be."""
    if column == "at" or column.endswith("_at"):
        return datetime.fromisoformat
    if column.endswith("_on"):
        return date.fromisoformat
    if column in ("cadence", "every"):
        return parse_cadence
    return msgspec.json.decode if column == "image" else str
