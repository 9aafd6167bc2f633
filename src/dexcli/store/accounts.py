"""How the last runs of `sync` went, by account: no part of the journal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from msgspec import Struct

from dexcli.store.connection import Connection, transaction

STALE_DAYS = 3
"""An account that has not synced for so many days is named by the due list."""


class AccountState(Struct, frozen=True, kw_only=True):
    """How an account fares; instants are those of the runs."""

    account: str
    ran_at: datetime
    synced_at: datetime | None
    """When it last went well."""
    failing_since: datetime | None
    error: str | None


def states(conn: Connection) -> dict[str, AccountState]:
    """Every account that was ever synced."""
    found = {}
    for row in conn.execute("select * from account_state order by account"):
        found[row["account"]] = AccountState(
            account=row["account"],
            ran_at=datetime.fromisoformat(row["ran_at"]),
            synced_at=_instant(row["synced_at"]),
            failing_since=_instant(row["failing_since"]),
            error=row["error"],
        )
    return found


def note(conn: Connection, account: str, now: datetime, error: str | None) -> AccountState:
    """Remember how a run of an account has ended; None: well."""
    before = states(conn).get(account)
    failing = None
    synced = now if error is None else None
    if error is not None and before is not None:
        failing, synced = before.failing_since, before.synced_at
    state = AccountState(
        account=account,
        ran_at=now,
        synced_at=synced,
        failing_since=None if error is None else failing or now,
        error=error,
    )
    with transaction(conn):
        conn.execute(
            "insert or replace into account_state(account, ran_at, synced_at, failing_since, error)"
            " values(?, ?, ?, ?, ?)",
            (account, _text(now), _text(state.synced_at), _text(state.failing_since), error),
        )
    return state


def forget(conn: Connection, account: str) -> None:
    """Forget an account that is no longer configured: nobody waits for it any more."""
    with transaction(conn):
        conn.execute("delete from account_state where account = ?", (account,))


def keep_only(conn: Connection, accounts: Collection[str]) -> None:
    """Forget every account but these: the others were taken out of the configuration."""
    for account in states(conn).keys() - set(accounts):
        forget(conn, account)


def stale(conn: Connection, today: date) -> list[AccountState]:
    """The accounts that have not synced for `STALE_DAYS`."""
    return [
        state
        for state in states(conn).values()
        if (since := state.synced_at or state.failing_since) is not None and (today - since.date()).days >= STALE_DAYS
    ]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds")
