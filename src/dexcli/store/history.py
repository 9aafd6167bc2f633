"""Reading the journal: which operations there were."""

from __future__ import annotations

from datetime import datetime

from dexcli.results.history import OperationInfo
from dexcli.store.connection import Connection, Row

TYPED = ("hand", "import")
"""Origins of what a person typed, imports too; cron's syncs and agents are undone by their id only."""


FORGET = "forget"
"""The command of operations that nothing takes back."""


_CHANGED = "(state <> 'running' or exists(select 1 from change c where c.operation_id = operation.id))"
"""Leaves out a run that was killed before it wrote anything: nobody has seen it, and there is nothing to undo."""


_REMEMBERS = "exists(select 1 from change c where c.operation_id = operation.id)"
"""Leaves out operations of which nothing is left but that they were: what they changed was forgotten."""


_COLUMNS = f"*, command <> '{FORGET}' and {_REMEMBERS} as undoable"


def operations(conn: Connection, limit: int) -> list[OperationInfo]:
    """The latest operations, newest first; 0 is all."""
    rows = conn.execute(f"select {_COLUMNS} from operation where {_CHANGED} order by id desc limit ?", (limit or -1,))
    return [info(row) for row in rows]


def total(conn: Connection) -> int:
    """How many operations there were."""
    return int(conn.execute(f"select count(*) from operation where {_CHANGED}").fetchone()[0])


def operation_of(conn: Connection, operation_id: int) -> OperationInfo | None:
    """One operation."""
    row = conn.execute(f"select {_COLUMNS} from operation where id = ? and {_CHANGED}", (operation_id,)).fetchone()
    return info(row) if row else None


def latest_to_undo(conn: Connection, before: int) -> tuple[OperationInfo | None, list[OperationInfo]]:
    """The latest operation that was typed and is still in force, before another; and the newer ones passed over."""
    passed: list[OperationInfo] = []
    for row in conn.execute(
        f"select {_COLUMNS} from operation where id < ? and state <> 'undone' and undoes is null and {_CHANGED}"
        f" and (command = '{FORGET}' or {_REMEMBERS})"
        " order by id desc",
        (before,),
    ):
        if row["origin"] in TYPED:
            return info(row), passed
        passed.append(info(row))
    return None, passed


def typed_before(conn: Connection, before: int, limit: int) -> list[OperationInfo]:
    """The latest operations typed and in force before another, also those without a way back; newest first."""
    marks = ", ".join(f"'{origin}'" for origin in TYPED)
    rows = conn.execute(
        f"select {_COLUMNS} from operation where id < ? and state <> 'undone' and undoes is null and {_CHANGED}"
        f" and origin in ({marks}) order by id desc limit ?",
        (before, limit),
    )
    return [info(row) for row in rows]


def extent(conn: Connection, operation_id: int) -> int:
    """How many rows an operation changed, at most."""
    return int(
        conn.execute(
            "select coalesce(sum(hi - lo + 1), 0) from change where operation_id = ?", (operation_id,)
        ).fetchone()[0]
    )


def brought_history(conn: Connection, operation_id: int) -> bool:
    """Whether an operation wrote interactions."""
    return bool(
        conn.execute(
            "select exists(select 1 from change where operation_id = ? and tbl = 'interaction' and op = 'insert')",
            (operation_id,),
        ).fetchone()[0]
    )


def info(row: Row) -> OperationInfo:
    """An operation as results show it."""
    return OperationInfo(
        id=f"o{row['id']}",
        uid=row["uid"],
        at=datetime.fromisoformat(row["at"]),
        origin=row["origin"],
        command=row["command"],
        summary=row["summary"],
        state=row["state"],
        undoes=None if row["undoes"] is None else f"o{row['undoes']}",
        undone_by=None if row["undone_by"] is None else f"o{row['undone_by']}",
        undoable=bool(row["undoable"]),
    )
