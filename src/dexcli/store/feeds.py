"""Feeds: each source, account and folder that something was seen in, and how far a sync has come with it."""

from __future__ import annotations

from dexcli.domain.records import Origin
from dexcli.store.connection import Connection


def feed_id(conn: Connection, origin: Origin, *, wanted: int | None = None) -> int:
    """The row of a source, account, folder and epoch, made where it is new: with the id that is `wanted`, if free."""
    place = (origin.source, origin.account, origin.folder, origin.epoch)
    row = conn.execute(
        "select id from feed where source = ? and account = ? and folder = ? and epoch = ?", place
    ).fetchone()
    if row is not None:
        return int(row[0])
    cursor = conn.execute(
        "insert into feed(id, source, account, folder, epoch)"
        " values((select ?1 where not exists(select 1 from feed where id = ?1)), ?2, ?3, ?4, ?5)",
        (wanted, *place),
    )
    return int(cursor.lastrowid or 0)


def cursor_of(conn: Connection, source: str, account: str) -> str | None:
    """How far the syncs of an account have come."""
    row = conn.execute(
        "select cursor from feed where source = ? and account = ? and folder = '' and epoch = ''", (source, account)
    ).fetchone()
    return row[0] if row else None


def keep_cursor(conn: Connection, source: str, account: str, cursor: str | None) -> None:
    """Remember it, in the transaction of what was written; None begins anew."""
    id_ = feed_id(conn, Origin(source=source, account=account, ref=""))
    conn.execute("update feed set cursor = ? where id = ?", (cursor, id_))
