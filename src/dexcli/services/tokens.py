"""Logins by OAuth: made, used for access tokens, and taken back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from dexcli.config import tokens
from dexcli.config.accounts import Account
from dexcli.config.credentials import Secret
from dexcli.config.keyrings import KeyringTroubleError
from dexcli.config.tokens import Grant, Store
from dexcli.errors import CredentialsError, DexError, ServerError, UsageError
from dexcli.oauth import client as oauth
from dexcli.oauth.client import OAuthClient, Patience

if TYPE_CHECKING:
    from dexcli.oauth.client import Tokens
    from dexcli.oauth.device import Invitation
    from dexcli.oauth.loopback import Pasted

_SLACK = 60.0
"""Seconds before its end from which a token is not used any more: the login to a server takes a while, too."""


class Dialogue(Protocol):
    """Somebody who logs in, and how they are told what to do."""

    @property
    def pasted(self) -> Pasted | None:
        """Where they paste the address that their browser ended at; None: nowhere."""
        ...

    def page(self, address: str, back: str, minutes: float) -> None:
        """Show the page to open, where its browser comes back to, and for how long that is waited for."""
        ...

    def invite(self, invitation: Invitation) -> None:
        """Show what to type on another device."""
        ...

    def refused(self, other: str) -> None:
        """Say what was pasted instead of the address."""
        ...

    def secret(self, question: str) -> str | None:
        """Ask for what is not to be seen; None where nobody can be asked."""
        ...


class AccessTokens:
    """The access tokens of a run, in memory only."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._environment = environment
        self._patience = patience or Patience()
        self._clock = clock
        self._held: dict[str, tuple[Secret, float]] = {}

    def of(self, account: Account, client: OAuthClient, *, refused: str = "") -> Secret:
        """A token that has not expired, and is not the one that a server has refused.

        Raises CredentialsError where somebody has to log in again, NetworkError where another time may help.
        """
        held = self._held.get(account.name)
        if held is not None and held[0].value != refused and self._clock() < held[1]:
            return held[0]
        with tokens.alone(account.name, self._environment):
            grant = granted(account, client, self._environment)
            asked_at = self._clock()  # before the answer: a token must not seem to live longer than it does
            got = oauth.renew(client, grant.secret, grant.refresh, self._patience)
            if got.refresh is not None and got.refresh != grant.refresh:
                _keep_rotated(account, grant, got.refresh, self._environment)
        secret = Secret(kind="token", value=got.access, source=f"OAuth login ({grant.store})")
        self._held[account.name] = secret, asked_at + max(got.life - _SLACK, got.life / 2)
        return secret


def granted(account: Account, client: OAuthClient, environment: Mapping[str, str]) -> Grant:
    """The login that is kept for an account. Raises CredentialsError where there is none, or another client's."""
    grant = tokens.find(account.name, environment)
    again = f"dex account login {account.name}"
    if grant is None:
        raise CredentialsError(f"nobody has logged in to account {account.name} yet", hint=again)
    if not grant.is_of(client):
        raise CredentialsError(
            f"the login of account {account.name} is of another client or server than its configuration names",
            hint=f"log in again: {again}",
        )
    return grant


def _keep_rotated(account: Account, grant: Grant, refresh: str, environment: Mapping[str, str]) -> None:
    """Keep the new refresh token before anything is done: the old one may be worth nothing by now."""
    tokens.keep(
        account.name,
        Grant(
            refresh=refresh,
            secret=grant.secret,
            client_id=grant.client_id,
            token_url=grant.token_url,
            store=grant.store,
        ),
        environment,
    )


def log_in(
    account: Account,
    client: OAuthClient,
    dialogue: Dialogue,
    environment: Mapping[str, str],
    *,
    by_device: bool,
    store: Store | None,
    ask_for_secret: bool,
    patience: Patience | None = None,
) -> tuple[str, str | None]:
    """Let somebody log in, and keep that; returns where it is kept, and what they should know.

    Raises ServerError, UsageError where the server has no such way, DexError where nobody logs in in time.
    """
    if by_device and not client.device_url:
        raise UsageError(
            f"the server of account {account.name} has no login on another device for this",
            hint=f"dex account login {account.name} --no-browser takes the address that any browser ended at",
        )
    if not by_device and not client.authorize_url:
        raise UsageError(
            f"account {account.name} has no oauth_authorize_url", hint=f"dex account login {account.name} --device"
        )
    chosen, trouble = (store, "") if store is not None else tokens.usual_store()
    secret = _client_secret(account, client, dialogue, environment, ask=ask_for_secret)
    got = _got(client, secret, dialogue, by_device=by_device, patience=patience or Patience())
    if got.refresh is None:
        raise ServerError(
            f"the server of account {account.name} granted a token, but none to renew it with",
            hint="many servers want the word offline_access in oauth_scope",
        )
    grant = Grant(
        refresh=got.refresh, secret=secret, client_id=client.client_id, token_url=client.token_url, store=chosen
    )
    with tokens.alone(account.name, environment):
        place = tokens.keep(account.name, grant, environment)
    notes = [f"It is in a file, as no keyring keeps it ({trouble})." if trouble else "", _less(client, got.scope)]
    return place, " ".join(filter(None, notes)) or None


def _got(client: OAuthClient, secret: str | None, dialogue: Dialogue, *, by_device: bool, patience: Patience) -> Tokens:
    if by_device:
        from dexcli.oauth import device

        return device.log_in(client, secret, show=dialogue.invite, patience=patience)
    from dexcli.oauth import browser

    return browser.log_in(
        client,
        secret,
        show=dialogue.page,
        pasted=dialogue.pasted,
        refused=dialogue.refused,
        patience=patience,
    )


def secret_variable(account: Account) -> str:
    """The environment variable that may hold the secret of an account's client: `DEXCLI_CLIENT_SECRET_WORK`."""
    return account.variable.replace("DEXCLI_PASSWORD_", "DEXCLI_CLIENT_SECRET_")


def _client_secret(
    account: Account, client: OAuthClient, dialogue: Dialogue, environment: Mapping[str, str], *, ask: bool
) -> str | None:
    """The secret of the user's client: from the environment, of the last login, or asked for where it must have one."""
    if value := environment.get(secret_variable(account)):
        return value
    if not ask:
        last = _readable(account, environment)
        if last is not None and last.is_of(client):
            return last.secret
        if not client.wants_secret:
            return None
    said = dialogue.secret(f"Secret of the client {client.client_id}: ")
    if said is None:
        raise UsageError(
            "nobody can be asked for the secret of the client here",
            hint=f"set {secret_variable(account)} for this command",
        )
    value = said.strip()
    if not value and client.wants_secret:
        raise UsageError(
            "a client at this server has a secret", hint="it stands beside the client id, where you made it"
        )
    return value or None


def _less(client: OAuthClient, granted_scope: str | None) -> str:
    """What the user should know where less was granted than asked: Google lets one untick each part."""
    if granted_scope is None:
        return ""
    got = {word.lower() for word in granted_scope.split()}
    missing = [one for one in client.scope.split() if one.lower() not in got and one not in _NEVER_SAID]
    if not missing:
        return ""
    return f"The server granted less than was asked: {' '.join(missing)} is missing. Did you leave a box unticked?"


_NEVER_SAID = ("offline_access", "openid", "profile", "email")
"""Words that a server need not repeat in what it grants."""


def _readable(account: Account, environment: Mapping[str, str]) -> Grant | None:
    """The login that is kept, if it can be read: one that cannot is replaced, or taken away."""
    try:
        return tokens.find(account.name, environment)
    except CredentialsError:
        return None


def let_go(account: Account, others: Sequence[Account], environment: Mapping[str, str]) -> tuple[bool, str | None]:
    """Take the login of an account back, here and at its server; whether there was one, and what its owner should know.

    The server is told only of what was granted there, and not where another account has a login of the same client: at
    Google all of them would end. Its refusal changes nothing: here the login is gone.
    """
    note = None
    try:
        with suppress(CredentialsError):  # what cannot be read is there, and is taken away
            if tokens.find(account.name, environment) is None:
                return False, None
        with tokens.alone(account.name, environment):
            grant = _readable(account, environment)
            client = account.oauth
            if grant is not None and client is not None and client.revoke_url and grant.is_of(client):
                sharing = [one.name for one in others if one.oauth is not None and grant.is_of(one.oauth)]
                if sharing:
                    note = f"Its server was not told, as {', '.join(sharing)} may have a login of the same client."
                else:
                    try:
                        oauth.revoke(client, grant.secret, grant.refresh, Patience())
                    except ServerError as error:
                        note = f"Its server may still know the login: {error.message}."
            return tokens.forget(account.name, environment), note
    except (KeyringTroubleError, DexError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return False, f"The login may still be kept: {reason}."
