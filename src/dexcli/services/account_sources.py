"""Accounts of the configuration as their sources take them."""

from __future__ import annotations

from datetime import date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dexcli.config.accounts import Account
from dexcli.services.secrets import SecretOf

if TYPE_CHECKING:
    from dexcli.sources._dav_client import DavAccount
    from dexcli.sources.base import NamesAnybody
    from dexcli.sources.caldav import CaldavAccount
    from dexcli.sources.imap import ImapAccount
    from dexcli.sources.vdir import VdirAccount


def _asked(account: Account, secret_of: SecretOf) -> dict[str, Any]:
    """How a source asks for the secret of an account, and for another token where that is not taken."""

    def secret() -> tuple[str, str]:
        found = secret_of(account)
        return found.kind, found.value

    def renewed(refused: str) -> tuple[str, str]:
        found = secret_of(account, refused)
        return found.kind, found.value

    return {"secret": secret, "renewed": renewed if account.oauth is not None else None}


def mailbox(account: Account, secret_of: SecretOf, *, since: date | None = None, full: bool = False) -> ImapAccount:
    """Mail on a server as its source takes it."""
    from dexcli.sources.imap import ImapAccount

    return ImapAccount(
        name=account.name,
        address=account.address,
        host=account.host,
        port=account.port,
        security=account.security,
        ca_file=account.ca_file,
        user=account.user,
        auth=account.auth,
        **_asked(account, secret_of),
        folders=account.folders,
        store_bodies=account.store_bodies,
        since=since or account.since,
        full=full,
    )


def folder(
    account: Account,
    *,
    today: date,
    zone: tzinfo,
    since: date | None = None,
    full: bool = False,
    names_anybody: NamesAnybody | None = None,
) -> VdirAccount:
    """A folder as its source takes it."""
    from dexcli.sources.vdir import VdirAccount

    return VdirAccount(
        name=account.name,
        path=Path(account.path),
        today=today,
        zone=zone,
        since=since or account.since,
        full=full,
        names_anybody=names_anybody,
    )


def calendars(
    account: Account,
    secret_of: SecretOf,
    *,
    today: date,
    zone: tzinfo,
    since: date | None = None,
    full: bool = False,
    names_anybody: NamesAnybody | None = None,
) -> CaldavAccount:
    """Calendars on a server as their source takes them."""
    from dexcli.sources.caldav import CaldavAccount

    return CaldavAccount(
        **_of_dav(account, secret_of, full=full),
        today=today,
        zone=zone,
        since=since or account.since,
        names_anybody=names_anybody,
    )


def books(account: Account, secret_of: SecretOf, *, full: bool = False) -> DavAccount:
    """Address books on a server as their source takes them."""
    from dexcli.sources._dav_client import DavAccount

    return DavAccount(**_of_dav(account, secret_of, full=full))


def _of_dav(account: Account, secret_of: SecretOf, *, full: bool) -> dict[str, Any]:
    return {
        "name": account.name,
        "url": account.url,
        "user": account.user,
        "auth": "basic" if account.auth == "password" else account.auth,
        **_asked(account, secret_of),
        "ca_file": account.ca_file,
        "hosts": account.dav_hosts,
        "collections": account.folders,
        "full": full,
    }
