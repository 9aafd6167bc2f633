"""The keys that may stand in the table of an account, and whether a value can be one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import assert_never, get_args

from msgspec import Struct

from dexcli.config.providers import Security
from dexcli.domain import account_types
from dexcli.domain.account_types import TYPES, AccountType
from dexcli.errors import UsageError


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
_HIGHEST_PORT = 65_535


def type_of(entries: Mapping[str, object], place: str) -> AccountType:
    """The type that a table says. Raises UsageError."""
    kind = entries.get("type")
    if kind is None:
        raise UsageError(f"{place} has no type", hint=f"type = one of: {', '.join(TYPES)}")
    if not account_types.is_type(kind):
        raise UsageError(f"{place}.type is {kind!r}, not {' or '.join(TYPES)}", hint=_OF_ALL["type"].meaning)
    return kind


def known_keys(entries: Mapping[str, object], kind: AccountType, place: str) -> dict[str, Key]:
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


def checked(keys: Mapping[str, Key], key: str, value: object, place: str) -> object:
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


def _as_list(text: str) -> str:
    """The words of a command as a TOML list."""
    import json
    import shlex

    try:
        words = shlex.split(text)
    except ValueError:  # an open quote
        words = text.split()
    return json.dumps(words, ensure_ascii=False)
