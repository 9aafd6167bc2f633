"""What is said of an account: all that is configured, and whose and where it is."""

from __future__ import annotations

from dexcli.config.accounts import Account
from dexcli.domain import account_types
from dexcli.results.accounts import AccountInfo
from dexcli.services.secrets import Places
from dexcli.store.accounts import AccountState


def info(account: Account, places: Places, state: AccountState | None = None) -> AccountInfo:
    """An account for a reader; with `state`, how its last sync went."""
    return AccountInfo(
        name=account.name,
        type=account.type,
        address=account.address,
        url=account.url or None,
        path=account.path or None,
        host=account.host,
        port=account.port,
        security=account.security,
        user=account.user,
        auth=account.auth,
        secret=places.of(account),
        folders=list(account.folders),
        store_bodies=account.store_bodies,
        since=account.since,
        last_synced_at=state.synced_at if state else None,
        last_error=state.error if state else None,
    )


def place(account: Account) -> str:
    """Whose it is, and where."""
    if account_types.is_server(account.type):
        return f"{account.address} at {account.host}"
    return f"{account.path}, for {account.address}" if account.address else account.path
