"""What `open`, `mail`, `call` and `email` return."""

from __future__ import annotations

from msgspec import Struct

from dexcli.results.people import PersonBrief


class Reach(Struct, frozen=True, kw_only=True):
    """How somebody is reached: a link for another program."""

    link: str
    """`https:`, `mailto:` or `tel:`."""
    people: list[PersonBrief]
    targets: list[str]
    """The pages, addresses or numbers behind it, as they are known."""
    others: list[str]
    """Further ones of the same people."""


class EmailMatch(Struct, frozen=True, kw_only=True):
    """An address that fits what was typed."""

    email: str
    name: str
    person_id: int | None
    """Null: nobody has claimed it; you have written to it."""
    handle: str | None
    company: str | None


class EmailList(Struct, frozen=True, kw_only=True):
    """Addresses of whom a few letters name, whom you were in touch with last first."""

    total: int
    items: list[EmailMatch]
