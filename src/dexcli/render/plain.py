"""Tab-separated text for `cut` and `awk`: columns that never change, no header, no colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from dexcli.render.text import harmless

if TYPE_CHECKING:
    from dexcli.results.stats import Stats

_NAMING = ("handle", "id", "identifier", "name", "kind", "ref", "person")
"""What stands for a nested record in a list: the first of these fields that says something."""


def lines(result: object) -> Iterator[str]:
    """The lines of a result: a row for each item of a list, or `key TAB value` for each field of one object.

    A null is an empty value; tabs, line ends and control characters within a value become spaces or go.
    """
    for row in _rows(result):
        yield "\t".join(harmless(cell(value)) for value in row)


def _rows(result: object) -> Iterator[Iterable[object]]:
    """The values of each line, by the columns of its type."""
    from dexcli.results.due import DueCount, DueList

    if isinstance(result, DueCount):
        yield (result.total,)
        return
    if isinstance(result, DueList):
        for due in result.items:
            last_on = due.last_contact.on if due.last_contact else None
            reason = "; ".join(reason.text for reason in due.reasons)
            person = due.person
            yield person.id, person.handle, person.name, due.due_on, due.overdue_days, last_on, reason
        return

    from dexcli.results.people import PeopleResult, PersonFields, PersonList

    if isinstance(result, PersonList):
        for one in result.items:
            yield one.id, one.handle, one.name, one.company, one.last_contact_on, one.next_due_on
        return
    if isinstance(result, PersonFields):
        for fields in result.items:
            yield fields.values()
        return
    if isinstance(result, PeopleResult):
        for brief in result.items:
            yield brief.id, brief.handle, brief.name, brief.tags
        return

    from dexcli.results.dates import DateList

    if isinstance(result, DateList):
        for day in result.items:
            yield day.person.id, day.person.handle, day.person.name, day.on, day.days, day.kind, day.turns
        return

    from dexcli.results.stats import Stats

    if isinstance(result, Stats):
        yield from _numbers(result)
        return

    from dexcli.results.timeline import Timeline

    if isinstance(result, Timeline):
        for entry in result.items:
            counts = any(one.counts for one in entry.participants if one.person_id == result.person.id)
            yield entry.id, entry.on, entry.kind, entry.direction, counts, entry.title
        return

    from dexcli.results.search import SearchList

    if isinstance(result, SearchList):
        from dexcli.render.search_words import marked, who

        for hit in result.items:
            yield hit.id, hit.kind, hit.on, who(hit), " · ".join(map(marked, hit.snippets))
        return

    from dexcli.results.history import History

    if isinstance(result, History):
        for change in result.operations:
            yield change.id, change.at, change.origin, change.command, change.summary, change.state
        return

    from dexcli.results.report import ImportResult
    from dexcli.results.sync import SyncResult

    if isinstance(result, ImportResult | SyncResult):
        for key, value in _pairs(result.report):
            yield key, len(value) if isinstance(value, list) else value
        return

    from dexcli.results.reach import EmailList

    if isinstance(result, EmailList):
        for match in result.items:
            yield match.email, match.name, match.handle, match.company
        return

    from dexcli.results.triage import TriageList
    from dexcli.results.why import WhyResult

    if isinstance(result, TriageList):
        for item in result.items:
            yield item.address, item.name, item.sent, item.received, item.met, item.last_on
        return
    if isinstance(result, WhyResult):
        for rule in result.reasons:
            yield rule.identifier or rule.name, rule.role, rule.counts, rule.code, rule.text
        return

    from dexcli.results.accounts import AccountList, AccountTests

    if isinstance(result, AccountList):
        for mail in result.accounts:
            yield mail.name, mail.type, mail.address, mail.host, mail.port, mail.user, mail.secret, mail.last_synced_at
        return

    if isinstance(result, AccountTests):
        for check in result.accounts:
            if check.error:
                yield check.name, "", "", False, check.error
            for folder in check.folders:
                yield check.name, folder.name, folder.messages, folder.read, folder.why
        return

    from dexcli.results.upkeep import DoctorResult

    if isinstance(result, DoctorResult):
        for examined in result.report.checks:
            yield examined.code, examined.state, examined.text, examined.remedy
        return

    from dexcli.results.setup import SchemaResult

    if isinstance(result, SchemaResult):
        for command, document in result.schemas.items():
            yield command, msgspec.json.encode(document).decode()
    elif isinstance(result, Struct):
        yield from _whole(result)
    else:
        raise TypeError(f"no plain text of a {type(result).__name__}")


def _numbers(stats: Stats) -> Iterator[Iterable[object]]:
    """What is counted, and its number: `coverage.late`, `kind.mail`, `day.2026-03-08`; of kinds also that before."""
    for name, number in _pairs(stats):
        if not isinstance(number, list):
            yield name, number
    for kind in stats.kinds:
        yield f"kind.{kind.kind}", kind.count, kind.before
    for day in stats.calendar:
        yield f"day.{day.on}", day.people
    for weekday, count in enumerate(stats.weekdays, 1):
        yield f"weekday.{weekday}", count
    for month in stats.months:
        yield f"month.{month.month.isoformat()[:7]}", month.contacts
    for person in stats.top:
        yield f"person.{person.person.handle}", person.days
    for tag in stats.tags:
        yield f"tag.{tag.name}", tag.contacts
    for company in stats.companies:
        yield f"company.{company.name}", company.contacts


def _whole(result: Struct) -> Iterator[tuple[str, object]]:
    """The fields of a result; where the first is a record, the result is about it, and its fields go bare."""
    first = result.__struct_fields__[0]
    about = getattr(result, first)
    if isinstance(about, Struct):
        yield from _pairs(about)
        yield from _pairs(result, without=first)
    else:
        yield from _pairs(result)


def _pairs(value: Struct | dict[str, Any], prefix: str = "", without: str = "") -> Iterator[tuple[str, object]]:
    """Every field with its path: `rhythm.usual_days`. Claims stay out: who says what is for JSON."""
    named = value if isinstance(value, dict) else {name: getattr(value, name) for name in value.__struct_fields__}
    for name, inner in named.items():
        if name in (without, "claims"):
            continue
        if isinstance(inner, Struct | dict):
            yield from _pairs(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", inner


def cell(value: object) -> str:
    """A value as text: nothing for null, the members of a list with commas between them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(cell(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}={cell(item)}" for key, item in value.items())
    if isinstance(value, Struct):
        return cell(next((word for name in _NAMING if (word := getattr(value, name, None))), None))
    return str(value)
