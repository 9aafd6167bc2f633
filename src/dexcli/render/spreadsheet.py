"""People as a table for spreadsheets: RFC 4180, one row a person, and no cell that a spreadsheet would compute.

A spreadsheet may take `;` for the separator, as its language does: then every part of a cell is a cell.
"""

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

_OUTER = re.compile(r"[;\n]")
"""What ends a cell where `;` is taken for the separator: quotes that do not stand at its beginning are text there."""

_INNER_FORMULA = re.compile(r'[\s"]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]')
"""How what stands behind that begins; quotes there may be opened anew."""

_LIST_ITEM = re.compile(r"\s*[-+*] [^(|!#=\[]*")
"""A line of a list, as notes have them: nothing is called and nothing referred to without one of these signs."""

_PHONE = r"\+\d{1,4} \d[\d ()-]*(?: ext\. \d+)?"
_ONE_PHONE = re.compile(rf"\s*{_PHONE}")
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
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
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
    if _PHONES.fullmatch(text):
        return text
    first, *inner = _OUTER.split(text)
    marks = _OUTER.findall(text)
    return (f"'{first}" if _FORMULA.match(first) else first) + "".join(
        mark + _inner(part) for mark, part in zip(marks, inner, strict=True)
    )


def _inner(part: str) -> str:
    """What is a cell of its own where `;` separates them."""
    if not _INNER_FORMULA.match(part) or _ONE_PHONE.fullmatch(part) or _LIST_ITEM.fullmatch(part):
        return part
    blanks = len(part) - len(part.lstrip())
    return f"{part[:blanks]}'{part[blanks:]}"
