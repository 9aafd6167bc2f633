"""What one logs in to an account with: a password that is kept, or a login by OAuth; both are forgotten on request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dexcli.config import accounts, credentials
from dexcli.config.accounts import Account
from dexcli.config.credentials import Ask
from dexcli.config.providers import BY_PASSWORD
from dexcli.errors import UsageError
from dexcli.results.accounts import AccountChange
from dexcli.services import secrets
from dexcli.services.account_info import info
from dexcli.services.secrets import Places

if TYPE_CHECKING:
    from dexcli.config.tokens import Store
    from dexcli.oauth.client import OAuthClient
    from dexcli.services.tokens import Dialogue

Environment = Mapping[str, str]


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
        accounts=[info(account, Places(environment))],
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
        accounts=[info(account, Places(environment))],
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
        accounts=[info(account, Places(environment))],
        done=done,
        hint=" ".join(notes) or None,
        next=[f"dex account login {name}"],
        undo=[],
        operation_id=None,
    )
