"""The journal: every change belongs to one operation, which remembers the way back; `undo` goes it.

Inserts are remembered as ranges of ids whose rows carry the operation's id; updates and deletes as one row each with
the columns before. Nothing writes to a logical table except through an `Operation`, or in
bulk under its id with the range of ids reported to it.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from dexcli.store import standing
from dexcli.store.connection import Connection, begin, errors_of, path_of
from dexcli.store.texts import Texts

OWNED = ("participant", "interaction_origin")
"""Tables without an id: their rows come and go with an interaction, whose id stands in `change.lo`."""

_KEYS = ("interaction_id", "identifier_id", "feed_id", "ref")
"""Columns that tell the rows of such a table from each other."""

LOGICAL = (
    "person", "identifier", "person_origin", "claim", "tag", "person_tag", "occasion", "commitment",
    "question", "tombstone", "occasion_kind", "interaction", "participant", "interaction_origin",
)  # fmt: skip
"""Tables that undo restores row for row."""


class Operation:
    """One command's changes. Rows go through `insert`, `update` and `delete`; people through `touch`."""

    def __init__(self, conn: Connection, id: int, now: datetime) -> None:  # noqa: A002 - of a row
        self.conn = conn
        self.id = id
        self.now = now
        self.today = now.date()
        """The local day on which the operation happens."""
        self.stamp = now.isoformat(timespec="seconds")
        """The instant of the operation as stored in `created_at` and `updated_at`."""
        self.summary = ""
        self.dry_run = False
        self.changes = 0
        self.texts = Texts(conn)
        self._touched: set[int] = set()
        self._ranges: dict[str, tuple[int, int]] = {}

    @property
    def ref(self) -> str | None:
        """`o67`, for whoever wants to undo it; None where nothing changed or nothing stays."""
        return f"o{self.id}" if self.changes and not self.dry_run else None

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row and return its id."""
        values["operation_id"] = self.id
        self.texts.adding(table, (values,))
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        cursor = self.conn.execute(f"insert into {table}({names}) values({marks})", tuple(values.values()))
        row = int(cursor.lastrowid or 0)
        self.inserted(table, row, row)
        self.texts.added(table, row, row)
        return row

    def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
        """Insert rows of these columns, which get ids one after another."""
        if rows:
            self.texts.adding(table, [dict(zip(columns, row, strict=True)) for row in rows])
            self.conn.executemany(
                f"insert into {table}({', '.join(columns)}, operation_id) values({'?, ' * len(columns)}?)",
                ((*row, self.id) for row in rows),
            )
            (last,) = self.conn.execute("select last_insert_rowid()").fetchone()
            self.inserted(table, last - len(rows) + 1, last)
            self.texts.added(table, last - len(rows) + 1, last)

    def inserted(self, table: str, lo: int, hi: int) -> None:
        """Remember that rows `lo` to `hi` of `table` were inserted, all with this operation's id.

        Neighbouring ranges are joined before they are written: an import of a thousand people is a few rows.
        """
        first, last = self._ranges.get(table, (lo, lo - 1))
        if lo != last + 1:
            self._write_range(table)
            first = lo
        self._ranges[table] = (first, hi)
        self.changes += 1

    def update(self, table: str, id: int, **values: Any) -> bool:  # noqa: A002 - of a row
        """Set columns of one row; returns False, and remembers nothing, where they already have these values."""
        if not values:
            return False
        names = ", ".join([*values, "updated_at"] if table == "person" else values)
        before = self.conn.execute(f"select {names} from {table} where id = ?", (id,)).fetchone()
        image = {name: before[name] for name, value in values.items() if before[name] != value}
        if not image:
            return False
        if table == "person":
            image["updated_at"] = before["updated_at"]
            values.setdefault("updated_at", self.stamp)  # an undo brings back the former instant
        lo, hi = self._ranges.get(table, (1, 0))
        if not lo <= id <= hi:  # what was inserted just now goes as a whole
            self._remember(table, id, id, "update", image)
        self.texts.changing(table, id, id, {name: values[name] for name in image})
        _set(self.conn, table, id, {name: values[name] for name in image})
        return True

    def complete(self, table: str, id: int, **values: Any) -> None:  # noqa: A002 - of a row
        """Set columns of a row that this operation has just inserted: undone, it goes as a whole."""
        if values:
            self.texts.changing(table, id, id, values)
            _set(self.conn, table, id, values)

    def delete(self, table: str, id: int) -> None:  # noqa: A002 - of a row
        """Delete one row, keeping its image."""
        row = self.conn.execute(f"select * from {table} where id = ?", (id,)).fetchone()
        if row is not None:
            self._write_range(table)  # it may hold this row
            self._remember(table, id, id, "delete", dict(row))
            self.texts.changing(table, id, id)
            self.conn.execute(f"delete from {table} where id = ?", (id,))

    def insert_owned(self, table: str, **values: Any) -> None:
        """Add a participant or origin to an interaction."""
        self._write_range("interaction")  # it may hold this one: what comes later is taken back earlier
        self._remember(table, values["interaction_id"], values["interaction_id"], "insert", values)
        self.texts.adding(table, (values,))
        _insert(self.conn, table, values)

    def delete_owned(self, table: str, lo: int, hi: int) -> None:
        """Take all participants or origins off interactions `lo` to `hi`, keeping their images."""
        self._write_range("interaction")
        self.texts.changing(table, lo, hi)
        self._delete_many(table, "interaction_id", "where interaction_id between ? and ?", (lo, hi))

    def delete_one_owned(self, table: str, image: dict[str, Any]) -> None:
        """Take the participant or origin whose key is in `image` off its interaction, keeping the whole image."""
        where = " and ".join(f"{name} = :{name}" for name in key_of(image))
        row = self.conn.execute(f"select * from {table} where {where}", image).fetchone()
        if row is not None:
            self._write_range("interaction")
            self._remember(table, row["interaction_id"], row["interaction_id"], "delete", dict(row))
            self.texts.changing(table, row["interaction_id"], row["interaction_id"])
            self.conn.execute(f"delete from {table} where {where}", image)

    def delete_range(self, table: str, lo: int, hi: int, owner: int) -> None:
        """Delete the rows of an inserted range that still belong to the operation `owner`, keeping their images."""
        self.texts.changing(table, lo, hi)
        self._delete_many(table, "id", "where id between ? and ? and operation_id = ?", (lo, hi, owner))

    def restore(self, table: str, id: int, image: dict[str, Any]) -> None:  # noqa: A002 - of a row
        """Insert a deleted row as it was, under the operation that it belonged to."""
        self.texts.adding(table, (image,))
        _insert(self.conn, table, image)
        if table not in OWNED:
            self.texts.added(table, id, id)
        self._remember(table, id, id, "insert", image if table in OWNED else {"operation_id": image["operation_id"]})

    def typed(self, interaction_id: int, columns: Sequence[str]) -> None:
        """Remember that columns of an interaction were changed by hand elsewhere: see `typed_columns`."""
        row = self.conn.execute("select * from interaction where id = ?", (interaction_id,)).fetchone()
        self._remember("interaction", interaction_id, interaction_id, "update", {name: row[name] for name in columns})

    def touch(self, *person_ids: int | None) -> None:
        """Mark people whose standing has to be derived again before the transaction ends."""
        self._touched.update(person_id for person_id in person_ids if person_id is not None)

    def write_ranges(self) -> None:
        """Write the ranges that wait to be joined; before every commit."""
        for table in list(self._ranges):
            self._write_range(table)

    def _write_range(self, table: str) -> None:
        if table in self._ranges:
            lo, hi = self._ranges.pop(table)
            self._remember(table, lo, hi, "insert", None)

    def derive(self) -> None:
        """Derive the standing of everybody touched so far, of those left stale and of those whose day has come."""
        self.write_ranges()
        self.texts.write()
        standing.refresh(self.conn, self._touched, today=self.today)
        self._touched.clear()

    def pause(self) -> None:
        """Before a commit in the middle of a long operation: leave the people touched so far to be derived later."""
        self.write_ranges()
        self.texts.write()
        standing.mark_stale(self.conn, self._touched)
        self._touched.clear()

    def derive_some(self, limit: int) -> bool:
        """Derive at most so many of those left stale; False when nobody is left."""
        return standing.refresh_stale(self.conn, limit, today=self.today)

    def _delete_many(self, table: str, id: str, where: str, values: tuple[int, ...]) -> None:  # noqa: A002 - of a row
        columns = [row["name"] for row in self.conn.execute(f"pragma table_info({table})")]
        pairs = ", ".join(f"'{name}', {name}" for name in columns)
        cursor = self.conn.execute(
            "insert into change(operation_id, tbl, lo, hi, op, image)"
            f" select ?, '{table}', {id}, {id}, 'delete', json_object({pairs}) from {table} {where}",
            (self.id, *values),
        )
        self.changes += cursor.rowcount
        self.conn.execute(f"delete from {table} {where}", values)

    def _remember(self, table: str, lo: int, hi: int, op: str, image: dict[str, Any] | None) -> None:
        self.changes += 1
        self.conn.execute(
            "insert into change(operation_id, tbl, lo, hi, op, image) values(?, ?, ?, ?, ?, ?)",
            (self.id, table, lo, hi, op, None if image is None else json.dumps(image, ensure_ascii=False)),
        )


class DependedUponError(Exception):
    """Rows of later operations refer to what an undo would delete, or have taken the place of what it would restore."""

    def __init__(self, operation_ids: list[int]) -> None:
        super().__init__(operation_ids)
        self.operation_ids = operation_ids


@contextmanager
def operation(
    conn: Connection, *, now: datetime, command: str, origin: str = "hand", dry_run: bool = False
) -> Iterator[Operation]:
    """One journalled transaction; leaves no trace where nothing changed, and takes everything back on `dry_run`."""
    with errors_of(path_of(conn)):
        begin(conn)
        op = None
        try:
            op = start(conn, now=now, command=command, origin=origin)
            op.dry_run = dry_run
            yield op
            finish(op)
            if dry_run:
                if conn.execute("pragma defer_foreign_keys").fetchone()[0]:
                    _refuse_orphans(op)  # as the commit would; it looks at every row
                conn.execute("rollback")
            else:
                conn.execute("commit")
        except sqlite3.IntegrityError:
            try:
                if op is not None:
                    _refuse_orphans(op)
            finally:
                conn.execute("rollback")
            raise
        except BaseException:
            if conn.in_transaction:
                conn.execute("rollback")
            raise


def start(conn: Connection, *, now: datetime, command: str, origin: str, state: str = "done") -> Operation:
    """Write the operation's row, inside a transaction of the caller."""
    cursor = conn.execute(
        "insert into operation(uid, device, at, origin, command, state) values(?, ?, ?, ?, ?, ?)",
        (str(uuid.uuid4()), device(conn), now.isoformat(timespec="seconds"), origin, command, state),
    )
    return Operation(conn, int(cursor.lastrowid or 0), now)


def resume(conn: Connection, id: int, now: datetime) -> Operation:  # noqa: A002 - of a row
    """Go on under an operation that a killed run left behind."""
    op = Operation(conn, id, now)
    op.changes = conn.execute("select count(*) from change where operation_id = ?", (id,)).fetchone()[0]
    return op


def finish(op: Operation) -> None:
    """Derive what the operation touched and close its row, or remove it where nothing changed."""
    op.derive()
    if op.changes:
        op.conn.execute(
            "update operation set summary = ?, state = 'done' where id = ?",
            (op.summary, op.id),
        )
    else:
        discard(op)


def discard(op: Operation) -> None:
    """Remove the row of an operation that changed nothing. Nobody has seen the number: the history has no gaps."""
    op.conn.execute("delete from operation where id = ?", (op.id,))
    op.conn.execute("update sqlite_sequence set seq = ? where name = 'operation' and seq = ?", (op.id - 1, op.id))


def device(conn: Connection) -> str:
    """This database's own name for the machine it lives on."""
    row = conn.execute("select value from meta where key = 'device'").fetchone()
    if row is not None:
        return str(row[0])
    value = uuid.uuid4().hex[:12]
    conn.execute("insert into meta(key, value) values('device', ?)", (value,))
    return value


def typed_columns(conn: Connection, interaction_id: int) -> set[str]:
    """The columns of an interaction that the user has changed by hand, which no import may overwrite."""
    rows = conn.execute(
        "select distinct key from change c join operation o on o.id = c.operation_id, json_each(c.image)"
        " where c.tbl = 'interaction' and c.lo = ? and c.op = 'update'"
        " and o.origin = 'hand' and o.state = 'done' and o.undoes is null",
        (interaction_id,),
    )
    return {row[0] for row in rows}


def all_typed_columns(conn: Connection) -> dict[int, set[str]]:
    """The same of every interaction in which there are any."""
    found: dict[int, set[str]] = {}
    for id_, column in conn.execute(
        "select distinct c.lo, key from change c join operation o on o.id = c.operation_id, json_each(c.image)"
        " where c.tbl = 'interaction' and c.op = 'update'"
        " and o.origin = 'hand' and o.state = 'done' and o.undoes is null"
    ):
        found.setdefault(id_, set()).add(column)
    return found


def _refuse_orphans(op: Operation) -> None:
    """Raise DependedUponError where rows refer to rows that are gone.

    It names the operations of those rows, or, where a row has come back to find its owner gone, who took that away.
    """
    conn = op.conn
    found: set[int | None] = set()
    broken = {(row["table"], row["parent"], row["fkid"]) for row in conn.execute("pragma foreign_key_check")}
    for table, parent, number in broken:
        keys = conn.execute(f"pragma foreign_key_list({table})").fetchall()
        column = next(key["from"] for key in keys if key["id"] == number)
        child = f"{table} c"
        if table == "participant":  # its rows belong to the operation of their interaction
            child = "participant p left join interaction c on c.id = p.interaction_id"
        found.update(
            row["operation_id"] if row["removed_by"] in (None, op.id) else row["removed_by"]
            for row in conn.execute(
                f"select c.operation_id, (select max(d.operation_id) from change d where d.tbl = '{parent}'"
                f" and d.lo = {column} and d.op = 'delete') as removed_by"
                f" from {child} where {column} not in (select id from {parent})"
            )
        )
    if found:
        raise DependedUponError(sorted(one for one in found if one is not None))


def key_of(image: dict[str, Any]) -> dict[str, Any]:
    """What tells a row of a table without an id from the others."""
    return {name: image[name] for name in _KEYS if name in image}


def _insert(conn: Connection, table: str, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    conn.execute(f"insert into {table}({names}) values({marks})", values)


def _set(conn: Connection, table: str, id: int, values: dict[str, Any]) -> None:  # noqa: A002 - of a row
    sets = ", ".join(f"{name} = :{name}" for name in values)
    conn.execute(f"update {table} set {sets} where id = :id", {**values, "id": id})
