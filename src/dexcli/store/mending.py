"""Mending what follows from the rest, stands twice, or is no part of what is known; never what is known only there."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

from dexcli.errors import StoreError
from dexcli.store import connection, contradictions, judging, schema, standing, texts
from dexcli.store.connection import Connection, transaction
from dexcli.store.schema import PARTS
from dexcli.store.settings import policy
from dexcli.store.version import SCHEMA_VERSION


def restore_schema(path: Path) -> None:
    """Take away triggers, views and indexes that dex did not make, and make those anew that it does.

    Tables stay as they are, but for those of the index of words.
    """
    with closing(connection.open_as_it_is(path)) as conn, transaction(conn):
        statements = schema.of_version(schema.version_of(conn))
        found = [one for one in schema.strange(conn) if one.can_be_mended and not one.is_of_words]
        of_words = [one for one in schema.strange(conn) if one.can_be_mended and one.is_of_words]
        for one in found:
            if one.what != "missing":
                name = one.name.replace('"', '""')
                conn.execute(f'drop {one.kind} "{name}"')
        for one in found:
            if one.what != "foreign":
                conn.execute(statements[one.kind, one.name])
        if of_words:
            make_index(conn)


def derive(conn: Connection, now: datetime) -> None:
    """Work out anew where people stand."""
    with transaction(conn):
        standing.derive_all(conn, now.date())


def judge(conn: Connection, now: datetime) -> None:
    """Judge all of history anew."""
    with transaction(conn):
        judging.judge_again(conn, policy(conn))
        standing.refresh(conn, [], today=now.date())


def take_from_where_it_belongs(conn: Connection) -> None:
    """Make the same what stands twice: the day of an entry is the entry's, a name is how it is written."""
    with transaction(conn):
        conn.execute(
            "update participant set happened_on = i.happened_on from interaction i"
            " where i.id = participant.interaction_id and i.happened_on <> participant.happened_on"
        )
        conn.executemany("update person set name_folded = ? where id = ?", contradictions.misfolded(conn))


def index(conn: Connection) -> None:
    """Make the index anew, and its tables where they are missing or cannot be read."""
    try:
        with transaction(conn):
            texts.rebuild(conn)
    except StoreError:
        with transaction(conn):
            make_index(conn)


def make_missing_index(path: Path) -> None:
    """Make the index of words anew in a file of this program's schema that is without one of its tables."""
    with closing(connection.open_as_it_is(path)) as conn:
        if schema.version_of(conn) == SCHEMA_VERSION and any(
            one.is_of_words and one.what == "missing" for one in schema.strange(conn)
        ):
            with transaction(conn):
                make_index(conn)


def make_index(conn: Connection) -> None:
    """Make the tables of the index of words anew, whatever state they are in, inside a transaction of the caller."""
    _drop_index(conn)
    statements = schema.of_version(schema.version_of(conn))
    for one in texts.INDEXES:
        conn.execute(statements["table", one.table])
    texts.rebuild(conn)


def _drop_index(conn: Connection) -> None:
    """Take the tables of the index away, also where they are too damaged to be opened."""
    conn.execute("pragma writable_schema = on")
    for one in texts.INDEXES:
        conn.execute("delete from sqlite_master where name = ?", (one.table,))
        for part in PARTS:
            conn.execute(f"drop table if exists {one.table}_{part}")
    conn.execute("pragma writable_schema = reset")


def shrink(conn: Connection) -> None:
    """Give back what is free."""
    conn.execute("vacuum")
    conn.execute("pragma wal_checkpoint(truncate)")
