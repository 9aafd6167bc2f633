"""What `dates` returns."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from dexcli.results.people import PersonBrief


class DateItem(Struct, frozen=True, kw_only=True):
    """A yearly date of a person, the next time that it comes."""

    person: PersonBrief
    kind: str
    """`birthday`, `anniversary` or what else it is called."""
    on: date
    days: int
    """Until then: 0 is today."""
    year: int | None
    """Of the first one, where it is known."""
    turns: int | None
    """Years completed then; null where the year is not known, and of the dead."""
    month_day: str = ""
    """`02-29`: the date itself, where `on` is another day because that year has no 29 February."""


class DateList(Struct, frozen=True, kw_only=True):
    """Yearly dates, soonest first."""

    as_of: date
    until: date | None
    """The last day that was looked at; null: each date once, the next time that it comes."""
    total: int
    """How many there are; `items` may be limited."""
    items: list[DateItem]
