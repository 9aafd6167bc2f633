"""The accounts of the configuration file: `[accounts.NAME]`, read strictly, and filled in from what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import urlsplit

from msgspec import Struct

from dexcli.config import account_keys, account_oauth, providers, settings
from dexcli.config.account_keys import KEYS
from dexcli.config.hosts import check_host, is_here
from dexcli.config.providers import BY_PASSWORD, Auth, Security
from dexcli.domain import account_types, identifiers
from dexcli.domain.account_types import AccountType, DavType
from dexcli.errors import NotFoundError, UsageError
from dexcli.oauth.client import OAuthClient
from dexcli.results.accounts import HTTPS_PORT, IMAPS_PORT


class Account(Struct, frozen=True, kw_only=True):
    """One account, with everything filled in that the file leaves to its provider or to us."""

    name: str
    type: AccountType
    address: str
    """Of its owner; empty for a folder of nobody's."""
    url: str = ""
    """Of calendars or address books; empty for any other."""
    path: str = ""
    """Of a folder; empty for a server."""
    host: str
    """Empty for a folder."""
    port: int
    security: Security
    """`none` only to this machine."""
    ca_file: str | None
    """Certificates to trust instead of the system's; None: the system's."""
    user: str
    """Who one is to the server: the address as it was written, its local part, or what was said."""
    auth: Auth
    password_command: tuple[str, ...]
    """A program and its arguments, for no shell; empty: none."""
    token_command: tuple[str, ...]
    oauth: OAuthClient | None = None
    """Where its tokens come from by a login of our own."""
    folders: tuple[str, ...]
    """Folders, calendars or address books by name; empty: those of mail that the server's SPECIAL-USE flags call for,
    all others.
    """
    dav_hosts: tuple[str, ...] = ()
    """Domains to which its server may refer."""
    store_bodies: bool
    since: date | None
    """How far back the first sync reads; None: everything of mail, two years of calendars on a server."""

    @property
    def variable(self) -> str:
        """The environment variable that may hold its secret."""
        return variable(self.name)


_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_STARTTLS_PORT = 143


def load(path: Path) -> list[Account]:
    """Every account of the file, in its order; none where there is no file. Raises UsageError with file and key."""
    found = [read(name, entries, path) for name, entries in tables(path).items()]
    held: dict[str, str] = {}
    for one in found:
        other = held.setdefault(one.variable, one.name)
        if other != one.name:
            raise UsageError(
                f"{path}: the accounts {other} and {one.name} would both have {one.variable}", hint="rename one of them"
            )
    return found


def find(path: Path, name: str) -> Account:
    """The account of that name; raises NotFoundError."""
    known = load(path)
    for one in known:
        if one.name == name:
            return one
    raise unknown(name, [one.name for one in known])


def read(name: str, entries: object, path: Path | None = None) -> Account:
    """An account as its table says; raises UsageError for what is unknown, missing or of the wrong kind."""
    place = f"{path}: accounts.{name}" if path else f"the account {name}"
    check_name(name, path)
    if not isinstance(entries, dict):
        raise UsageError(f"{place} is no table", hint=f"[accounts.{name}] and a line for each key below it")
    kind = account_keys.type_of(entries, place)
    keys = account_keys.known_keys(entries, kind, place)
    values: dict[str, Any] = {key: account_keys.checked(keys, key, value, place) for key, value in entries.items()}
    if "address" not in values and account_types.is_server(kind):
        raise UsageError(f"{place} has no address", hint=KEYS["imap"]["address"].meaning)
    match kind:
        case "imap":
            return _imap(name, values, place)
        case "caldav" | "carddav":
            return _dav(name, kind, values, place)
        case "vdir":
            return _folder(name, values, place)
    assert_never(kind)


def check_name(name: str, path: Path | None = None) -> None:
    """Raise UsageError for what cannot be the name of an account."""
    if not _NAME.fullmatch(name):
        place = f"{path}: " if path else ""
        raise UsageError(f"{place}{name!r} is no name of an account", hint="letters and digits, then also - and _")


def variable(name: str) -> str:
    """The environment variable that may hold the secret of an account: `DEXCLI_PASSWORD_WORK_MAIL`."""
    return "DEXCLI_PASSWORD_" + re.sub("[^A-Z0-9]", "_", name.upper())


def _folder(name: str, values: dict[str, Any], place: str) -> Account:
    if "path" not in values:
        raise UsageError(f"{place} has no path", hint=KEYS["vdir"]["path"].meaning)
    address, _ = _address(values, place) if "address" in values else ("", "")
    return Account(
        name=name,
        type="vdir",
        address=address,
        path=str(Path(values["path"]).expanduser()),
        host="",
        port=0,
        security="none",
        ca_file=None,
        user="",
        auth="none",
        password_command=(),
        token_command=(),
        folders=(),
        store_bodies=False,
        since=values.get("since"),
    )


def _dav(name: str, kind: DavType, values: dict[str, Any], place: str) -> Account:
    address, login = _address(values, place)
    provider = providers.of_address(address)
    known = provider.dav_url(kind) if provider else None
    url: str | None = values.get("url") or known
    if url is None:
        what = account_types.content(kind)
        if provider is not None and provider.dav_hint is not None:
            raise UsageError(f"{place}: {provider.name} has no {what} that dex can read", hint=provider.dav_hint)
        raise UsageError(
            f"{place} has no url, and where {address.rpartition('@')[2]} has its {what} is not known",
            hint="name it: --url https://cloud.example.org/ with dex account add, or url in the file;"
            " dex account add --discover asks the domain for it",
        )
    parts = urlsplit(url)
    try:
        port = parts.port or (HTTPS_PORT if parts.scheme == "https" else 80)
    except ValueError:
        port = 0
    if parts.scheme not in ("https", "http") or not parts.hostname or not port or parts.query or parts.username:
        raise UsageError(f"{place}.url is {url!r}, not the address of a server", hint="https://cloud.example.org/")
    if parts.scheme == "http" and not is_here(parts.hostname):
        raise UsageError(
            f"{place}: without security only to this machine, not to {parts.hostname}", hint="https instead of http"
        )
    at_home = provider if provider and url == known else None
    ca_file = values.get("ca_file")
    return Account(
        name=name,
        type=kind,
        address=address,
        url=url,
        host=parts.hostname,
        port=port,
        security="tls" if parts.scheme == "https" else "none",
        ca_file=None if ca_file is None else str(Path(ca_file).expanduser()),
        user=values.get("user") or login,
        auth=_auth(values, at_home.dav_auth if at_home else "password", place, instead="bearer"),
        password_command=values.get("password_command", ()),
        token_command=values.get("token_command", ()),
        oauth=account_oauth.client(name, values, at_home, address, place),
        folders=values.get(account_types.parts_key(kind) or "", ()),
        dav_hosts=at_home.dav_hosts if at_home else (),
        store_bodies=False,
        since=values.get("since"),
    )


def _address(values: Mapping[str, Any], place: str) -> tuple[str, str]:
    """The address of an account's owner, and as a server may know it: as it was written."""
    written: str = values["address"].strip()
    mine = identifiers.email(written)
    if mine is None:
        raise UsageError(f"{place}.address is {written!r}, not an e-mail address", hint="such as ada@example.org")
    bare = mine.value.partition("@")[0] == written.lower().partition("@")[0]
    return mine.value, written if bare else mine.value  # in capitals and as xn--, a server may know it no other way


def _imap(name: str, values: dict[str, Any], place: str) -> Account:
    address, login = _address(values, place)
    at_home = providers.of_address(address)
    host: str | None = values.get("host") or (at_home.host if at_home else None)
    if host is None:
        raise UsageError(
            f"{place} has no host, and the server of {address.rpartition('@')[2]} is not known",
            hint="name it: --host imap.example.org with dex account add, or host in the file;"
            " dex account add --discover asks the domain for it",
        )
    check_host(host, place)
    provider = at_home if at_home and at_home.host == host else providers.of_host(host)
    security: Security = values.get("security") or (provider.security if provider else "tls")
    if security == "none" and not is_here(host):
        raise UsageError(f"{place}: without security only to this machine, not to {host}", hint="tls, or starttls")
    default_port = IMAPS_PORT if security == "tls" else _STARTTLS_PORT
    ca_file = values.get("ca_file")
    return Account(
        name=name,
        type="imap",
        address=address,
        host=host,
        port=values.get("port") or (provider.port if provider and provider.security == security else default_port),
        security=security,
        ca_file=None if ca_file is None else str(Path(ca_file).expanduser()),
        user=values.get("user") or (login.rpartition("@")[0] if provider and provider.local_part else login),
        auth=_auth(values, provider.auth if provider else "password", place),
        password_command=values.get("password_command", ()),
        token_command=values.get("token_command", ()),
        oauth=account_oauth.client(name, values, provider, address, place),
        folders=values.get("folders", ()),
        store_bodies=values.get("store_bodies", False),
        since=values.get("since"),
    )


def _auth(values: Mapping[str, Any], usual: Auth, place: str, *, instead: Auth = "xoauth2") -> Auth:
    """How to log in, in accord with the command that is given for it."""
    said = [key for key in ("password_command", "token_command", "oauth_client_id") if key in values]
    if len(said) > 1:
        article = "an" if said[1].startswith("o") else "a"
        raise UsageError(f"{place} has a {said[0]} and {article} {said[1]}", hint="keep one of them")
    password, token = "password_command" in said, bool(said) and "password_command" not in said
    auth: Auth = values.get("auth") or (
        "password" if password else usual if usual != "password" else instead if token else "password"
    )
    if password and auth not in BY_PASSWORD:
        raise UsageError(f"{place}: {auth} takes a token, not a password", hint="give it a token_command")
    if token and auth in BY_PASSWORD:
        article = "an" if said[0].startswith("o") else "a"
        raise UsageError(
            f"{place}: {article} {said[0]} is for {instead}, not for {auth}", hint=f"take auth = {auth} out"
        )
    return auth


def tables(path: Path) -> dict[str, Any]:
    """The tables of accounts by name, as the file has them. Raises UsageError."""
    tables = settings.read(path).get("accounts", {})
    if not isinstance(tables, dict):
        raise UsageError(f"{path}: accounts is no table", hint="[accounts.NAME] and a line for each key below it")
    return dict(tables)


def unknown(name: str, known: list[str]) -> NotFoundError:
    """The error for a name that no account has."""
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    listed = f"accounts: {', '.join(known)}" if known else "dex account add ADDRESS adds one"
    return NotFoundError(
        f"there is no account {name!r}",
        hint=f"did you mean {near[0]}?" if near else listed,
    )
