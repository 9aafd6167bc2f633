"""Turning what was typed into people: by the levels of the contract, asking at a terminal where several fit."""

from __future__ import annotations

from collections.abc import Sequence

from dexcli.cli.context import Dex
from dexcli.errors import AmbiguousError, UsageError
from dexcli.services import naming, page
from dexcli.store.connection import Connection

_OF_THE_KNOWN = ("forget", "rm", "archive", "unarchive", "ignore", "unignore", "unsnooze")
"""Commands that nobody wants to add somebody for."""


def person(dex: Dex, conn: Connection, text: str) -> int:
    """The id of the person whom the text names."""
    region = dex.call().region
    try:
        return naming.find(conn, text, region=region, may_be_new=dex.command not in _OF_THE_KNOWN)
    except AmbiguousError as error:
        if not dex.can_ask:
            raise
        from dexcli.cli.picker import pick

        return int(pick(error.candidates, f"Which {text}?"))


def persons(dex: Dex, conn: Connection, texts: Sequence[str]) -> list[int]:
    """The ids of several people; all bad names are reported together."""
    return naming.find_all(texts, lambda text: person(dex, conn, text))


def persons_or_found(dex: Dex, conn: Connection, texts: Sequence[str], query: str | None) -> list[int]:
    """The ids of those who are named and of those whom a query finds; raises UsageError where that is nobody."""
    ids = persons(dex, conn, texts)
    if query is not None:
        ids = list(dict.fromkeys([*ids, *page.find_ids(conn, dex.call(), query)]))
    if not ids:
        raise UsageError(f"the query {query!r} finds nobody", hint="dex list shows whom a query finds")
    return ids


def entry(text: str) -> int | None:
    """The number of an interaction, for `i123`; None for anything else."""
    kind, number = thing(text)
    return number if kind == "i" else None


def thing(text: str) -> tuple[str, int]:
    """The letter and number of `i123`, `c45` or `o67`; empty and 0 for anything else."""
    letter, number = text[:1], text[1:]
    if letter in ("i", "c", "o") and number.isascii() and number.isdigit() and len(number) <= _DIGITS:
        return letter, int(number)
    return "", 0


_DIGITS = 18
"""Of the largest numbers that SQLite has."""


def numbered(text: str, letter: str, what: str) -> int:
    """The number of `c45` or `o67`; raises UsageError for anything else."""
    number = text.removeprefix(letter)
    if not (number.isascii() and number.isdigit()) or len(number) > _DIGITS:
        raise UsageError(f"{text!r} is no {what}", hint=f"such as {letter}12")
    return int(number)
