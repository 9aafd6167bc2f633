"""Numbers that rows get: SQLite counts on from a table of its own, which a file from elsewhere may have at its end."""

from __future__ import annotations

from dexcli.store.connection import Connection, transaction
from dexcli.store.journal import LOGICAL, OWNED
from dexcli.store.texts import ID_BITS

_LAST = 2**ID_BITS - 1
"""The index of words has room for no greater one."""
_COUNTED = ("operation", *(table for table in LOGICAL if table not in OWNED))


def spent(conn: Connection) -> list[str]:
    """The tables whose rows get numbers that are too great, in words."""
    told = []
    for table in _COUNTED:
        if _highest(conn, table) > _LAST:
            told.append(f"{table} has rows with numbers that are too great")
        elif any(not isinstance(seq, int) or seq >= _LAST for seq in _sequence(conn, table)):
            told.append(f"the next row of {table} would get a number that is too great")
    return told


def count_on(conn: Connection) -> None:
    """Let numbers go on behind the last that there ever was: what was deleted may come back under its own."""
    with transaction(conn):
        for table in _COUNTED:
            if any(not isinstance(seq, int) or seq >= _LAST for seq in _sequence(conn, table)):
                conn.execute("delete from sqlite_sequence where name = ?", (table,))
                conn.execute("insert into sqlite_sequence(name, seq) values(?, ?)", (table, _highest(conn, table)))


def _sequence(conn: Connection, table: str) -> list[object]:
    return [row[0] for row in conn.execute("select seq from sqlite_sequence where name = ?", (table,))]


def _highest(conn: Connection, table: str) -> int:
    """Of the rows that are there, and of those that the journal remembers."""
    row = conn.execute(
        f"select max((select coalesce(max(id), 0) from {table}),"
        " (select coalesce(max(hi), 0) from change where tbl = ?))",
        (table,),
    ).fetchone()
    return int(row[0])
