"""Answers that a shell needs within a blink: one indexed read, before anything else is imported.

Read-only, never migrates, never raises: where a derived row does not hold for today, or anything is unusual, the answer
is None and the whole program decides. Of a damaged file SQLite's own message may be no text.
"""

import sqlite3
from os.path import isfile

from dexcli.store.version import SCHEMA_VERSION

MOST = 200
"""Names offered for one word."""


def due_count(path: str, today: str, config_stamp: str) -> int | None:
    """How many people are due on `today` (ISO), as `due --limit 0` would list them."""
    conn = _open(path)
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


def handles(path: str, beginning: str) -> list[tuple[str, str]]:
    """Handle and name of the people whose handle, or a word of whose name, begins so."""
    conn = _open(path)
    if conn is None:
        return []
    word = beginning.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    try:
        return conn.execute(
            "select handle, name from person where state in ('active', 'archived')"
            " and (handle like ?1 || '%' escape '\\' or name_folded like ?1 || '%' escape '\\'"
            " or name_folded like '% ' || ?1 || '%' escape '\\') order by handle limit ?2",
            (word, MOST),
        ).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return []
    finally:
        conn.close()


def _open(path: str) -> sqlite3.Connection | None:
    """A read-only connection to a database of this version, else None."""
    if not isfile(path):  # noqa: PTH113 - pathlib is slow to load; a pipe would wait for ever
        return None
    try:
        uri = "file:" + path.replace("%", "%25").replace("?", "%3f").replace("#", "%23") + "?mode=ro"
        conn = sqlite3.connect(uri, uri=True, timeout=0.2)
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    try:
        if conn.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION:
            return conn
    except (sqlite3.Error, UnicodeDecodeError):
        pass
    conn.close()
    return None
