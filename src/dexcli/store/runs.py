"""Progress of a run that may be killed: under which operation it writes, and how far it came in each source."""

from __future__ import annotations

from dexcli.store.connection import Connection
from dexcli.store.journal import Operation


def find_run(conn: Connection, name: str) -> int | None:
    """The operation of the unfinished run of that name: a killed import goes on, unless it was undone since."""
    row = conn.execute(
        "select o.id from meta m join operation o on o.id = m.value and o.state = 'running' where m.key = ?",
        (f"run:{name}",),
    ).fetchone()
    return row[0] if row else None


def begin_run(conn: Connection, name: str, operation_id: int, summary: str) -> None:
    """Remember the operation of a run, and forget what an earlier one of that name has left behind.

    The summary is what the history says of it until it ends.
    """
    end_run(conn, name)
    conn.execute("update operation set summary = ? where id = ?", (summary, operation_id))
    conn.execute("insert into meta(key, value) values(?, ?)", (f"run:{name}", str(operation_id)))


def wrote_nothing(op: Operation) -> bool:
    """Whether a run that is still open has changed nothing."""
    return is_running(op) and not op.conn.execute("select 1 from change where operation_id = ?", (op.id,)).fetchone()


def is_running(op: Operation) -> bool:
    """Whether the operation of a run is still open: somebody may have undone it meanwhile."""
    row = op.conn.execute("select state from operation where id = ?", (op.id,)).fetchone()
    return row is not None and row[0] == "running"


def cursor_of(conn: Connection, name: str, part: str) -> str | None:
    """How far a run has come in one of its sources."""
    row = conn.execute("select value from meta where key = ?", (f"cursor:{name}:{part}",)).fetchone()
    return row[0] if row else None


def keep_cursor(conn: Connection, name: str, part: str, cursor: str) -> None:
    """Remember how far a run came, in the transaction of what it wrote."""
    conn.execute(
        "insert into meta(key, value) values(?, ?) on conflict(key) do update set value = excluded.value",
        (f"cursor:{name}:{part}", cursor),
    )


def read_of(conn: Connection, name: str, part: str) -> int:
    """How many records a run has read in one of its sources, in all its transactions."""
    row = conn.execute("select value from meta where key = ?", (f"read:{name}:{part}",)).fetchone()
    return int(row[0]) if row else 0


def keep_read(conn: Connection, name: str, part: str, read: int) -> None:
    """Remember how many records a run has read, in the transaction of what it wrote."""
    conn.execute(
        "insert into meta(key, value) values(?, ?) on conflict(key) do update set value = excluded.value",
        (f"read:{name}:{part}", str(read)),
    )


def end_run(conn: Connection, name: str) -> None:
    """Forget a run, its cursors and its counts."""
    conn.execute("delete from meta where key = ?", (f"run:{name}",))
    for prefix in (f"cursor:{name}:", f"read:{name}:"):
        conn.execute("delete from meta where substr(key, 1, ?) = ?", (len(prefix), prefix))
