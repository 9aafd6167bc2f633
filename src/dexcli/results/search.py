"""What `dex search` returns."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from dexcli.results.people import PersonBrief


class SnippetInfo(Struct, frozen=True, kw_only=True):
    """A part of a text with the hits in it."""

    field: str
    """Of an entry `title`, `body` or `place`; of a person `name`, `tag` or what is said: `company`, `note`."""
    text: str
    """One line of it as it was written, with `…` where it was cut."""
    marks: list[tuple[int, int]]
    """Where each hit begins and ends, in characters of `text`."""


class SearchWho(Struct, frozen=True, kw_only=True):
    """Somebody who took part in an entry."""

    person_id: int | None
    """Null: nobody has claimed the address."""
    handle: str | None
    name: str | None
    identifier: str
    """The address or number; empty where the entry was written by hand."""
    state: str | None


class SearchItem(Struct, frozen=True, kw_only=True):
    """A person, or an entry of the logbook."""

    id: str
    """`7` or `i120`: what `dex show` takes."""
    kind: str
    """`person`, or what the entry was: `mail`, `meeting`."""
    person: PersonBrief | None
    """Null for an entry."""
    on: date | None
    """Null for a person, as are the fields below."""
    at: datetime | None
    direction: str | None
    title: str | None
    participants: list[SearchWho]
    snippets: list[SnippetInfo]
    """Of an entry its title, and whatever else was found; of a person what was found."""


class SearchList(Struct, frozen=True, kw_only=True):
    """People, then history, newest first."""

    as_of: date
    total: int
    """How many fit, people and entries; `items` may be limited."""
    total_exact: bool
    """False: there are more than `total`, and nobody counted further."""
    people: int
    """How many of the total are people."""
    ahead: int
    """Entries of days to come that fit as well and are not counted above; 100 at most. `since:` and `on:` find them."""
    items: list[SearchItem]
