"""The journal: every change belongs to one operation, and every operation can be taken back.

Inserts are remembered as ranges of ids whose rows carry the operation's id; updates and deletes as one row each with
the columns before. Nothing writes to a logical table except through an `Operation`, or in
bulk under its id with the range of ids reported to it.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from dexcli.store import standing
from dexcli.store.connection import Connection, Row, begin, errors_of, path_of

TIMESTAMPS = frozenset({"updated_at"})
"""Columns that every change touches: they never make one operation depend on another."""


class Operation:
    """One command's changes. Rows go through `insert`, `update` and `delete`; people through `touch`."""

    def __init__(self, conn: Connection, id: int, now: datetime) -> None:  # noqa: A002
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
        self._touched: set[int] = set()
        self._ranges: dict[str, tuple[int, int]] = {}

    @property
    def ref(self) -> str | None:
        """`o67`, for whoever wants to undo it; None where nothing changed or nothing stays."""
        return f"o{self.id}" if self.changes and not self.dry_run else None

    def insert(self, table: str, **values: Any) -> int:
        """Insert one row and return its id."""
        values["operation_id"] = self.id
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        cursor = self.conn.execute(f"insert into {table}({names}) values({marks})", tuple(values.values()))
        row = int(cursor.lastrowid or 0)
        self.inserted(table, row, row)
        return row

    def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
        """Insert rows of these columns, which get ids one after another."""
        if rows:
            self.conn.executemany(
                f"insert into {table}({', '.join(columns)}, operation_id) values({'?, ' * len(columns)}?)",
                ((*row, self.id) for row in rows),
            )
            (last,) = self.conn.execute("select last_insert_rowid()").fetchone()
            self.inserted(table, last - len(rows) + 1, last)

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

    def update(self, table: str, id: int, **values: Any) -> bool:  # noqa: A002
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
        _set(self.conn, table, id, {name: values[name] for name in image})
        return True

    def delete(self, table: str, id: int) -> None:  # noqa: A002
        """Delete one row, keeping its image."""
        row = self.conn.execute(f"select * from {table} where id = ?", (id,)).fetchone()
        if row is not None:
            self._write_range(table)  # it may hold this row
            self._remember(table, id, id, "delete", dict(row))
            self.conn.execute(f"delete from {table} where id = ?", (id,))

    def insert_owned(self, table: str, **values: Any) -> None:
        """Add a participant or origin to an interaction that was there before this operation."""
        self._remember(table, values["interaction_id"], values["interaction_id"], "insert", values)
        _insert(self.conn, table, values)

    def delete_owned(self, table: str, interaction_id: int) -> None:
        """Take all participants or origins off one interaction, keeping their images."""
        _delete_owned(self, table, interaction_id, interaction_id)

    def delete_participant(self, interaction_id: int, identifier_id: int) -> None:
        """Take one participant off an interaction, keeping the image."""
        _delete_one_owned(self, "participant", {"interaction_id": interaction_id, "identifier_id": identifier_id})

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
        standing.refresh(self.conn, self._touched, today=self.today)
        self._touched.clear()

    def pause(self) -> None:
        """Before a commit in the middle of a long operation: leave the people touched so far to be derived later."""
        self.write_ranges()
        standing.mark_stale(self.conn, self._touched)
        self._touched.clear()

    def derive_some(self, limit: int) -> bool:
        """Derive at most so many of those left stale; False when nobody is left."""
        return standing.refresh_stale(self.conn, limit, today=self.today)

    def _remember(self, table: str, lo: int, hi: int, op: str, image: dict[str, Any] | None) -> None:
        self.changes += 1
        self.conn.execute(
            "insert into change(operation_id, tbl, lo, hi, op, image) values(?, ?, ?, ?, ?, ?)",
            (self.id, table, lo, hi, op, None if image is None else json.dumps(image, ensure_ascii=False)),
        )


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
                _refuse_orphans(op)
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


def resume(conn: Connection, id: int, now: datetime) -> Operation:  # noqa: A002
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
        op.conn.execute("delete from operation where id = ?", (op.id,))
        # Nobody has seen the number: the history has no gaps.
        op.conn.execute("update sqlite_sequence set seq = ? where name = 'operation' and seq = ?", (op.id - 1, op.id))


def device(conn: Connection) -> str:
    """This database's own name for the machine it lives on."""
    row = conn.execute("select value from meta where key = 'device'").fetchone()
    if row is not None:
        return str(row[0])
    value = uuid.uuid4().hex[:12]
    conn.execute("insert into meta(key, value) values('device', ?)", (value,))
    return value


# -- undo ------------------------------------------------------------------------------------------

OWNED = ("participant", "interaction_origin")
"""Tables without an id: their rows come and go with an interaction, whose id stands in `change.lo`."""

_KEYS = ("interaction_id", "identifier_id", "feed_id", "ref")
"""Columns that tell the rows of such a table from each other."""

LOGICAL = (
    "person", "identifier", "person_origin", "claim", "tag", "person_tag", "occasion", "commitment",
    "question", "tombstone", "interaction", "participant", "interaction_origin",
)  # fmt: skip
"""Tables that undo restores row for row."""


def dependants(conn: Connection, operation_id: int) -> list[int]:
    """Later operations, still in force, that changed the same columns of the same rows; oldest first.

    An undo counts where it took back something older; one that took back something later leaves things as they were.
    """
    later = (
        "select c.tbl, c.op, c.image, d.op, d.image, d.operation_id from change c"
        " join change d on d.tbl {} and d.lo between c.lo and c.hi and d.id > c.id"
        " join operation o on o.id = d.operation_id and o.id <> c.operation_id and o.state <> 'undone'"
        " and (o.undoes is null or o.undoes < c.operation_id)"
        " where c.operation_id = ?1"
    )
    owned = later.format("in ('participant', 'interaction_origin')") + " and c.tbl = 'interaction'"
    rows = conn.execute(f"{later.format('= c.tbl')} union all {owned}", (operation_id,))
    found = set()
    for table, mine, my_image, theirs, their_image, other in rows:
        if mine == theirs == "update":
            columns = json.loads(my_image).keys() & json.loads(their_image).keys()
            if not columns - TIMESTAMPS:
                continue
        elif table in OWNED and _key(json.loads(my_image)) != _key(json.loads(their_image)):
            continue
        found.add(int(other))
    return sorted(found)


def _key(image: dict[str, Any]) -> dict[str, Any]:
    return {name: image[name] for name in _KEYS if name in image}


class DependedUponError(Exception):
    """Rows of later operations refer to what an undo would delete, or have taken the place of what it would restore."""

    def __init__(self, operation_ids: list[int]) -> None:
        super().__init__(operation_ids)
        self.operation_ids = operation_ids


def undo(op: Operation, operation_id: int) -> list[int]:
    """Take an operation back and note who undid whom; the commit may raise DependedUponError.

    Returns the people of whom something else is said than before, so that the caller can settle who wins: an import
    may have said something new since.
    """
    conn = op.conn
    _revert(op, operation_id)
    conn.execute("update operation set undoes = ? where id = ?", (operation_id, op.id))
    # What the undone operation itself had undone is in force again, and so on alternately.
    target: int | None = operation_id
    undone_by: int | None = op.id
    while target is not None:
        state = "done" if undone_by is None else "undone"
        conn.execute("update operation set state = ?, undone_by = ? where id = ?", (state, undone_by, target))
        undone_by = target if undone_by is None else None
        target = conn.execute("select undoes from operation where id = ?", (target,)).fetchone()[0]
    rows = conn.execute(
        "select id from person where id in (select p.person_id from change c join claim p on p.id = c.lo"
        "  where c.operation_id = ?1 and c.tbl = 'claim'"
        " union select json_extract(image, '$.person_id') from change where operation_id = ?1 and tbl = 'claim')",
        (op.id,),
    )
    return [row[0] for row in rows]


def _refuse_orphans(op: Operation) -> None:
    """Raise DependedUponError where rows refer to rows that are gone.

    It names the operations of those rows, or, where a row has come back to find its owner gone, who took that away.
    """
    conn = op.conn
    found: set[int] = set()
    broken = {(row["table"], row["parent"], row["fkid"]) for row in conn.execute("pragma foreign_key_check")}
    for table, parent, number in broken:
        keys = conn.execute(f"pragma foreign_key_list({table})").fetchall()
        column = next(key["from"] for key in keys if key["id"] == number)
        child = f"{table} c"
        if table == "participant":  # its rows belong to the operation of their interaction
            child = "participant p join interaction c on c.id = p.interaction_id"
        found.update(
            row["operation_id"] if row["removed_by"] in (None, op.id) else row["removed_by"]
            for row in conn.execute(
                f"select c.operation_id, (select max(d.operation_id) from change d where d.tbl = '{parent}'"
                f" and d.lo = {column} and d.op = 'delete') as removed_by"
                f" from {child} where {column} not in (select id from {parent})"
            )
        )
    if found:
        raise DependedUponError(sorted(found))


def _revert(op: Operation, operation_id: int) -> None:
    """Take back all changes of an operation, newest first, journalled under `op`.

    The caller has looked at `dependants`; rows of a later operation may still refer to what goes, which the commit
    finds out.
    """
    conn = op.conn
    conn.execute("pragma defer_foreign_keys = on")
    changes = conn.execute(
        "select id, tbl, lo, hi, op, image from change where operation_id = ? order by id desc", (operation_id,)
    ).fetchall()
    for change in changes:
        table, lo, hi = change["tbl"], change["lo"], change["hi"]
        image = json.loads(change["image"]) if change["image"] else {}
        if change["op"] == "update":
            # An update of a row that this operation also inserted: the row is gone by now.
            if conn.execute(f"select 1 from {table} where id = ?", (lo,)).fetchone() is None:
                continue
            op.touch(*_people_of(conn, table, image, lo))
            with _naming_rivals(conn, table, image, lo):
                op.update(table, lo, **image)
            op.touch(*_people_of(conn, table, image, lo))
        elif change["op"] == "delete":
            with _naming_rivals(conn, table, image, lo):
                _insert(conn, table, image)
            owner = image if table in OWNED else {"operation_id": image["operation_id"]}
            op._remember(table, lo, hi, "insert", owner)  # noqa: SLF001 - the same module
            op.touch(*_people_of(conn, table, image, lo))
        elif table in OWNED:
            op.touch(*_people_of(conn, table, image, lo))
            _delete_one_owned(op, table, image)
        else:
            _delete_range(op, table, lo, hi, image.get("operation_id", operation_id))


@contextmanager
def _naming_rivals(conn: Connection, table: str, image: dict[str, Any], id: int) -> Iterator[None]:  # noqa: A002
    """Raise DependedUponError where what is restored was given to another row since: a handle, an address, a key."""
    try:
        yield
    except sqlite3.IntegrityError:
        if table in OWNED:
            raise
        row = conn.execute(f"select * from {table} where id = ?", (id,)).fetchone()
        wanted = {**(dict(row) if row else {}), **image, "id": id}
        found = set()
        for index in conn.execute(f"pragma index_list({table})").fetchall():
            columns = [column["name"] for column in conn.execute(f"pragma index_info({index['name']})")]
            if index["unique"]:
                where = " and ".join(f"{name} = :{name}" for name in columns)
                for rival in conn.execute(f"select * from {table} where {where} and id <> :id", wanted).fetchall():
                    found.add(_last_to_write(conn, table, rival, columns))
        if not found:
            raise
        raise DependedUponError(sorted(found)) from None


def _last_to_write(conn: Connection, table: str, row: Row, columns: Sequence[str]) -> int:
    """The operation that gave a row its values in these columns."""
    marks = ", ".join("?" * len(columns))
    latest = conn.execute(
        "select max(operation_id) from change where tbl = ? and lo = ? and op = 'update'"
        f" and exists(select 1 from json_each(image) where key in ({marks}))",
        (table, row["id"], *columns),
    ).fetchone()[0]
    return int(latest or row["operation_id"])


def _delete_range(op: Operation, table: str, lo: int, hi: int, owner: int) -> None:
    """Delete the rows of an inserted range that still belong to `owner`, keeping their images."""
    conn = op.conn
    if table == "interaction":
        op.touch(
            *(
                row[0]
                for row in conn.execute(
                    "select distinct f.person_id from participant p join identifier f on f.id = p.identifier_id"
                    " where p.interaction_id between ? and ?",
                    (lo, hi),
                )
            )
        )
        for owned in OWNED:
            _delete_owned(op, owned, lo, hi)
    else:
        for row in conn.execute(
            f"select * from {table} where id between ? and ? and operation_id = ?", (lo, hi, owner)
        ):
            op.touch(*_people_of(conn, table, dict(row), row["id"]))
    columns = [row["name"] for row in conn.execute(f"pragma table_info({table})")]
    pairs = ", ".join(f"'{name}', {name}" for name in columns)
    where = "where id between ? and ? and operation_id = ?"
    cursor = conn.execute(
        "insert into change(operation_id, tbl, lo, hi, op, image)"
        f" select ?, '{table}', id, id, 'delete', json_object({pairs}) from {table} {where}",
        (op.id, lo, hi, owner),
    )
    op.changes += cursor.rowcount
    conn.execute(f"delete from {table} {where}", (lo, hi, owner))


def _delete_owned(op: Operation, table: str, lo: int, hi: int) -> None:
    columns = [row["name"] for row in op.conn.execute(f"pragma table_info({table})")]
    pairs = ", ".join(f"'{name}', {name}" for name in columns)
    where = "where interaction_id between ? and ?"
    cursor = op.conn.execute(
        "insert into change(operation_id, tbl, lo, hi, op, image)"
        f" select ?, '{table}', interaction_id, interaction_id, 'delete', json_object({pairs}) from {table} {where}",
        (op.id, lo, hi),
    )
    op.changes += cursor.rowcount
    op.conn.execute(f"delete from {table} {where}", (lo, hi))


def _delete_one_owned(op: Operation, table: str, image: dict[str, Any]) -> None:
    where = " and ".join(f"{name} = :{name}" for name in _key(image))
    row = op.conn.execute(f"select * from {table} where {where}", image).fetchone()
    if row is not None:
        op._remember(table, row["interaction_id"], row["interaction_id"], "delete", dict(row))  # noqa: SLF001
        op.conn.execute(f"delete from {table} where {where}", image)


def _people_of(conn: Connection, table: str, image: dict[str, Any], id: int) -> Iterable[int | None]:  # noqa: A002
    """The people whose standing a row of `table` takes part in, now and in its image."""
    if table == "person":
        return (id,)
    if table == "tag":
        return (row[0] for row in conn.execute("select person_id from person_tag where tag_id = ?", (id,)))
    if table == "interaction":
        return (
            row[0]
            for row in conn.execute(
                "select f.person_id from participant p join identifier f on f.id = p.identifier_id"
                " where p.interaction_id = ?",
                (id,),
            )
        )
    if table == "participant":
        row = conn.execute("select person_id from identifier where id = ?", (image["identifier_id"],)).fetchone()
        return (row[0],) if row else ()
    if table in ("tombstone", "interaction_origin"):
        return ()
    row = conn.execute(f"select person_id from {table} where id = ?", (id,)).fetchone()
    return (image.get("person_id"), row[0] if row else None)


def _insert(conn: Connection, table: str, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    conn.execute(f"insert into {table}({names}) values({marks})", values)


def _set(conn: Connection, table: str, id: int, values: dict[str, Any]) -> None:  # noqa: A002
    sets = ", ".join(f"{name} = :{name}" for name in values)
    conn.execute(f"update {table} set {sets} where id = :id", {**values, "id": id})
