"""What `account` returns: never a secret, only where one would come from."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

IMAPS_PORT = 993
"""Of IMAP within TLS (RFC 8314), which need not be said."""


HTTPS_PORT = 443


class AccountInfo(Struct, frozen=True, kw_only=True):
    """An account as the configuration says, with what its provider adds."""

    name: str
    type: str
    """What its server speaks: `imap`, `caldav` or `carddav`; `vdir` is a folder."""
    address: str
    url: str | None = None
    """Of calendars and address books."""
    path: str | None = None
    """Of a folder."""
    host: str
    port: int
    security: str
    """`tls`, `starttls` or `none`."""
    user: str
    auth: str
    """`password`, `digest`, `xoauth2`, `oauthbearer`, `bearer` or `none`."""
    secret: str
    """Where it would come from, in words: `password_command (pass)`, or `not logged in`."""
    folders: list[str]
    """Folders of mail, calendars or address books by name; empty: those that the server's flags call for, or all."""
    store_bodies: bool
    since: date | None
    """How far back the first sync reads; null: everything."""
    last_synced_at: datetime | None
    last_error: str | None


class AccountList(Struct, frozen=True, kw_only=True):
    """`account list`."""

    accounts: list[AccountInfo]


class FoundServer(Struct, frozen=True, kw_only=True):
    """A server that the domain of an address named when it was asked."""

    kind: str
    """`imap`, `caldav` or `carddav`."""
    host: str
    port: int
    security: str
    """`tls` or `starttls`."""
    url: str | None = None
    """Of calendars or address books; null of mail."""
    user: str | None = None
    """Who one is there; null: the address, as everywhere."""
    auth: str | None = None
    """`xoauth2` where it takes tokens only; null: a password."""
    by: str
    """What named it: `srv`, `autoconfig` or `well-known`."""
    place: str
    """Where that was: `_imaps._tcp.example.org`, or the URL of a file."""
    within_domain: bool
    """Whether its host lies in the domain of the address; another one was confirmed by hand."""


class AccountChange(Struct, frozen=True, kw_only=True):
    """`account add`, `login` and `remove`."""

    accounts: list[AccountInfo]
    """The one that it is about."""
    done: str
    hint: str | None
    """What its owner should know: where its provider has app passwords."""
    next: list[str]
    """Commands that make sense now."""
    undo: list[str]
    """Commands that take it back: the file and the database are changed apart."""
    operation_id: str | None
    """What `dex undo` takes: the address that became mine."""
    found: FoundServer | None = None
    """The server that its domain named; null where it was known or told."""


class FolderInfo(Struct, frozen=True, kw_only=True):
    """A folder of an account that was tried."""

    name: str
    messages: int | None
    """Null: the server does not say."""
    read: bool
    why: str
    """Why it is not read; `sent` of a folder with one's own letters; else empty."""


class AccountCheck(Struct, frozen=True, kw_only=True):
    """How it went to log in to an account."""

    name: str
    secret: str | None
    """Where it came from; null: from nowhere."""
    error: str | None
    hint: str | None
    folders: list[FolderInfo]
    capabilities: list[str]
    """Of the server, in its own words."""


class AccountTests(Struct, frozen=True, kw_only=True):
    """`account test`."""

    accounts: list[AccountCheck]
