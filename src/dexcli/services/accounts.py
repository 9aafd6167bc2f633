"""Accounts: adding, listing and removing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import assert_never

from dexcli.config import accounts, accounts_file, credentials, keyrings, providers
from dexcli.config.accounts import Account
from dexcli.config.providers import BY_PASSWORD
from dexcli.domain import account_types, identifiers
from dexcli.domain.account_types import AccountType
from dexcli.errors import UsageError
from dexcli.results.accounts import (
    IMAPS_PORT,
    AccountChange,
    AccountList,
)
from dexcli.services import discovery, secrets
from dexcli.services.account_info import info, place
from dexcli.services.discovery import Consent
from dexcli.services.invocation import Invocation
from dexcli.services.ownership import refuse_taken
from dexcli.services.secrets import Places, renewable
from dexcli.store import accounts as store
from dexcli.store import me
from dexcli.store.connection import Connection
from dexcli.store.journal import operation

Environment = Mapping[str, str]


def list_all(conn: Connection, config: Path, environment: Environment) -> AccountList:
    """Every account, in the order of the file, and how its last sync went."""
    known, places = store.states(conn), Places(environment)
    return AccountList(accounts=[info(one, places, known.get(one.name)) for one in accounts.load(config)])


def add(
    writing: Callable[[], AbstractContextManager[Connection]],
    call: Invocation,
    config: Path,
    name: str | None,
    address: str | None,
    given: Mapping[str, object],
    environment: Environment,
    *,
    kind: AccountType = "imap",
    force: bool = False,
    consent: Consent | None = None,
) -> AccountChange:
    """Write an account of some kind into the configuration, and make its address, if it has one, one of mine.

    `given` are keys of its table. Without a name it is called after its provider or domain. A server that is neither
    known nor given is asked for where there is `consent`. Raises UsageError for an account that could not be read
    back, and for a name that is taken; AmbiguousError where the address is somebody's, unless forced.
    """
    mine = None if address is None else identifiers.email(address)
    if mine is None and address is not None:
        raise UsageError(f"{address!r} is no e-mail address", hint="dex account add ada@example.org --host SERVER")
    owner = {} if mine is None else {"address": mine.value}
    if name is None:
        name = _usual_name(kind, mine.value, given.get("host")) if mine is not None else kind
    accounts_file.refuse_taken(config, name, mine.value if mine is not None else None)
    found = None
    if consent is not None:
        found = discovery.find(kind, name, mine.value if mine is not None else "", given, consent)
        given = {**discovery.keys(found, given), **given} if found else given
    values: dict[str, object] = {"type": kind, **owner, **given}
    account = accounts.read(name, values)
    if account.path:
        _check_folder(account.path)
    values = {"type": kind, **owner, **_reached(account), **given}
    with writing() as conn, operation(conn, now=call.now, command=call.command, dry_run=call.dry_run) as op:
        if mine is not None and not force:
            refuse_taken(conn, [mine])
        became_mine = mine is not None and me.add(op, mine)
        op.summary = f"{account.address} is yours (account {name})"
        if not call.dry_run:
            accounts_file.add(config, name, values)  # last: what fails here takes the address back
    provider = providers.of_address(account.address) or providers.of_host(account.host)
    to_keep = credentials.where(account, environment).startswith("keyring")
    unkept = _unkept(account, config) if to_keep else None
    to_log_in = (to_keep and not unkept) or renewable(account, environment)
    return AccountChange(
        accounts=[info(account, Places(environment))],
        done=f"added account {name}: {place(account)}" + ("; the address is yours" if became_mine else ""),
        hint=" ".join(filter(None, [_hint(account, _of_provider(provider, account), config), unkept])) or None,
        next=[
            *([f"dex account login {name}"] if to_log_in else []),
            f"dex account test {name}",
            "dex sync",
        ],
        undo=[f"dex account remove {name}", *([f"dex undo {op.ref}"] if op.ref else [])],
        operation_id=op.ref,
        found=found,
    )


def _check_folder(path: str) -> None:
    """Raise UsageError for a folder that is not there: it is only read, so whoever keeps it has to make it."""
    if not Path(path).exists():
        raise UsageError(
            f"there is no folder {path}",
            hint="is --path right? The program that keeps it makes it: vdirsyncer discover, then vdirsyncer sync",
        )
    if not Path(path).is_dir():
        raise UsageError(
            f"{path} is no folder", hint="--path names the folder, not one of the .vcf or .ics files in it"
        )


def remove(
    reading: Callable[[], AbstractContextManager[Connection]],
    writing: Callable[[], AbstractContextManager[Connection]],
    config: Path,
    name: str,
    environment: Environment,
    *,
    dry_run: bool,
) -> AccountChange:
    """Take an account out of the configuration, and forget what was kept to log in; what was synced stays."""
    account = accounts.find(config, name)
    forgotten: str | None = None
    notes: list[str] = []
    if not dry_run:
        forgotten, notes = secrets.forget(account, config, environment)
        _forget_state(reading, writing, name)
        accounts_file.remove(config, name)  # last: what fails before can be tried again
    return AccountChange(
        accounts=[info(account, Places(environment))],
        done=f"removed account {name}{f' and {forgotten}' if forgotten else ''}; what was synced from it stays",
        hint=" ".join(notes) or None,
        next=[],
        undo=[],
        operation_id=None,
    )


def _forget_state(
    reading: Callable[[], AbstractContextManager[Connection]],
    writing: Callable[[], AbstractContextManager[Connection]],
    name: str,
) -> None:
    """Nobody waits any more for an account that is gone; one that never synced is not known to the database."""
    with reading() as conn:
        known = name in store.states(conn)
    if known:
        with writing() as conn:
            store.forget(conn, name)


def _usual_name(kind: AccountType, address: str, host: object) -> str:
    """`gmail` for a provider that is known, else the domain: `example-org`; `-calendar` for one's calendars there."""
    more = account_types.name_ending(kind)
    provider = providers.of_address(address)
    if provider is not None and host in (None, provider.host):
        return provider.slug + more
    name = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in address.rpartition("@")[2])
    return (name.strip("-")[: 40 - len(more)] or "mail") + more


def _reached(account: Account) -> dict[str, object]:
    """How its server is reached, said in the file even where our table knows it: it is what a reader looks for."""
    match account.type:
        case "vdir":
            return {"path": account.path}
        case "caldav" | "carddav":
            return {"url": account.url}
        case "imap":
            said: dict[str, object] = {"host": account.host}
            if account.port != IMAPS_PORT:
                said["port"] = account.port
            if account.security != "tls":
                said["security"] = account.security
            return said
    assert_never(account.type)


def _of_provider(provider: providers.Provider | None, account: Account) -> str | None:
    """What a provider asks for, and the page that says more."""
    if provider is None:
        return None
    hint = (account.url and provider.dav_hint) or provider.hint
    return f"{hint.removesuffix('.')} ({provider.page})." if provider.page else hint


def _hint(account: Account, hint: str | None, config: Path) -> str | None:
    """What the provider asks for, where that is not answered yet."""
    if account.password_command or account.token_command or account.oauth is not None:
        return None
    if account.auth in BY_PASSWORD or account.auth == "none":
        return hint
    missing = f"It goes into [accounts.{account.name}] of {config}."
    return f"{hint} {missing}" if hint else f"{account.auth} takes a token: name a program as token_command. {missing}"


def _unkept(account: Account, config: Path) -> str | None:
    """Where its password can come from on a machine that keeps none."""
    trouble = keyrings.why_none()
    return trouble and (
        f"No password can be kept here ({trouble}): name a program as password_command in [accounts.{account.name}] of"
        f" {config}, set {account.variable}, or type it at each sync."
    )
