"""What the due list depends on, kept in the database so that `due` reads no configuration file."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from dexcli.domain.policy import Policy
from dexcli.store.connection import Connection

KEY = "due_settings"


class DueSettings(Struct, frozen=True, kw_only=True):
    """The part of the configuration that decides who is due."""

    lead: int = 7
    """Days before an occasion."""
    cadence: str | None = None
    """Cadence of everybody who has none of their own and none by a tag."""
    limit: int = 20
    """Rows shown unless told otherwise; 0 is all."""


def due_settings(conn: Connection) -> DueSettings:
    """The settings in force when the derived rows were written."""
    row = conn.execute("select value from meta where key = ?", (KEY,)).fetchone()
    return DueSettings() if row is None else msgspec.json.decode(row[0], type=DueSettings)


def store_due_settings(conn: Connection, settings: DueSettings) -> bool:
    """Keep new settings, inside a transaction of the caller; True where they differ from before."""
    if settings == due_settings(conn):
        return False
    conn.execute(
        "insert into meta(key, value) values(?, ?) on conflict(key) do update set value = excluded.value",
        (KEY, msgspec.json.encode(settings).decode()),
    )
    return True


POLICY = "policy"


def policy(conn: Connection) -> Policy:
    """The contact policy by which history was judged."""
    row = conn.execute("select value from meta where key = ?", (POLICY,)).fetchone()
    return Policy() if row is None else msgspec.json.decode(row[0], type=Policy)


def store_policy(conn: Connection, new: Policy) -> bool:
    """Keep another policy, inside a transaction of the caller, who judges history again where this is True."""
    if new == policy(conn):
        return False
    conn.execute(
        "insert into meta(key, value) values(?, ?) on conflict(key) do update set value = excluded.value",
        (POLICY, msgspec.json.encode(new).decode()),
    )
    return True


STAMP = "config_stamp"


def config_stamp(conn: Connection) -> str:
    """The state of the configuration file from which the settings were taken."""
    row = conn.execute("select value from meta where key = ?", (STAMP,)).fetchone()
    return str(row[0]) if row else ""


def adopt(conn: Connection, settings: DueSettings, stamp: str, timezone: str | None) -> None:
    """Take over the settings of a configuration file, inside a transaction; everybody is derived again if need be."""
    if store_due_settings(conn, settings):
        conn.execute("update standing set stale = 1")
    conn.execute("delete from meta where key in (?, 'timezone')", (STAMP,))
    conn.execute("insert into meta(key, value) values(?, ?)", (STAMP, stamp))
    if timezone is not None:
        conn.execute("insert into meta(key, value) values('timezone', ?)", (timezone,))
