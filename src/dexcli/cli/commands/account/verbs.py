"""What `dex account` does: a line for each verb, whose module has its name, and what may be said with it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from msgspec import Struct

from dexcli.cli.context import Dex
from dexcli.errors import UsageError

OF_ADD = frozenset(
    {
        *("kind", "host", "url", "path", "port", "security", "user", "auth", "password_command", "token_command"),
        *("folder", "store_bodies", "since", "ca_file", "discover", "force"),
        *("oauth_client_id", "oauth_authorize_url", "oauth_token_url", "oauth_device_url", "oauth_revoke_url"),
        *("oauth_scope", "oauth_redirect_port"),
    }
)
OF_LOGIN = frozenset({"port", "device", "no_browser", "store", "client_secret"})


class Verb(Struct, frozen=True, kw_only=True):
    """One thing that `dex account` does."""

    module: str
    """Beside this one; its `run` does it."""
    form: str
    """What stands behind the verb, for a reader."""
    words: range
    """How many words may."""
    options: frozenset[str] = frozenset()
    """Those that it takes beside the common ones."""


VERBS: dict[str, Verb] = {
    "list": Verb(module="list_", form="", words=range(1)),
    "add": Verb(module="add", form="[NAME] ADDRESS", words=range(1, 3), options=OF_ADD),
    "test": Verb(module="test", form="[NAME]", words=range(2)),
    "login": Verb(module="login", form="NAME", words=range(1, 2), options=OF_LOGIN),
    "logout": Verb(module="logout", form="NAME", words=range(1, 2)),
    "remove": Verb(module="remove", form="NAME", words=range(1, 2)),
}


def run(dex: Dex, words: list[str], options: Mapping[str, object]) -> None:
    """Do what the words say; `options` are those that were said. Raises UsageError for what cannot be meant."""
    name, *more = words or ["list"]
    verb = VERBS.get(name)
    if verb is not None and (foreign := options.keys() - verb.options):
        owners = [other for other, takes in VERBS.items() if foreign <= takes.options] or ["add", "login"]
        belong = " and ".join(f"dex account {owner}" for owner in owners)
        raise UsageError(f"dex account {name} takes no such options", hint=f"they belong to {belong}")
    if verb is None or len(more) not in verb.words:
        forms = ", ".join(f"{name} {verb.form}".rstrip() for name, verb in VERBS.items())
        raise UsageError(f"dex account does not know {' '.join(words)!r}", hint=forms)
    import_module(f"dexcli.cli.commands.account.{verb.module}").run(dex, more, options)
