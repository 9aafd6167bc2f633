"""The secrets of a run: found when a server asks, renewed when it does not take them, and forgotten on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dexcli.config import accounts, credentials
from dexcli.config.accounts import Account
from dexcli.config.credentials import Ask, Secret
from dexcli.config.keyrings import KeyringTroubleError
from dexcli.errors import CredentialsError

if TYPE_CHECKING:
    from dexcli.services.tokens import AccessTokens

Environment = Mapping[str, str]

SecretOf = Callable[..., Secret]
"""Finds the secret of an account, called when its server asks for it; of a login of ours also with a token that was
refused, instead of which another is wanted.
"""


class Secrets:
    """Where the secrets of a run come from.

    A password is asked for once; a token of a command is got anew, since it may have expired when a connection has to
    be made again; that of a login of ours is renewed when its time is up, or when its server does not take it.
    """

    def __init__(self, config: Path, environment: Environment, ask: Ask | None) -> None:
        self._config = config
        self._environment = environment
        self._ask = ask
        self._passwords: dict[str, Secret] = {}
        self._tokens: AccessTokens | None = None

    def check(self, account: Account) -> None:
        """Raise CredentialsError where nobody has logged in: no network makes up for that, so it is told first."""
        if renewable(account, self._environment) and account.oauth is not None:
            from dexcli.services.tokens import granted

            granted(account, account.oauth, self._environment)

    def __call__(self, account: Account, refused: str = "") -> Secret:
        """The secret of an account, another than the token that was refused. Raises CredentialsError."""
        if renewable(account, self._environment) and account.oauth is not None:
            if self._tokens is None:
                from dexcli.services.tokens import AccessTokens

                self._tokens = AccessTokens(self._environment)
            return self._tokens.of(account, account.oauth, refused=refused)
        found = self._passwords.get(account.name)
        if found is None:
            found = credentials.find(account, config=self._config, environment=self._environment, ask=self._ask)
            if found.kind == "password":
                self._passwords[account.name] = found
        return found


class Places:
    """Where the secrets of accounts would come from, in words; a keyring that does not answer is asked once."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._is_silent = False

    def of(self, account: Account) -> str:
        """Where that of an account would come from; of a login of ours, whether somebody has logged in."""
        if not renewable(account, self._environment) or account.oauth is None:
            return credentials.where(account, self._environment)
        if self._is_silent:
            return _UNREAD
        from dexcli.config import tokens

        try:
            grant = tokens.find(account.name, self._environment)
        except CredentialsError as error:
            self._is_silent = isinstance(error, tokens.KeyringSilentError)
            return _UNREAD
        return "not logged in" if grant is None or not grant.is_of(account.oauth) else "OAuth login"


_UNREAD = "OAuth login that cannot be read"


def renewable(account: Account, environment: Environment) -> bool:
    """Whether its tokens are of a login of ours: one in the environment comes before that."""
    return account.oauth is not None and not environment.get(account.variable)


def forget(account: Account, config: Path, environment: Environment) -> tuple[str | None, list[str]]:
    """Forget all that is kept for an account: what that was, and what its owner should know."""
    forgotten, notes = [], []
    try:
        if credentials.forget(account.name):
            forgotten.append("its password in the keyring")
    except KeyringTroubleError as error:
        notes.append(f"the keyring may still have its password: {error}")
    if account.oauth is not None:
        from dexcli.services import tokens

        others = [one for one in accounts.load(config) if one.name != account.name]
        let_go, note = tokens.let_go(account, others, environment)
        if let_go:
            forgotten.append("its login")
        if note:
            notes.append(note)
    return " and ".join(forgotten) or None, notes
