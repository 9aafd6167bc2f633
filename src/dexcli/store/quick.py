"""Answers that a shell needs within a blink: one indexed read, before anything else is imported.

Read-only, never migrates, never raises: where a derived row does not hold for today, or anything is unusual, the answer
is None and the whole program decides. Of a damaged file SQLite's own message may be no text.
"""

import sqlite3
from collections.abc import Sequence
from os import stat
from os.path import exists, isfile

from dexcli.store.version import SCHEMA_VERSION

MOST = 200
"""Offers for one word."""


def due_count(path: str, today: str, config_stamp: str) -> int | None:
    """How many people are due on `today` (ISO), as `due --limit 0` would list them.

    Where nobody has the database open nothing appears beside it, and what was read holds unless somebody has written
    meanwhile.
    """
    state = _at_rest(path)
    if state is not None:
        count = _due_count(_open(path, alone=True), today, config_stamp)
        if _at_rest(path) == state:
            return count
    return _due_count(_open(path), today, config_stamp)


def _due_count(conn: sqlite3.Connection | None, today: str, config_stamp: str) -> int | None:
    if conn is None:
        return None
    try:
        meta = dict(conn.execute("select key, value from meta"))
        if meta.get("derived_on", "9999") > today or meta.get("config_stamp", "") != config_stamp:
            return None
        if "timezone" in meta:
            return None  # today may be another day there
        unsure = conn.execute(
            "select exists(select 1 from standing where stale = 1)"
            " or exists(select 1 from standing where recheck_on is not null and recheck_on <= ?)",
            (today,),
        ).fetchone()[0]
        if unsure:
            return None
        return int(conn.execute("select count(*) from standing where surfaces_on <= ?", (today,)).fetchone()[0])
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    finally:
        conn.close()


def people(path: str, beginning: str, states: Sequence[str]) -> list[tuple[str, str]]:
    """Handle and name of the people whose handle begins so, or words of whose name; `beginning` is folded."""
    words = beginning.split() or [""]
    return _read(
        path,
        "select handle, name from person where state in (select value from json_each(?1))"
        " and (handle like ?2 escape '\\' or ("
        + " and ".join(f"' ' || name_folded like ?{number + 4} escape '\\'" for number in range(len(words)))
        + ")) order by handle limit ?3",
        "[" + ",".join(f'"{state}"' for state in states) + "]",
        f"{_literal(beginning).replace(' ', '-')}%",
        MOST,
        *(f"% {_literal(word)}%" for word in words),
    )


def tags(path: str, beginning: str) -> list[tuple[str, str]]:
    """Tags that begin so, and how many people have each."""
    return _read(
        path,
        "select name, n || case n when 1 then ' person' else ' people' end from (select name,"
        " (select count(*) from person_tag where tag_id = tag.id) as n from tag where name like ? escape '\\')"
        " order by name limit ?",
        f"{_literal(beginning)}%",
        MOST,
    )


COLUMNS = ("company", "title", "location", "met_where", "name")


def values(path: str, column: str, beginning: str) -> list[str]:
    """What people have in a column of `COLUMNS` that begins so."""
    if column not in COLUMNS:
        return []
    return [
        value
        for value, _ in _read(
            path,
            f"select distinct {column}, '' from person where state <> 'merged' and {column} like ? escape '\\'"
            " order by 1 limit ?",
            f"{_literal(beginning)}%",
            MOST,
        )
    ]


def commitments(path: str) -> list[tuple[str, str]]:
    """What is open, soonest first: its number, and with whom it is about what."""
    return _read(
        path,
        "select 'c' || c.id, p.name || ': ' || c.text from commitment c join person p on p.id = c.person_id"
        " where c.state = 'open' order by c.due_on is null, c.due_on, c.id limit ?",
        MOST,
    )


def operations(path: str) -> list[tuple[str, str]]:
    """What can be taken back, newest first: its number and what it did."""
    return _read(
        path,
        "select 'o' || id, summary from operation where state = 'done' and command <> 'forget'"
        " and exists(select 1 from change where operation_id = operation.id) order by id desc limit ?",
        MOST,
    )


def occasions(path: str) -> list[str]:
    """Kinds of yearly dates that somebody has."""
    return [kind for kind, _ in _read(path, "select distinct kind, '' from occasion order by 1 limit ?", MOST)]


def mine(path: str) -> list[tuple[str, str]]:
    """My own addresses and numbers."""
    return _read(path, "select value, kind from identifier where mine = 1 order by 1 limit ?", MOST)


def _literal(text: str) -> str:
    """A text that `like` takes as it is."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _read(path: str, sql: str, *values: object) -> list[tuple[str, str]]:
    conn = _open(path, alone=_at_rest(path) is not None, wait=0)
    if conn is None:
        return []
    try:
        return conn.execute(sql, values).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return []
    finally:
        conn.close()


def _at_rest(path: str) -> tuple[int, ...] | None:
    """By what one tells that a database was written to; None where somebody has it open, or it is not there.

    Whoever writes has a log beside it, and what is in that comes into the file before it goes.
    """
    if exists(f"{path}-wal") or exists(f"{path}-journal"):  # noqa: PTH110 - pathlib is slow to load
        return None
    try:
        status = stat(path)  # noqa: PTH116 - as above
    except (OSError, ValueError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _open(path: str, *, alone: bool = False, wait: float = 0.2) -> sqlite3.Connection | None:
    """A read-only connection to a database of this version, else None; it waits so many seconds for whoever writes.

    A connection to a database in WAL mode leaves two files beside it; `alone`, where there is no log, it does not, and
    misses what another run writes meanwhile.
    """
    if not isfile(path):  # noqa: PTH113 - pathlib is slow to load; a pipe would wait for ever
        return None
    try:
        uri = "file:" + path.replace("%", "%25").replace("?", "%3f").replace("#", "%23") + "?mode=ro"
        conn = sqlite3.connect(uri + ("&immutable=1" if alone else ""), uri=True, timeout=wait)
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    try:
        conn.execute("pragma trusted_schema = off")
        if conn.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION:
            return conn
    except (sqlite3.Error, UnicodeDecodeError):
        pass
    conn.close()
    return None
