"""Taking an operation back: what depends on it, and the way back that the journal remembers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dexcli.store import judging
from dexcli.store.connection import Connection, Row
from dexcli.store.journal import OWNED, DependedUponError, Operation, key_of
from dexcli.store.texts import PORTION

TIMESTAMPS = frozenset({"updated_at"})
"""Columns that every change touches: they never make one operation depend on another."""


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
        elif table == "identifier" and theirs == "update" and "operation_id" in json.loads(their_image):
            continue  # handed over to whoever has inserted it as well
        elif table in OWNED and key_of(json.loads(my_image)) != key_of(json.loads(their_image)):
            continue
        found.add(int(other))
    return sorted(found)


def take_back(op: Operation, operation_id: int) -> None:
    """Take an operation back and note who undid whom; the commit may raise DependedUponError."""
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
    op.write_ranges()
    judging.judge_restored(conn, op.id)


def says_something(conn: Connection, operation_id: int) -> bool:
    """Whether an operation changed what is said about anybody, or what is mine."""
    return bool(
        conn.execute(
            "select exists(select 1 from change where operation_id = ? and (tbl = 'claim'"
            " or tbl = 'identifier' and json_extract(image, '$.mine') is not null))",
            (operation_id,),
        ).fetchone()[0]
    )


def spoken_of(op: Operation) -> list[int]:
    """The people of whom something else is said than before the operation: an import may have spoken since."""
    rows = op.conn.execute(
        "select id from person where id in (select p.person_id from change c join claim p on p.id = c.lo"
        "  where c.operation_id = ?1 and c.tbl = 'claim'"
        " union select json_extract(image, '$.person_id') from change where operation_id = ?1 and tbl = 'claim')",
        (op.id,),
    )
    return [row[0] for row in rows]


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
                op.restore(table, lo, image)
            op.touch(*_people_of(conn, table, image, lo))
        elif table in OWNED:
            op.touch(*_people_of(conn, table, image, lo))
            op.delete_one_owned(table, image)
        else:
            _delete_all(op, table, lo, hi, image.get("operation_id", operation_id))


@contextmanager
def _naming_rivals(conn: Connection, table: str, image: dict[str, Any], id: int) -> Iterator[None]:  # noqa: A002 - of a row
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


_IN_RANGE = "id between ?1 and ?2 and operation_id = ?3"
_CONCERNED = {
    "person": f"select id from person where {_IN_RANGE}",
    "tag": f"select distinct person_id from person_tag where tag_id in (select id from tag where {_IN_RANGE})",
    "occasion_kind": (
        f"select distinct person_id from occasion where kind in (select name from occasion_kind where {_IN_RANGE})"
    ),
    "interaction": (
        "select distinct f.person_id from participant p join identifier f on f.id = p.identifier_id"
        f" where p.interaction_id in (select id from interaction where {_IN_RANGE})"
    ),
    **{
        table: f"select distinct person_id from {table} where {_IN_RANGE}"
        for table in ("identifier", "person_origin", "claim", "person_tag", "occasion", "commitment", "question")
    },
}
"""The people whose standing the rows of an inserted range take part in."""


def _delete_all(op: Operation, table: str, lo: int, hi: int, owner: int) -> None:
    """Delete the rows of an inserted range that still belong to `owner`, keeping their images."""
    if table in _CONCERNED:
        op.touch(*(row[0] for row in op.conn.execute(_CONCERNED[table], (lo, hi, owner))))
    if table == "identifier":
        _hand_over(op, lo, hi, owner)
    # As many as the index of words can hold at once, from one that is there to the next: a file may have any numbers.
    there = f"select min(id) from {table} where id between ? and ?"
    while (first := op.conn.execute(there, (lo, hi)).fetchone()[0]) is not None:
        last = min(first + PORTION - 1, hi)
        if table == "interaction":
            for owned in OWNED:
                op.delete_owned(owned, first, last)
        op.delete_range(table, first, last, owner)
        lo = last + 1


def _hand_over(op: Operation, lo: int, hi: int, owner: int) -> None:
    """Leave addresses under which other operations have brought history to the first of these, claimed by nobody.

    To have typed an address is no ground on which last night's sync stands.
    """
    heirs = op.conn.execute(
        "select f.id, min(i.operation_id) from identifier f join participant p on p.identifier_id = f.id"
        " join interaction i on i.id = p.interaction_id and i.operation_id <> ?3"
        " where f.id between ?1 and ?2 and f.operation_id = ?3 and f.kind <> 'uid' and f.kind <> 'alias'"
        " and not exists(select 1 from claim c where c.identifier_id = f.id and c.operation_id <> ?3)"
        " group by f.id",
        (lo, hi, owner),
    ).fetchall()
    for id_, heir in heirs:
        op.conn.execute(  # before our own change: nobody depends on it
            "insert into change(operation_id, tbl, lo, hi, op) values(?, 'identifier', ?, ?, 'insert')",
            (heir, id_, id_),
        )
        op.update("identifier", id_, person_id=None, shared=0, mine=0, operation_id=heir)


def _people_of(conn: Connection, table: str, image: dict[str, Any], id: int) -> Iterable[int | None]:  # noqa: A002 - of a row
    """The people whose standing a row of `table` takes part in, now and in its image."""
    if table == "person":
        return (id,)
    if table == "tag":
        return (row[0] for row in conn.execute("select person_id from person_tag where tag_id = ?", (id,)))
    if table == "occasion_kind":
        rows = conn.execute(
            "select person_id from occasion where kind = (select name from occasion_kind where id = ?)", (id,)
        )
        return (row[0] for row in rows)
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
