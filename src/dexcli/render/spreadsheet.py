"""People as a table for spreadsheets: RFC 4180, one row a person, and no cell that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from dexcli.domain.identifiers import phone_display
from dexcli.render.text import harmless
from dexcli.results.people import Person

BETWEEN = "; "
"""Stands between several values in one cell."""

_FORMULA = re.compile(r"\s*[=+\-@\t\r|%\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that spreadsheets compute, or could once a blank is cut off; wide signs are taken for the plain."""

_PHONE = r"\+\d{1,4} \d[\d ()-]*(?: ext\. \d+)?"
_PHONES = re.compile(rf"{_PHONE}(?:; {_PHONE})*")
"""Numbers with their blanks: no formula has a blank between two digits, so they stay as people read them."""


def _days(dates: dict[str, str]) -> str:
    return BETWEEN.join(f"{name} {day}" for name, day in dates.items())


def _fields(fields: dict[str, str]) -> str:
    return BETWEEN.join(f"{key}: {' '.join(value.split())}" for key, value in fields.items())


COLUMNS: dict[str, Callable[[Person], str | int | date | None]] = {
    "handle": lambda person: person.handle,
    "name": lambda person: person.name,
    "emails": lambda person: BETWEEN.join(person.emails),
    "phones": lambda person: BETWEEN.join(map(phone_display, person.phones)),
    "urls": lambda person: BETWEEN.join(person.urls),
    "company": lambda person: person.company,
    "title": lambda person: person.title,
    "location": lambda person: person.location,
    "addresses": lambda person: BETWEEN.join(person.addresses),
    "aliases": lambda person: BETWEEN.join(person.aliases),
    "tags": lambda person: BETWEEN.join(person.tags),
    "birthday": lambda person: person.birthday,
    "dates": lambda person: _days(person.dates),
    "met_where": lambda person: person.met_where,
    "met_on": lambda person: person.met_on,
    "cadence": lambda person: person.cadence,
    "importance": lambda person: person.importance,
    "state": lambda person: person.state,
    "last_contact_on": lambda person: person.last_contact_on,
    "next_due_on": lambda person: person.next_due_on,
    "snoozed_until": lambda person: person.snoozed_until,
    "notes": lambda person: person.notes,
    "fields": lambda person: _fields(person.fields),
    "uid": lambda person: person.uid,
}
"""In this order for ever; what is new comes behind."""


def lines(people: Iterable[Person]) -> Iterator[str]:
    """The table as text, a row at a time; the first has the titles of the columns."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    yield buffer.getvalue()
    for person in people:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_cell(read(person)) for read in COLUMNS.values()])
        yield buffer.getvalue()


def _cell(value: str | int | date | None) -> str:
    if value is None:
        return ""
    text = harmless(str(value), multiline=True)
    return f"'{text}" if _FORMULA.match(text) and not _PHONES.fullmatch(text) else text
