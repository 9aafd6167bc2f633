"""The accounts of the configuration file: `[accounts.NAME]`, read strictly, added and removed with all else kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, assert_never, get_args
from urllib.parse import urlsplit

from msgspec import Struct

from dexcli.config import providers, settings
from dexcli.config.providers import BY_PASSWORD, Auth, Provider, Security
from dexcli.domain import account_types, identifiers
from dexcli.domain.account_types import TYPES, AccountType, DavType
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


class Key(Struct, frozen=True):
    """A key of an account's table."""

    kind: type
    meaning: str
    choices: tuple[str, ...] = ()


_OF_ALL = {
    "type": Key(str, "what it is: imap, caldav, carddav, or vdir for a folder"),
    "address": Key(str, "the e-mail address of its owner"),
}
_EVERYWHERE = {
    **_OF_ALL,
    "host": Key(str, "the server; the great providers have theirs in a table"),
    "port": Key(int, "from 1 to 65535"),
    "security": Key(str, "none only to this machine", get_args(Security)),
    "ca_file": Key(str, "a file with the certificates to trust, for a server with its own"),
    "user": Key(str, "who one is to the server; default: the address"),
    "auth": Key(str, "default: password, or xoauth2 with tokens", ("password", "xoauth2", "oauthbearer")),
    "password_command": Key(list, 'a program that prints the password: ["pass", "show", "mail"]'),
    "token_command": Key(list, 'a program that prints an access token: ["oama", "access", "me@example.org"]'),
    "oauth_client_id": Key(str, "your own client at the server that grants tokens; dex account login asks it for one"),
    "oauth_authorize_url": Key(str, "where one logs in by a browser; those of Google and Microsoft are known"),
    "oauth_token_url": Key(str, "where tokens are granted; likewise"),
    "oauth_device_url": Key(str, "where one logs in on another device; likewise"),
    "oauth_revoke_url": Key(str, "where a login is taken back; likewise"),
    "oauth_scope": Key(str, "what to ask for, with spaces between the words; likewise"),
    "oauth_redirect_port": Key(int, "the port that your client is registered with; default: any that is free"),
}
_OF_DAV = {
    **{key: _EVERYWHERE[key] for key in ("type", "address", "ca_file", "user", "password_command", "token_command")},
    **{key: meaning for key, meaning in _EVERYWHERE.items() if key.startswith("oauth_")},
    "url": Key(str, "of the server: https://cloud.example.org/; the great providers have theirs in a table"),
    "auth": Key(str, "default: password, or bearer with tokens", ("password", "digest", "bearer")),
}


def _keys_of(kind: AccountType) -> dict[str, Key]:
    match kind:
        case "imap":
            return {
                **_EVERYWHERE,
                "folders": Key(list, 'names of folders: ["INBOX", "Sent"]; default: by their special use'),
                "store_bodies": Key(bool, "whether texts are kept, not only who wrote when about what"),
                "since": Key(date, "how far back the first sync reads: 2015-01-01; default: everything"),
            }
        case "caldav":
            return {
                **_OF_DAV,
                "calendars": Key(list, 'names of calendars: ["Work", "Home"]; default: all'),
                "since": Key(date, "how far back the first sync reads: 2015-01-01; default: two years"),
            }
        case "carddav":
            return {**_OF_DAV, "books": Key(list, 'names of address books: ["Contacts"]; default: all')}
        case "vdir":
            return {
                **_OF_ALL,
                "path": Key(str, "the folder of cards and events that vdirsyncer or khard keeps"),
                "since": Key(date, "events before this day are left out: 2015-01-01"),
            }
    assert_never(kind)


KEYS: dict[AccountType, dict[str, Key]] = {kind: _keys_of(kind) for kind in TYPES}
"""The keys that an account of each type has."""

_WORDS = {
    str: "a text", int: "a number", bool: "true or false", list: "a list of texts", date: "a day such as 2015-01-01",
}  # fmt: skip
_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_HIGHEST_PORT = 65_535
_STARTTLS_PORT = 143


def load(path: Path) -> list[Account]:
    """Every account of the file, in its order; none where there is no file. Raises UsageError with file and key."""
    found = [read(name, entries, path) for name, entries in _tables(path).items()]
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
    raise _unknown(name, [one.name for one in known])


def read(name: str, entries: object, path: Path | None = None) -> Account:
    """An account as its table says; raises UsageError for what is unknown, missing or of the wrong kind."""
    place = f"{path}: accounts.{name}" if path else f"the account {name}"
    check_name(name, path)
    if not isinstance(entries, dict):
        raise UsageError(f"{place} is no table", hint=f"[accounts.{name}] and a line for each key below it")
    kind = _type(entries, place)
    keys = _keys(entries, kind, place)
    values: dict[str, Any] = {key: _checked(keys, key, value, place) for key, value in entries.items()}
    if "address" not in values and account_types.is_server(kind):
        raise UsageError(f"{place} has no address", hint=_EVERYWHERE["address"].meaning)
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


def refuse_taken(path: Path, name: str, address: str | None) -> None:
    """Raise UsageError where the file has an account of that name, or one whose secret is in the same variable."""
    taken = next((one for one in load(path) if one.variable == variable(name)), None)
    if taken is not None:
        raise UsageError(
            f"there is an account {taken.name} already: {taken.address or taken.path}",
            hint=f"give this one another name: dex account add NAME {address or ''}".rstrip(),
        )


def add(path: Path, name: str, values: Mapping[str, object]) -> None:
    """Write an account of a new name at the end of the file, of which nothing else changes."""
    import tomlkit

    with settings.alone(path):
        refuse_taken(path, name, str(values["address"]) if "address" in values else None)
        text = path.read_text("utf-8")
        written = tomlkit.dumps({"accounts": {name: dict(values)}})
        before = f"{text.rstrip()}\n\n" if text.strip() else ""
        _write(path, before + written, {**_tables(path), name: dict(values)})


def remove(path: Path, name: str) -> None:
    """Take an account out of the file; comments and order of the rest stay. Raises NotFoundError."""
    with settings.alone(path):
        tables = _tables(path)
        if name not in tables:
            raise _unknown(name, list(tables))
        del tables[name]
        text = _without(path.read_text("utf-8"), name)
        if not _says(text, path, tables):  # written in another form: what tomlkit makes of it loses a comment at most
            text = settings.edited(path, lambda document: document["accounts"].pop(name))
        _write(path, text, tables)


def _without(text: str, name: str) -> str:
    """The text without the lines from `[accounts.NAME]` to its last key; comments behind that key stay."""
    lines = text.splitlines(keepends=True)
    header = re.compile(rf"""\s*\[\s*accounts\s*\.\s*["']?{re.escape(name)}["']?\s*\]""")
    first = next((at for at, line in enumerate(lines) if header.match(line)), None)
    if first is None:
        return text
    after = next((at for at in range(first + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    while lines[after - 1].strip() == "" or lines[after - 1].lstrip().startswith("#"):
        after -= 1
    kept = lines[after:]
    while kept and not kept[0].strip() and (first == 0 or not lines[first - 1].strip()):
        del kept[0]
    return "".join([*lines[:first], *kept])


def _tables(path: Path) -> dict[str, Any]:
    tables = settings.read(path).get("accounts", {})
    if not isinstance(tables, dict):
        raise UsageError(f"{path}: accounts is no table", hint="[accounts.NAME] and a line for each key below it")
    return dict(tables)


def _write(path: Path, text: str, tables: Mapping[str, object]) -> None:
    """Replace the file, once it is certain that it says what it should: TOML has many ways to write a table."""
    if not _says(text, path, tables):
        raise UsageError(f"the accounts of {path} are written in a way that dex cannot change", hint="edit the file")
    settings.replace(path, text)


def _says(text: str, path: Path, tables: Mapping[str, object]) -> bool:
    """Whether a text has these accounts and no others, and all else as the file has it."""
    import tomllib

    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return {"accounts": {}, **said} == {**settings.read(path), "accounts": tables}


def _type(entries: Mapping[str, object], place: str) -> AccountType:
    kind = entries.get("type")
    if kind is None:
        raise UsageError(f"{place} has no type", hint=f"type = one of: {', '.join(TYPES)}")
    if not account_types.is_type(kind):
        raise UsageError(f"{place}.type is {kind!r}, not {' or '.join(TYPES)}", hint=_OF_ALL["type"].meaning)
    return kind


def _keys(entries: Mapping[str, object], kind: AccountType, place: str) -> dict[str, Key]:
    """The keys that the table may have, by its type."""
    import difflib

    keys = KEYS[kind]
    for key in entries:
        if key in ("password", "token", "secret"):
            raise UsageError(
                f"{place}.{key}: no secret belongs into this file",
                hint=f"use {'token' if key == 'token' else 'password'}_command, the environment or the keyring",
            )
        if key in ("oauth_client_secret", "oauth_secret", "oauth_refresh_token", "client_secret", "refresh_token"):
            raise UsageError(
                f"{place}.{key}: no secret belongs into this file", hint="dex account login asks for it, and keeps it"
            )
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(keys)}"
            raise UsageError(f"{place} has no key {key!r}", hint=hint)
    return keys


def _checked(keys: Mapping[str, Key], key: str, value: object, place: str) -> object:
    """A value of the right kind and range."""
    kind, meaning, choices = keys[key].kind, keys[key].meaning, keys[key].choices
    if key.endswith("_command") and isinstance(value, str):
        raise UsageError(f"{place}.{key} is a text, not a list of words", hint=f"{key} = {_as_list(value)}")
    if kind is list and isinstance(value, list) and value and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _HIGHEST_PORT:
        return value
    if kind is date and isinstance(value, date) and not isinstance(value, datetime):
        return value
    if kind is str and isinstance(value, str) and value.strip() and (not choices or value in choices):
        return value
    raise UsageError(
        f"{place}.{key} is {value!r}, not {' or '.join(choices) or _WORDS[kind]}", hint=f"{key}: {meaning}"
    )


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
    if parts.scheme == "http" and not _is_here(parts.hostname):
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
        oauth=_oauth(name, values, at_home, address, place),
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
    _check_host(host, place)
    provider = at_home if at_home and at_home.host == host else providers.of_host(host)
    security: Security = values.get("security") or (provider.security if provider else "tls")
    if security == "none" and not _is_here(host):
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
        oauth=_oauth(name, values, provider, address, place),
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


def _oauth(
    name: str, values: Mapping[str, Any], provider: Provider | None, address: str, place: str
) -> OAuthClient | None:
    """The client that gets its tokens; None where they come from elsewhere.

    The addresses of one server belong together: where the file names its own, none of a provider's are asked.
    """
    said = {key: value for key, value in values.items() if key.startswith("oauth_")}
    if not said:
        return None
    if "oauth_client_id" not in said:
        raise UsageError(
            f"{place} has {next(iter(said))}, but no oauth_client_id", hint=_EVERYWHERE["oauth_client_id"].meaning
        )
    urls = {key: value for key, value in said.items() if key.endswith("_url")}
    for key, url in urls.items():
        _check_url(url, f"{place}.{key}")
    known = provider.oauth if provider else None
    if known is not None and not urls:
        urls = {
            "oauth_authorize_url": known.authorize_url,
            "oauth_token_url": known.token_url,
            "oauth_device_url": known.device_url,
            "oauth_revoke_url": known.revoke_url,
        }
    if "oauth_token_url" not in urls:
        raise UsageError(
            f"{place} has no oauth_token_url, and where its tokens are granted is not known",
            hint=_EVERYWHERE["oauth_token_url"].meaning,
        )
    if not (urls.get("oauth_authorize_url") or urls.get("oauth_device_url")):
        raise UsageError(
            f"{place} has neither oauth_authorize_url nor oauth_device_url", hint="one of them is where you log in"
        )
    ca_file = values.get("ca_file")
    ways: dict[str, Any] = {}
    if known is not None:
        ways = {
            "wants_secret": known.wants_secret,
            "secret_in_body": known.secret_in_body,
            "parameters": known.parameters,
            "redirect_host": known.redirect_host,
            "redirect_path": known.redirect_path,
        }
    return OAuthClient(
        account=name,
        client_id=said["oauth_client_id"],
        authorize_url=urls.get("oauth_authorize_url", ""),
        token_url=urls["oauth_token_url"],
        device_url=urls.get("oauth_device_url", ""),
        revoke_url=urls.get("oauth_revoke_url", ""),
        scope=" ".join(said.get("oauth_scope", known.scopes.get(values["type"], "") if known else "").split()),
        login_hint=address,
        redirect_port=said.get("oauth_redirect_port"),
        ca_file=None if ca_file is None else str(Path(ca_file).expanduser()),
        **ways,
    )


def _check_url(url: str, place: str) -> None:
    """Raise UsageError for what is no address that secrets may be sent to."""
    try:
        parts = urlsplit(url)
        good = parts.hostname and (parts.port is None or parts.port) and not parts.username and not parts.fragment
    except ValueError:
        parts, good = urlsplit(""), None
    if not good or parts.scheme not in ("https", "http") or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(f"{place} is {url!r}, not the address of a server", hint="https://auth.example.org/token")
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        raise UsageError(
            f"{place}: without security only to this machine, not to {parts.hostname}", hint="https instead of http"
        )


def _check_host(host: str, place: str) -> None:
    if not _is_ip(host) and not re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?", host):
        raise UsageError(
            f"{place}.host is {host!r}, not the name of a server", hint="the name alone: the port is a key of its own"
        )


def _is_ip(host: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_here(host: str) -> bool:
    import ipaddress

    return host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)


def _as_list(text: str) -> str:
    """The words of a command as a TOML list."""
    import json
    import shlex

    try:
        words = shlex.split(text)
    except ValueError:  # an open quote
        words = text.split()
    return json.dumps(words, ensure_ascii=False)


def _unknown(name: str, known: list[str]) -> NotFoundError:
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    listed = f"accounts: {', '.join(known)}" if known else "dex account add ADDRESS adds one"
    return NotFoundError(
        f"there is no account {name!r}",
        hint=f"did you mean {near[0]}?" if near else listed,
    )
