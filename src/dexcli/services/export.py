"""What leaves the database for other programs: gathered here, written by one writer for each format."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from uuid import UUID, uuid5

from msgspec import Struct

from dexcli.domain.due import lead_of
from dexcli.errors import NotFoundError, UsageError
from dexcli.results.export import (
    CalendarExport,
    CommitmentTask,
    ContactTask,
    ExportReport,
    ExportResult,
    YearlyEvent,
)
from dexcli.services.cards import AT_A_TIME, cards
from dexcli.services.invocation import Invocation
from dexcli.services.page import coming, find_ids, find_these
from dexcli.store import commitments, occasions, people
from dexcli.store.connection import Connection
from dexcli.store.due import DueView, last_contact
from dexcli.store.standing import derive

Pieces = Iterator[tuple[str, bytes]]
"""What is written, one after another: the name of the file of its own that each could be, and its bytes."""


class Written(Struct, kw_only=True):
    """What a format says about the people whom a query finds. It is read as it is written, and counted then."""

    pieces: Pieces = iter(())
    is_folder: bool = False
    """Whether each piece can be a file of its own."""
    people: int = 0
    events: int = 0
    tasks: int = 0
    entries: int = 0
    found_nobody: bool = False
    """Whether there was a query, and nobody whom it finds."""


def export(conn: Connection, call: Invocation, format: str, query: str = "") -> Written:  # noqa: A002 - its name here
    """The people whom a query finds, in a format of `FORMATS`; raises UsageError for another."""
    if format not in NAMES:
        raise UsageError(f"there is no format {format!r} to export", hint=TAKES)
    if format == EVERYTHING:
        if query.strip():
            raise UsageError(
                f"{EVERYTHING} is everything and takes no query",
                hint="take vcard or csv for some; dex list QUERY --jsonl tells scripts about them",
            )
        return _everything(conn, call)
    found = find_ids(conn, call, query)
    written = FORMATS[format](conn, call, found)
    written.found_nobody = bool(query.strip()) and not found
    return written


def refuse_to_empty(output: str, query: str, hint: str) -> None:
    """Raise NotFoundError where a query that finds nobody, maybe a slip of the hand, would leave nothing of a file."""
    path = Path(output)
    if path.is_file() and path.stat().st_size:
        raise NotFoundError(f"the query {query!r} finds nobody; {output} stays as it is", hint=hint)


def refuse_our_own(output: str, database: Path, config: Path | None) -> None:
    """Raise UsageError where an export would take the place of a database, what belongs to ours, or the settings."""
    path = Path(output)
    own = [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal", ".lock"))]
    if config is not None:
        own.append(config)
    for one in own:
        if path.resolve() == one.resolve() or (path.exists() and one.exists() and path.samefile(one)):
            raise UsageError(f"{output} is what dex itself works with", hint="name another file")
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(_DATABASE)) == _DATABASE:
                raise UsageError(f"{output} is a database", hint="name another file, or move it away first")


_DATABASE = b"SQLite format 3\0"
"""How the files of SQLite begin."""


def to_file(written: Written, format: str, output: str) -> ExportResult:  # noqa: A002 - its name here
    """Put what is written in the place of a file, for its owner alone; what was there stays if that fails.

    Where `output` is a folder, or ends as one, and the format has a file for each, there is a file for each in it.
    """
    path = Path(output)
    if written.is_folder and (path.is_dir() or output.endswith(os.sep)):
        new = _into_folder(path, written.pieces)
        where = f"{path}{os.sep}: {_counted(new, 'file')} new or changed"
    else:
        replace(path, (data for _, data in written.pieces))
        where = str(path)
    what = _counted(written.people, "person", "people")
    if format == "ics":
        what = f"{_counted(written.events, 'date')} and {_counted(written.tasks, 'task')} of {what}"
    elif format == EVERYTHING:
        what = f"{what} and {_counted(written.entries, 'entry', 'entries')}"
    return ExportResult(
        report=ExportReport(
            format=format,
            output=str(path),
            people=written.people,
            events=written.events,
            tasks=written.tasks,
            entries=written.entries,
        ),
        done=f"exported {what} to {where}",
    )


def _into_folder(folder: Path, pieces: Pieces) -> int:
    """Write each piece to a file of its own, and leave those alone that say the same already; returns how many."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    changed = 0
    for name, data in pieces:
        path = folder / name
        try:
            same = path.is_file() and path.read_bytes() == data
        except OSError as error:
            raise _cannot_write(path, error) from error
        if not same:
            replace(path, [data])
            changed += 1
    return changed


def replace(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a whole file, mode 0600: a reader sees the old one or the new one. A pipe or device is written to."""
    import tempfile

    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("wb") as stream:
                stream.writelines(pieces)
            return
        path = path.resolve()  # a link to a file kept elsewhere stays one
        if path.is_dir():
            raise UsageError(f"{path} is a folder", hint="name a file in it")
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:_STEM]}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {path}: {error.strerror}", hint="name another place with --output")


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
    pieces = iter([("", document(found))])
    return Written(pieces=pieces, people=len({*who, *whom}), events=len(who), tasks=len(whom))


def _cards(version: str) -> Writer:
    def write(conn: Connection, _: Invocation, person_ids: list[int]) -> Written:
        from dexcli.render.vcard import document

        pieces = ((f"{card.uid}.vcf", document(card, version)) for card in cards(conn, person_ids))
        return Written(pieces=pieces, is_folder=True, people=len(person_ids))

    return write


def _table(conn: Connection, call: Invocation, person_ids: list[int]) -> Written:
    from dexcli.render.spreadsheet import lines

    portions = (
        find_these(conn, call, person_ids[first : first + AT_A_TIME]) for first in range(0, len(person_ids), AT_A_TIME)
    )
    people = (person for portion in portions for person in portion)
    return Written(pieces=(("", line.encode()) for line in lines(people)), people=len(person_ids))


def _everything(conn: Connection, call: Invocation) -> Written:
    from dexcli.services.transfer import lines

    written = Written()
    written.pieces = (("", data) for data in lines(conn, call.now, written))
    return written


EVERYTHING = "jsonl"
"""The format that has all there is, whomever a query would find."""

Writer = Callable[[Connection, Invocation, list[int]], Written]

FORMATS: Mapping[str, Writer] = {"vcard": _cards("4.0"), "vcard3": _cards("3.0"), "csv": _table, "ics": _ics}
"""The writer of each format."""

NAMES = (*FORMATS, EVERYTHING)
"""What `--as` takes."""

TAKES = f"--as takes one of: {', '.join(NAMES)}"


def _uid(person_uid: str, what: str) -> str:
    """An id that the same thing has on every run, on every machine (RFC 9562, 5.5)."""
    return str(uuid5(UUID(person_uid), what))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
