"""What leaves the database for other programs: gathered here, written by one writer for each format."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from uuid import UUID, uuid5

from msgspec import Struct

from dexcli.domain.due import lead_of
from dexcli.errors import UsageError
from dexcli.results.export import (
    CalendarExport,
    CommitmentTask,
    ContactTask,
    ExportReport,
    ExportResult,
    YearlyEvent,
)
from dexcli.services.invocation import Invocation
from dexcli.services.page import coming, find_ids
from dexcli.store import commitments, occasions, people
from dexcli.store.connection import Connection
from dexcli.store.due import DueView, last_contact
from dexcli.store.standing import derive


class Written(Struct, frozen=True, kw_only=True):
    """A format's text about the people whom a query finds."""

    data: bytes
    people: int
    events: int = 0
    tasks: int = 0


def export(conn: Connection, call: Invocation, format: str, query: str = "") -> Written:  # noqa: A002 - its name here
    """The people whom a query finds, in a format of `FORMATS`; raises UsageError for another."""
    if format not in FORMATS:
        raise UsageError(f"there is no format {format!r} to export", hint=f"--as {' or '.join(FORMATS)}")
    return FORMATS[format](conn, call, find_ids(conn, call, query))


def to_file(written: Written, format: str, path: Path) -> ExportResult:  # noqa: A002 - its name here
    """Put what was written in the place of a file, for its owner alone; what was there stays if that fails."""
    replace(path, written.data)
    what = f"{_counted(written.events, 'date')} and {_counted(written.tasks, 'task')}"
    return ExportResult(
        report=ExportReport(
            format=format, output=str(path), people=written.people, events=written.events, tasks=written.tasks
        ),
        done=f"exported {what} of {_counted(written.people, 'person', 'people')} to {path}",
    )


def replace(path: Path, data: bytes) -> None:
    """Write a whole file, mode 0600: a reader sees the old one or the new one. A pipe or device is written to."""
    import tempfile

    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(data)
            return
        path = path.resolve()  # a link to a file kept elsewhere stays one
        if path.is_dir():
            raise UsageError(f"{path} is a folder", hint="name a file in it")
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:_STEM]}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", hint="name another file with --output") from error


_STEM = 100
"""Characters of a file's name that its temporary file shares, so that both are short enough for any file system."""


def calendar(conn: Connection, call: Invocation, person_ids: list[int]) -> CalendarExport:
    """Yearly dates, whom to get in touch with today, and what is promised or to be reminded of."""
    wanted = set(person_ids)
    view = DueView(conn, today=call.today, horizon=call.today, settings=call.settings)
    listed = {item.person_id: (item, derived) for item, derived in view.total_and_top(0)[1] if item.person_id in wanted}
    briefs = people.briefs(conn, person_ids)
    stamps = people.changed_at(conn, person_ids)
    events, contacts = [], []
    for person_id, _ in groupby(occasions.of_people(conn, person_ids), key=itemgetter(0)):
        found = derive(conn, person_id, call.today, call.settings)
        if found is None:
            continue
        for occasion in found.facts.occasions:
            info = coming(occasion, call.today)
            events.append(
                YearlyEvent(
                    uid=_uid(briefs[person_id].uid, f"occasion:{occasion.kind}"),
                    stamp=stamps[person_id],
                    person=briefs[person_id],
                    kind=occasion.kind,
                    month=occasion.month,
                    day=occasion.day,
                    year=occasion.year,
                    on=info.on if info else None,
                    turns=info.turns if info and briefs[person_id].state != "deceased" else None,
                    lead_days=lead_of(found.facts, occasion),
                )
            )
    for person_id in sorted(listed):
        item, derived = listed[person_id]
        reasons = [reason for reason in item.reasons if reason.part in ("cadence", "reply")]
        if reasons:
            contacts.append(
                ContactTask(
                    uid=_uid(briefs[person_id].uid, "due"),
                    stamp=stamps[person_id],
                    person=briefs[person_id],
                    due_on=min(reason.due_on for reason in reasons),
                    score=item.score,
                    reasons=[reason.text for reason in reasons],
                    last_contact=last_contact(conn, derived.last_interaction_id),
                )
            )
    promised = [
        CommitmentTask(
            uid=_uid(briefs[one.person_id].uid, f"commitment:{one.id}"),
            stamp=_midnight(one.created_on),
            person=briefs[one.person_id],
            commitment=one,
        )
        for one in commitments.open_of(conn, person_ids)
    ]
    return CalendarExport(events=events, contacts=contacts, commitments=promised)


def _ics(conn: Connection, call: Invocation, person_ids: list[int]) -> Written:
    from dexcli.render.ics import document

    found = calendar(conn, call, person_ids)
    who = [entry.person.id for entry in found.events]
    whom = [entry.person.id for entry in found.contacts] + [entry.person.id for entry in found.commitments]
    return Written(data=document(found), people=len({*who, *whom}), events=len(who), tasks=len(whom))


FORMATS: Mapping[str, Callable[[Connection, Invocation, list[int]], Written]] = {"ics": _ics}
"""The writer of each format."""


def _uid(person_uid: str, what: str) -> str:
    """An id that the same thing has on every run, on every machine (RFC 9562, 5.5)."""
    return str(uuid5(UUID(person_uid), what))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
