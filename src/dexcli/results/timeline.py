"""What `timeline` returns."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from dexcli.results.interactions import Interaction
from dexcli.results.people import PersonBrief


class TimelineYear(Struct, frozen=True, kw_only=True):
    """What a year holds, as far as the filters let it."""

    year: int
    days: int
    """Of contact."""
    contacts: dict[str, int]
    """Interactions that count with the person, by kind, most first."""
    others: dict[str, int]
    """Those that do not."""


class Milestone(Struct, frozen=True, kw_only=True):
    """A day that is no interaction."""

    on: date
    kind: str
    """`met`, `first` (the first trace, where nobody typed how we met) or `deceased`."""
    text: str | None
    """Of `met`: where."""


class Timeline(Struct, frozen=True, kw_only=True):
    """Everything with a person, or a page of it."""

    person: PersonBrief
    as_of: date
    since: date | None
    until: date | None
    kind: str | None
    oldest_first: bool
    total: int
    """Interactions that the filters let pass, on all pages."""
    years: list[TimelineYear]
    """All of them, in the order of the items."""
    items: list[Interaction]
    milestones: list[Milestone]
    """Those whose day lies on this page."""
    next: str | None
    """What `--after` takes to go on behind the last item; null where nothing is left."""
