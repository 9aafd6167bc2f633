"""Accounts: adding, listing and removing them, and keeping their passwords in the keyring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import msgspec

from dexcli.config import accounts, credentials, keyrings, providers
from dexcli.config.accounts import Account
from dexcli.config.credentials import Ask, Secret
from dexcli.config.providers import BY_PASSWORD
from dexcli.domain import account_types, identifiers
from dexcli.domain.account_types import AccountType
from dexcli.errors import DexError, ServerError, UsageError
from dexcli.results.accounts import (
    IMAPS_PORT,
    AccountChange,
    AccountCheck,
    AccountInfo,
    AccountList,
    AccountTests,
    FolderInfo,
)
from dexcli.services import discovery, secrets
from dexcli.services.discovery import Consent
from dexcli.services.invocation import Invocation
from dexcli.services.ownership import refuse_taken
from dexcli.services.secrets import Places, SecretOf, Secrets, renewable
from dexcli.store import accounts as store
from dexcli.store import me
from dexcli.store.accounts import AccountState
from dexcli.store.connection import Connection
from dexcli.store.journal import operation

if TYPE_CHECKING:
    from dexcli.config.tokens import Store
    from dexcli.oauth.client import OAuthClient
    from dexcli.services.tokens import Dialogue
    from dexcli.sources._dav_client import DavAccount
    from dexcli.sources.base import NamesAnybody
    from dexcli.sources.caldav import CaldavAccount
    from dexcli.sources.imap import ImapAccount
    from dexcli.sources.vdir import VdirAccount

Environment = Mapping[str, str]


def list_all(conn: Connection, config: Path, environment: Environment) -> AccountList:
    """Every account, in the order of the file, and how its last sync went."""
    known, places = store.states(conn), Places(environment)
    return AccountList(accounts=[_info(one, places, known.get(one.name)) for one in accounts.load(config)])


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
    accounts.refuse_taken(config, name, mine.value if mine is not None else None)
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
            accounts.add(config, name, values)  # last: what fails here takes the address back
    provider = providers.of_address(account.address) or providers.of_host(account.host)
    to_keep = credentials.where(account, environment).startswith("keyring")
    unkept = _unkept(account, config) if to_keep else None
    to_log_in = (to_keep and not unkept) or renewable(account, environment)
    return AccountChange(
        accounts=[_info(account, Places(environment))],
        done=f"added account {name}: {_place(account)}" + ("; the address is yours" if became_mine else ""),
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


def login(
    config: Path,
    name: str,
    ask: Ask,
    environment: Environment,
    *,
    dialogue: Dialogue,
    by_device: bool = False,
    port: int | None = None,
    store: Store | None = None,
    ask_for_client_secret: bool = False,
    dry_run: bool,
) -> AccountChange:
    """Ask for the password of an account and keep it, or let its owner log in where tokens are granted."""
    account = accounts.find(config, name)
    if account.auth == "none":
        raise UsageError(f"{name} needs no password", hint="it is a folder on this machine")
    if by_device and port is not None:
        raise UsageError("a login on another device opens no port", hint="leave --port or --device out")
    if account.oauth is not None:
        client = account.oauth if port is None else msgspec.structs.replace(account.oauth, redirect_port=port)
        return _granted(
            account, client, dialogue, environment, by_device, store, ask_for_client_secret, dry_run=dry_run
        )
    if by_device or port is not None or store == "file" or ask_for_client_secret:
        raise UsageError(
            f"{name} does not log in by OAuth",
            hint="--device, --port, --client-secret and --store file are for accounts with an oauth_client_id",
        )
    if account.auth not in BY_PASSWORD:
        raise UsageError(
            f"{name} logs in with a token, which is not kept",
            hint=f"give it an oauth_client_id or a token_command in [accounts.{name}] of {config}",
        )
    if account.password_command:
        raise UsageError(
            f"{name} gets its password from {account.password_command[0]}", hint="there is nothing to keep"
        )
    credentials.check_keeping(account)
    password = credentials.typed(account, ask)
    keyring = "" if dry_run else credentials.keep(account, password)
    return AccountChange(
        accounts=[_info(account, Places(environment))],
        done=f"kept the password of {name} in the keyring" + (f" ({keyring})" if keyring else ""),
        hint=f"{account.variable} is set, and comes before the keyring" if environment.get(account.variable) else None,
        next=[f"dex account test {name}"],
        undo=[],
        operation_id=None,
    )


def _granted(
    account: Account,
    client: OAuthClient,
    dialogue: Dialogue,
    environment: Environment,
    by_device: bool,
    store: Store | None,
    ask_for_client_secret: bool,
    *,
    dry_run: bool,
) -> AccountChange:
    """A login by OAuth; nobody is asked for one that would not be kept."""
    from dexcli.services import tokens

    done, notes = f"would log in to account {account.name}", []
    if not dry_run:
        place, note = tokens.log_in(
            account,
            client,
            dialogue,
            environment,
            by_device=by_device,
            store=store,
            ask_for_secret=ask_for_client_secret,
        )
        done, notes = f"logged in to account {account.name}; the login is kept in {place}", [note]
    if environment.get(account.variable):
        notes.append(f"{account.variable} is set, and comes before it.")
    return AccountChange(
        accounts=[_info(account, Places(environment))],
        done=done,
        hint=" ".join(filter(None, notes)) or None,
        next=[f"dex account test {account.name}"],
        undo=[] if dry_run else [f"dex account logout {account.name}"],
        operation_id=None,
    )


def logout(config: Path, name: str, environment: Environment, *, dry_run: bool) -> AccountChange:
    """Forget what is kept to log in to an account; its server is told, where it has an address for that."""
    account = accounts.find(config, name)
    forgotten, notes = (None, []) if dry_run else secrets.forget(account, config, environment)
    if dry_run:
        done = f"would forget what is kept to log in to account {name}"
    else:
        done = f"account {name}: forgot {forgotten}" if forgotten else f"nothing was kept to log in to account {name}"
    return AccountChange(
        accounts=[_info(account, Places(environment))],
        done=done,
        hint=" ".join(notes) or None,
        next=[f"dex account login {name}"],
        undo=[],
        operation_id=None,
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
        accounts.remove(config, name)  # last: what fails before can be tried again
    return AccountChange(
        accounts=[_info(account, Places(environment))],
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


def test(config: Path, name: str | None, environment: Environment, ask: Ask | None) -> AccountTests:
    """Log in to an account, or without a name to every one, and look around without reading mail.

    What fails is part of the result, unless nothing else is: then it is raised.
    """
    chosen = accounts.load(config) if name is None else [accounts.find(config, name)]
    if not chosen:
        raise UsageError("there is no account to test", hint="dex account add ADDRESS adds one")
    checks: list[AccountCheck] = []
    failures: list[DexError] = []
    secret_of = Secrets(config, environment, ask)
    for account in chosen:
        try:
            checks.append(_try(account, secret_of))
        except ServerError as error:
            failures.append(error)
            checks.append(_failed(account, error))
    if len(failures) == len(chosen):
        if len(failures) == 1:
            raise failures[0]
        told = "\n".join(f"{check.name}: {check.error}" for check in checks)
        raise ServerError(told, hint="dex account test NAME says more about one", code=failures[0].code)
    return AccountTests(accounts=checks)


def _try(account: Account, secret_of: SecretOf) -> AccountCheck:
    """Look around in an account; of calendars, address books and folders nothing is read, whatever day it is."""
    day = date.min
    match account.type:
        case "imap":
            return _try_mail(account, secret_of)
        case "caldav":
            from dexcli.sources import caldav

            secret = secret_of(account)
            names = caldav.check(calendars(account, _first(secret, secret_of), today=day, zone=UTC))
            return _looked(account, secret.source, names)
        case "carddav":
            from dexcli.sources import carddav

            secret = secret_of(account)
            return _looked(account, secret.source, carddav.check(books(account, _first(secret, secret_of))))
        case "vdir":
            from dexcli.sources import vdir

            names = vdir.check(folder(account, today=day, zone=UTC))
            return _looked(account, "no secret: it is a folder", names)
    assert_never(account.type)


def _looked(account: Account, source: str, names: Sequence[str]) -> AccountCheck:
    return AccountCheck(
        name=account.name,
        secret=source,
        error=None,
        hint=None,
        folders=[FolderInfo(name=one, messages=None, read=True, why="") for one in names],
        capabilities=[],
    )


def _try_mail(account: Account, secret_of: SecretOf) -> AccountCheck:
    from dexcli.sources import imap

    secret = secret_of(account)
    found = imap.check(reached(account, _first(secret, secret_of)))
    return AccountCheck(
        name=account.name,
        secret=secret.source,
        error=None,
        hint=None,
        folders=[FolderInfo(name=one.name, messages=one.messages, read=one.read, why=one.why) for one in found.folders],
        capabilities=list(found.capabilities),
    )


def _first(secret: Secret, secret_of: SecretOf) -> SecretOf:
    """What was found already, until it is refused."""

    def known(account: Account, refused: str = "") -> Secret:
        return secret_of(account, refused) if refused else secret

    return known


def _asked(account: Account, secret_of: SecretOf) -> dict[str, Any]:
    """How a source asks for the secret of an account, and for another token where that is not taken."""

    def secret() -> tuple[str, str]:
        found = secret_of(account)
        return found.kind, found.value

    def renewed(refused: str) -> tuple[str, str]:
        found = secret_of(account, refused)
        return found.kind, found.value

    return {"secret": secret, "renewed": renewed if account.oauth is not None else None}


def reached(account: Account, secret_of: SecretOf, *, since: date | None = None, full: bool = False) -> ImapAccount:
    """The account as its source takes it."""
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


def _place(account: Account) -> str:
    """Whose it is, and where."""
    if account_types.is_server(account.type):
        return f"{account.address} at {account.host}"
    return f"{account.path}, for {account.address}" if account.address else account.path


def _failed(account: Account, error: DexError) -> AccountCheck:
    return AccountCheck(
        name=account.name, secret=None, error=error.message, hint=error.hint, folders=[], capabilities=[]
    )


def _info(account: Account, places: Places, state: AccountState | None = None) -> AccountInfo:
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
