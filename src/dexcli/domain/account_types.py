"""The types of accounts, and what tells them apart: the type checker shows most places where a new one matters."""

from __future__ import annotations

from typing import Literal, TypeGuard, assert_never, get_args

DavType = Literal["caldav", "carddav"]
ServerType = Literal["imap", "caldav", "carddav"]
"""Those whose server the domain of an address may name."""
AccountType = Literal["imap", "caldav", "carddav", "vdir"]

TYPES: tuple[AccountType, ...] = get_args(AccountType)


def is_type(text: object) -> TypeGuard[AccountType]:
    """Whether that is the word for a type."""
    return text in TYPES


def is_server(kind: AccountType) -> TypeGuard[ServerType]:
    """Whether it is read over the network, as somebody; a folder on this machine may be nobody's."""
    match kind:
        case "imap" | "caldav" | "carddav":
            return True
        case "vdir":
            return False
    assert_never(kind)


def content(kind: AccountType) -> str:
    """What is in it."""
    match kind:
        case "imap":
            return "mail"
        case "caldav":
            return "calendars"
        case "carddav":
            return "address books"
        case "vdir":
            return "cards and events"
    assert_never(kind)


def parts_key(kind: AccountType) -> str | None:
    """The key of its table that names what is read of it; None: all is."""
    match kind:
        case "imap":
            return "folders"
        case "caldav":
            return "calendars"
        case "carddav":
            return "books"
        case "vdir":
            return None
    assert_never(kind)


def name_ending(kind: AccountType) -> str:
    """What stands behind the provider in the name that it has unless told: mail comes first."""
    match kind:
        case "caldav":
            return "-calendar"
        case "carddav":
            return "-contacts"
        case "imap" | "vdir":
            return ""
    assert_never(kind)


def has_days(kind: AccountType) -> bool:
    """Whether what it says is of a day, so that a first reading can begin with one."""
    match kind:
        case "imap" | "caldav" | "vdir":
            return True
        case "carddav":
            return False
    assert_never(kind)


def has_meetings(kind: AccountType) -> bool:
    """Whether it says who met."""
    match kind:
        case "caldav" | "vdir":
            return True
        case "imap" | "carddav":
            return False
    assert_never(kind)


def changes_afterwards(kind: AccountType) -> bool:
    """Whether what it said once may be another thing tomorrow: a letter stays as it was sent."""
    match kind:
        case "caldav" | "carddav" | "vdir":
            return True
        case "imap":
            return False
    assert_never(kind)
