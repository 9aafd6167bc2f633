"""Numbered migrations: each runs in one transaction and moves `PRAGMA user_version` by one.

A released step is never changed, so it calls nothing that changes with later schemas.

`connection` imports this module only when the version of a file says that there is something to do,
because sqlite-utils costs more than most commands.
"""

from __future__ import annotations

import sqlite3

from sqlite_utils import Database, Migrations

from dexcli.store import texts
from dexcli.store.schema_v1 import STATEMENTS as SCHEMA_V1
from dexcli.store.schema_v2 import STATEMENTS as SCHEMA_V2
from dexcli.store.schema_v3 import STATEMENTS as SCHEMA_V3
from dexcli.store.schema_v4 import STATEMENTS as SCHEMA_V4
from dexcli.store.schema_v5 import STATEMENTS as SCHEMA_V5
from dexcli.store.schema_v6 import STATEMENTS as SCHEMA_V6

migrations = Migrations("dexcli")


@migrations()
def m001_initial(db: Database) -> None:
    """People, what is said about them, what happened, and the journal."""
    for statement in SCHEMA_V1:
        db.execute(statement)
    db.execute("pragma user_version = 1")


@migrations()
def m002_index_what_refers(db: Database) -> None:
    """Indexes for columns that refer to rows which an undo deletes by the thousand."""
    for statement in SCHEMA_V2:
        db.execute(statement)
    db.execute("pragma user_version = 2")


@migrations()
def m003_mail(db: Database) -> None:
    """What mail needs: how many it named, who was behind it, what was not kept, how accounts fare."""
    for statement in SCHEMA_V3:
        db.execute(statement)
    db.execute("pragma user_version = 3")


@migrations()
def m004_calendars(db: Database) -> None:
    """What calendars need: which copy of an event is the newer."""
    for statement in SCHEMA_V4:
        db.execute(statement)
    db.execute("pragma user_version = 4")


@migrations()
def m005_notice(db: Database) -> None:
    """Notice of yearly dates by person and by kind."""
    for statement in SCHEMA_V5:
        db.execute(statement)
    db.execute("pragma user_version = 5")


@migrations()
def m006_search(db: Database) -> None:
    """The index of words; into it go the words of everything that is there."""
    for statement in SCHEMA_V6:
        db.execute(statement)
    _index_is_to_be_made(db)
    db.execute("pragma user_version = 6")


_TO_INDEX = "to_index"
"""`meta` key: the index of words is to be made anew when the last step is done."""


def _index_is_to_be_made(db: Database) -> None:
    """For a step behind which the index is not what the rows say.

    What makes it belongs to the newest schema, and a released step does not change: so it is made once, behind the last
    step, in the same transaction.
    """
    db.execute("insert or replace into meta(key, value) values(?, '1')", (_TO_INDEX,))


def apply(conn: sqlite3.Connection) -> None:
    """Bring the schema of `conn` up to date, and then what is derived, inside a transaction of the caller."""
    migrations.apply(_opened(conn))
    if conn.execute("delete from meta where key = ?", (_TO_INDEX,)).rowcount:
        texts.rebuild(conn)


def _opened(conn: sqlite3.Connection) -> Database:
    return Database(conn, recursive_triggers=False, strict=True)
