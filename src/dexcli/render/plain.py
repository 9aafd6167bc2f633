"""Tab-separated text for `cut` and `awk`: columns that never change, no header, no colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from dexcli.render.text import harmless

if TYPE_CHECKING:
    from dexcli.results.accounts import AccountList, AccountTests
    from dexcli.results.dates import DateList
    from dexcli.results.draft import DraftResult
    from dexcli.results.due import DueList
    from dexcli.results.history import History
    from dexcli.results.people import PeopleResult, PersonList
    from dexcli.results.reach import EmailList
    from dexcli.results.report import ImportResult
    from dexcli.results.search import SearchList
    from dexcli.results.setup import SchemaResult
    from dexcli.results.stats import Stats
    from dexcli.results.sync import SyncResult
    from dexcli.results.timeline import Timeline
    from dexcli.results.triage import TriageList
    from dexcli.results.upkeep import BackupList, DoctorResult
    from dexcli.results.why import WhyResult

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
    rows = _ROWS.get(type(result).__name__)
    if rows is not None:
        return rows(result)
    if isinstance(result, Struct):
        return _whole(result)
    raise TypeError(f"no plain text of a {type(result).__name__}")


def _due(result: DueList) -> Iterator[Iterable[object]]:
    for due in result.items:
        last_on = due.last_contact.on if due.last_contact else None
        reason = "; ".join(reason.text for reason in due.reasons)
        person = due.person
        yield person.id, person.handle, person.name, due.due_on, due.overdue_days, last_on, reason


def _people(result: PersonList) -> Iterator[Iterable[object]]:
    for one in result.items:
        yield one.id, one.handle, one.name, one.company, one.last_contact_on, one.next_due_on


def _briefs(result: PeopleResult) -> Iterator[Iterable[object]]:
    for brief in result.items:
        yield brief.id, brief.handle, brief.name, brief.tags


def _dates(result: DateList) -> Iterator[Iterable[object]]:
    for day in result.items:
        yield day.person.id, day.person.handle, day.person.name, day.on, day.days, day.kind, day.turns


def _timeline(result: Timeline) -> Iterator[Iterable[object]]:
    for entry in result.items:
        counts = any(one.counts for one in entry.participants if one.person_id == result.person.id)
        yield entry.id, entry.on, entry.kind, entry.direction, counts, entry.title


def _found(result: SearchList) -> Iterator[Iterable[object]]:
    from dexcli.render.search_words import marked, who

    for hit in result.items:
        yield hit.id, hit.kind, hit.on, who(hit), " · ".join(map(marked, hit.snippets))


def _backups(result: BackupList) -> Iterator[Iterable[object]]:
    for copy in result.items:
        yield copy.name, copy.at, copy.made_by, copy.bytes, copy.people, copy.interactions


def _history(result: History) -> Iterator[Iterable[object]]:
    for change in result.operations:
        yield change.id, change.at, change.origin, change.command, change.summary, change.state


def _report(result: ImportResult | SyncResult) -> Iterator[Iterable[object]]:
    """The totals; of a list its length."""
    for key, value in _pairs(result.report):
        yield key, len(value) if isinstance(value, list) else value


def _draft(result: DraftResult) -> Iterator[Iterable[object]]:
    for step in result.draft.items:
        yield step.row, step.action, step.person, step.name, step.entries, step.confidence, step.reason, step.where


def _emails(result: EmailList) -> Iterator[Iterable[object]]:
    for match in result.items:
        yield match.email, match.name, match.handle, match.company


def _strangers(result: TriageList) -> Iterator[Iterable[object]]:
    for item in result.items:
        yield item.address, item.name, item.sent, item.received, item.met, item.last_on


def _why(result: WhyResult) -> Iterator[Iterable[object]]:
    for rule in result.reasons:
        yield rule.identifier or rule.name, rule.role, rule.counts, rule.code, rule.text


def _accounts(result: AccountList) -> Iterator[Iterable[object]]:
    for mail in result.accounts:
        yield mail.name, mail.type, mail.address, mail.host, mail.port, mail.user, mail.secret, mail.last_synced_at


def _account_tests(result: AccountTests) -> Iterator[Iterable[object]]:
    for check in result.accounts:
        if check.error:
            yield check.name, "", "", False, check.error
        for folder in check.folders:
            yield check.name, folder.name, folder.messages, folder.read, folder.why


def _doctor(result: DoctorResult) -> Iterator[Iterable[object]]:
    for examined in result.report.checks:
        yield examined.code, examined.state, examined.text, examined.remedy


def _schemas(result: SchemaResult) -> Iterator[Iterable[object]]:
    for command, document in result.schemas.items():
        yield command, msgspec.json.encode(document).decode()


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


_ROWS: Mapping[str, Callable[[Any], Iterator[Iterable[object]]]] = {
    "AccountList": _accounts,
    "AccountTests": _account_tests,
    "BackupList": _backups,
    "DateList": _dates,
    "DoctorResult": _doctor,
    "DraftResult": _draft,
    "DueCount": lambda result: iter([(result.total,)]),
    "DueList": _due,
    "EmailList": _emails,
    "History": _history,
    "ImportResult": _report,
    "PeopleResult": _briefs,
    "PersonFields": lambda result: (fields.values() for fields in result.items),
    "PersonList": _people,
    "SchemaResult": _schemas,
    "SearchList": _found,
    "Stats": _numbers,
    "SyncResult": _report,
    "Timeline": _timeline,
    "TriageList": _strangers,
    "WhyResult": _why,
}
"""The lines of each type of result by its name, so that no type is loaded for another; the others are told whole."""
