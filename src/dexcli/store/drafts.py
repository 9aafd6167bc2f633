"""What a draft has to know of a database: the state of somebody, what decides beside people, and what was applied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from dexcli.store.connection import Connection
from dexcli.store.journal import Operation
from dexcli.store.settings import policy

_PERSON = (
    "uid, handle, name, company, title, location, met_where, met_on, cadence, importance, lead, state, state_on,"
    " merged_into, notes"
)
"""Columns that say who somebody is: neither when they are snoozed, nor when the row was written."""


def state_of(conn: Connection, person_id: int) -> str:
    """A digest of a person, of what is said of them, and of what identifies them; their history is no part of it."""
    return _digest(
        tuple(row)
        for sql in (
            f"select {_PERSON} from person where id = ?",
            "select field, value, label, person_origin_id is null, current from claim where person_id = ?",
            "select kind, value, shared from identifier where person_id = ?",
            "select t.name, 0 from person_tag p join tag t on t.id = p.tag_id where p.person_id = ?",
        )
        for row in sorted(map(tuple, conn.execute(sql, (person_id,))), key=repr)
    )


def rules_of(conn: Connection, *settings: str | None) -> str:
    """A digest of my own addresses, of the policy, and of these settings."""
    mine = sorted(tuple(row) for row in conn.execute("select kind, value from identifier where mine = 1"))
    return _digest([*mine, policy(conn), settings])


def _digest(values: Iterable[object]) -> str:
    return hashlib.blake2b(msgspec.json.encode(list(values)), digest_size=16).hexdigest()


_APPLIED = "draft:"
"""Beginning of the `meta` keys that hold under which operation a draft was applied, by the digest of its rows."""


def applied_by(conn: Connection, rows: str) -> int | None:
    """The operation that has applied a draft with these rows, unless it was undone."""
    row = conn.execute(
        "select o.id from meta m join operation o on o.uid = m.value and o.state = 'done' where m.key = ?",
        (f"{_APPLIED}{rows}",),
    ).fetchone()
    return None if row is None else int(row[0])


def keep_applied(op: Operation, rows: str) -> None:
    """Remember under which operation a draft was applied, in its transaction; nothing where that changed nothing."""
    op.conn.execute(
        "insert or replace into meta(key, value) select ?, uid from operation where id = ?",
        (f"{_APPLIED}{rows}", op.id),
    )
