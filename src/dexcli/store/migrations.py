"""Numbered migrations: each runs in one transaction and moves `PRAGMA user_version` by one.

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
    """The index of words, and into it the words of everything that is there."""
    for statement in SCHEMA_V6:
        db.execute(statement)
    texts.rebuild(db.conn)
    db.execute("pragma user_version = 6")


def apply(conn: sqlite3.Connection) -> None:
    """Bring the schema of `conn` up to date; each step is atomic, a failed one leaves the last good version."""
    migrations.apply(_opened(conn))


def apply_until(conn: sqlite3.Connection, version: int) -> None:
    """Give an empty database the schema of a version that there was."""
    later = [step.name for step in migrations.pending(_opened(conn))][version:]
    migrations.apply(_opened(conn), stop_before=later)


def _opened(conn: sqlite3.Connection) -> Database:
    return Database(conn, recursive_triggers=False, strict=True)
