"""What is exported: the entries of a calendar as data, and what `export` says about the file that it wrote."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from dexcli.results.due import LastContact
from dexcli.results.interactions import CommitmentInfo
from dexcli.results.people import PersonBrief


class YearlyEvent(Struct, frozen=True, kw_only=True):
    """A yearly date of a person."""

    uid: str
    """The same on every run."""
    stamp: datetime
    """When what we know of the person was last changed."""
    person: PersonBrief
    kind: str
    month: int
    day: int
    year: int | None
    """Of the first one, where it is known."""
    on: date | None
    """The next time; null at the end of the calendar."""
    turns: int | None
    """Years completed then."""
    lead_days: int
    """Notice of it in days."""


class ContactTask(Struct, frozen=True, kw_only=True):
    """Somebody to get in touch with."""

    uid: str
    stamp: datetime
    person: PersonBrief
    due_on: date
    score: float
    """How urgent it is, as the due list is ranked."""
    reasons: list[str]
    last_contact: LastContact | None


class CommitmentTask(Struct, frozen=True, kw_only=True):
    """An open promise or reminder."""

    uid: str
    stamp: datetime
    person: PersonBrief
    commitment: CommitmentInfo


class CalendarExport(Struct, frozen=True, kw_only=True):
    """The entries of a calendar, by person."""

    events: list[YearlyEvent]
    contacts: list[ContactTask]
    commitments: list[CommitmentTask]


class ExportReport(Struct, frozen=True, kw_only=True):
    """What a file holds that was written."""

    format: str
    """`vcard`, `vcard3`, `csv`, `jsonl` or `ics`."""
    output: str
    people: int
    """Of whom something is in it."""
    events: int
    """Of a calendar: yearly dates."""
    tasks: int
    """Of a calendar."""
    entries: int = 0
    """Of history, where everything is exported."""


class ExportResult(Struct, frozen=True, kw_only=True):
    """A file that was written."""

    report: ExportReport
    done: str
