"""Trying accounts: logging in and looking around; what fails is told beside what does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from pathlib import Path
from typing import assert_never

from dexcli.config import accounts
from dexcli.config.accounts import Account
from dexcli.config.credentials import Ask, Secret
from dexcli.errors import DexError, ServerError, UsageError
from dexcli.results.accounts import AccountCheck, AccountTests, FolderInfo
from dexcli.services.account_sources import books, calendars, folder, mailbox
from dexcli.services.secrets import SecretOf, Secrets

Environment = Mapping[str, str]


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
    found = imap.check(mailbox(account, _first(secret, secret_of)))
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


def _failed(account: Account, error: DexError) -> AccountCheck:
    return AccountCheck(
        name=account.name, secret=None, error=error.message, hint=error.hint, folders=[], capabilities=[]
    )
