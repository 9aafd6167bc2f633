"""Finding the server of a new account with its owner's consent: to ask, and to believe what names another domain."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, assert_never

from msgspec import Struct

from dexcli.config import accounts, providers
from dexcli.domain import account_types
from dexcli.domain.account_types import AccountType, ServerType
from dexcli.errors import CancelledError, UsageError
from dexcli.results.accounts import IMAPS_PORT, FoundServer

if TYPE_CHECKING:
    from dexcli.sources.discovery import Plan

_FINDS = ("host", "url", "port", "security")
"""Keys that say where a server is: with one of them there is nothing to find."""


class Consent(Struct, frozen=True, kw_only=True):
    """What the owner says. Nothing is asked, and nothing of another domain believed, without it."""

    chosen: bool
    """Whether it was told beforehand that the domain is to be asked."""
    may_ask: Callable[[Plan], bool]
    """Asks whether all of this may be asked; not called where that was told beforehand."""
    tell: Callable[[FoundServer], None]
    """Shows what was found, before anything is written."""
    tell_trouble: Callable[[str], None]
    """Told why a place does not say it, for whoever wants to know."""
    may_use: Callable[[FoundServer], bool] | None
    """Asks whether a server out of the domain may be used; None: nobody is there to say so."""


def find(
    kind: AccountType, name: str, address: str, given: Mapping[str, object], consent: Consent
) -> FoundServer | None:
    """Find the server of an address, unless it is given or known.

    None: it need not be found, or may not be asked for. Raises ServerError where nothing says where it is, UsageError
    for a server out of the domain where nobody can be asked, CancelledError where it is not to be used.
    """
    told = [key for key in _FINDS if key in given]
    if consent.chosen and (told or not account_types.is_server(kind)):
        other = f"--{told[0]}" if told else f"--type {kind}"
        raise UsageError(f"--discover finds a server, and {other} says where it is", hint="leave one of them out")
    if told or not account_types.is_server(kind) or _is_known(kind, address):
        return None

    from dexcli.sources import discovery

    plan = discovery.plan(kind, address)
    if plan is None:
        if consent.chosen:
            raise UsageError(f"{address.rpartition('@')[2]} is no domain that could be asked", hint="name the server")
        return None
    place = _at(kind, plan.domain)
    accounts.read(
        name, {"type": kind, "address": address, **given, **place}
    )  # nobody is asked for what is wrong anyway
    if not consent.chosen and not consent.may_ask(plan):
        return None
    ca_file = given.get("ca_file")
    found = discovery.find(plan, ca_file=None if ca_file is None else str(ca_file), tell=consent.tell_trouble)
    consent.tell(found)
    if found.within_domain:
        return found
    by_hand = _by_hand(name, address, found)
    if consent.may_use is None:
        raise UsageError(
            f"{found.host} is not in {plan.domain}: whoever forges what {plan.domain} says could have named it",
            hint=f"if it is your server: {by_hand}",
            code="unconfirmed",
        )
    if not consent.may_use(found):
        raise CancelledError("no account was added", hint=f"once you know that it is your server: {by_hand}")
    return found


def keys(found: FoundServer, given: Mapping[str, object]) -> dict[str, object]:
    """What was found as keys of an account's table."""
    said: dict[str, object] = {"url": found.url} if found.url else _of_mail(found)
    if found.user is not None:
        said["user"] = found.user
    if found.auth is not None and "token_command" not in given:
        said["auth"] = found.auth
    return said


def _of_mail(found: FoundServer) -> dict[str, object]:
    said: dict[str, object] = {"host": found.host}
    if found.security != "tls":
        said["security"] = found.security
    if found.port != IMAPS_PORT:
        said["port"] = found.port
    return said


def _at(kind: ServerType, host: str) -> dict[str, object]:
    """The keys of a server there."""
    match kind:
        case "imap":
            return {"host": host}
        case "caldav" | "carddav":
            return {"url": f"https://{host}/"}
    assert_never(kind)


def _is_known(kind: AccountType, address: str) -> bool:
    provider = providers.of_address(address)
    return provider is not None and provider.knows(kind)


def _by_hand(name: str, address: str, found: FoundServer) -> str:
    """The command that names what was found."""
    words = ["dex", "account", "add", name, address]
    if found.kind != "imap":
        words += ["--type", found.kind]
    words += [word for key, value in keys(found, {}).items() for word in (f"--{key}", str(value))]
    return shlex.join(words)
