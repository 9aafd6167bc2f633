"""Drafts: what an import would do, as text to be edited; and doing what it says, all or nothing."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from dexcli.domain.draft import SAME, Draft, Head, Line, change_refused, parse
from dexcli.domain.records import Skipped
from dexcli.errors import DexError, StaleDraftError, UsageError
from dexcli.render.draft_file import text_of
from dexcli.results.draft import DraftInfo, DraftResult
from dexcli.results.report import ImportResult, Report
from dexcli.services import naming, transfer
from dexcli.services.drafting import Plan, Planned, Planner
from dexcli.services.export import replace
from dexcli.services.following import Follower, Order
from dexcli.services.importing import import_path
from dexcli.services.ingest import Progress, at_once
from dexcli.services.invocation import Invocation
from dexcli.services.tally import Job
from dexcli.sources import archive
from dexcli.store import drafts as store
from dexcli.store.connection import Connection, transaction
from dexcli.store.journal import Operation, start

_BLOCK = 1 << 20
_TOLD = 5
"""So many lines of a stale draft are told of."""


# -- making one --------------------------------------------------------------------------------------


def draft(
    conn: Connection,
    call: Invocation,
    path: Path,
    *,
    file: str,
    format: str | None = None,  # noqa: A002 - the user's word
    columns: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> tuple[DraftResult, str]:
    """What importing a path would do, and that as text for `file`; `conn` is a copy on which it is tried.

    Raises what the import would raise; UsageError for what is imported whole or not at all.
    """
    _refuse_everything(path, format)
    trial = msgspec.structs.replace(call, dry_run=True)
    plans: list[Plan] = []
    digest = fingerprint(path) if os.path.exists(path) else ""  # noqa: PTH110  # Path.exists may raise

    def run(conn: Connection, jobs: Sequence[Job], title: str) -> list[Report]:
        with transaction(conn):
            reports, plan, _ = plan_out(conn, trial, jobs, title, progress)
        plans.append(plan)
        return reports

    rules = _rules(conn, call)  # before the import learns who I am
    result = import_path(conn, trial, path, format=format, columns=columns, run=run)
    (plan,) = plans
    rows = [one.shown for one in plan.rows]
    head = Head(
        source=path.absolute().as_uri(),
        digest=digest,
        made=call.today,
        rules=rules,
        count=len(rows),
        rows=plan.digest,
        format=format,
        columns=columns or {},
    )
    info = DraftInfo(file=file, written=not call.dry_run, rows=len(rows), items=rows)
    return (
        DraftResult(report=result.report, parts=result.parts, draft=info),
        text_of(head, rows, what=f"{result.report.what}, {result.report.source}", file=file),
    )


def _refuse_everything(path: Path, format: str | None) -> None:  # noqa: A002 - the user's word
    """Raise UsageError for what is imported whole or not at all."""
    if format == transfer.FORMAT or (format is None and transfer.is_everything(path)):
        raise UsageError(
            f"{path} is everything of another database: there is nothing to choose",
            hint="import it into an empty one: dex --db NEW.db import FILE",
        )


def plan_out(
    conn: Connection, call: Invocation, jobs: Sequence[Job], title: str, progress: Progress | None
) -> tuple[list[Report], Plan, Operation]:
    """Run an import that decides by itself, in a transaction of the caller, and tell what it did."""
    planner = Planner(conn)
    op = start(conn, now=call.now, command=call.command, origin="import")
    reports = at_once(op, jobs, title=title, course=planner, progress=progress)
    return reports, planner.plan(reports), op


def _rules(conn: Connection, call: Invocation) -> str:
    return store.rules_of(conn, call.region, call.date_order)


def fingerprint(path: Path) -> str:
    """A digest of a file, or of the names and bytes of all files in a folder. Raises UsageError for what is no file."""
    told = hashlib.sha256()
    if not path.is_dir():
        _hash_file(path, told)
        return told.hexdigest()
    for file in archive.members(path):
        if isinstance(file, Skipped):
            told.update(f"{file.where}\0{file.reason}\0".encode())
            continue
        told.update(f"{file.path}\0".encode(errors="surrogateescape"))
        with file.open() as stream:
            while block := stream.read(_BLOCK):
                told.update(block)
        told.update(b"\0")
    return told.hexdigest()


def _hash_file(path: Path, told: hashlib._Hash) -> None:
    if not path.is_file():
        raise UsageError(f"{path} is no file that can be read twice", hint="save it as a file first")
    with archive.file_at(path).open() as stream:
        while block := stream.read(_BLOCK):
            told.update(block)


def write(file: str, text: str) -> None:
    """Write a whole draft for its owner alone, where nothing is yet. Raises UsageError otherwise."""
    refuse_file(file)
    try:
        replace(Path(file), [text.encode()])
    except UsageError as error:
        raise UsageError(error.message, hint=_ELSEWHERE) from error


def refuse_file(file: str) -> None:
    """Raise UsageError where a draft would take the place of a file, which may be one that was edited, or has none."""
    folder = os.path.dirname(file) or "."  # noqa: PTH120  # as below
    if os.path.isfile(file):  # noqa: PTH113  # Path.is_file raises where a folder on the way is closed
        raise UsageError(f"{file} is there already", hint="apply it, remove it, or name another file")
    if os.path.isdir(file):  # noqa: PTH112  # as above
        raise UsageError(f"{file} is a folder", hint=_ELSEWHERE)
    if not os.path.isdir(folder):  # noqa: PTH112  # as above
        raise UsageError(f"there is no folder {folder}", hint=_ELSEWHERE)


_ELSEWHERE = "name another place: --draft FILE"


# -- applying one ------------------------------------------------------------------------------------


def apply(
    conn: Connection, call: Invocation, text: str, *, name: str, progress: Progress | None = None
) -> ImportResult:
    """Do what a draft says, in one transaction and one operation; `name` is told in messages.

    Raises UsageError for what cannot be read or done, StaleDraftError where the source or the people concerned are not
    as they were; then nothing was changed.
    """
    said = parse(text, name)
    path = _path_of(said.head.source, name)
    if not os.path.exists(path):  # noqa: PTH110  # Path.exists raises where a folder on the way is closed
        raise UsageError(f"the source of {name} is not there: {path}", hint="put it back, or make a new draft")
    _refuse_everything(path, said.head.format)
    if fingerprint(path) != said.head.digest:
        raise _stale(f"{path} is not as it was when {name} was made", path)
    if _rules(conn, call) != said.head.rules:
        raise _stale(f"your own addresses or settings are not as they were when {name} was made", path)

    def run(conn: Connection, jobs: Sequence[Job], title: str) -> list[Report]:
        return carry_out(conn, call, said, jobs, title=title, name=name, progress=progress)

    moment = call.now.replace(year=said.head.made.year, month=said.head.made.month, day=said.head.made.day)
    reading = msgspec.structs.replace(call, now=moment)
    return import_path(conn, reading, path, format=said.head.format, columns=said.head.columns, run=run)


def carry_out(
    conn: Connection,
    call: Invocation,
    said: Draft,
    jobs: Sequence[Job],
    *,
    title: str,
    name: str,
    progress: Progress | None = None,
) -> list[Report]:
    """Read sources as a draft says, in one transaction that first makes the draft again and compares."""
    title = f"{title}, by a draft"
    with transaction(conn):
        _refuse_again(conn, said, name)
        conn.execute("savepoint draft")
        reports, plan, op = plan_out(conn, call, jobs, title, progress)
        _refuse_stale(plan, said, name)
        if any(_is_changed(row, said.lines.get(row.row)) for row in plan.rows):
            conn.execute("rollback to draft")
            course = Follower(plan, _orders(conn, call, plan, said, name), name)
            op = start(conn, now=call.now, command=call.command, origin="import")
            reports = at_once(op, jobs, title=title, course=course, progress=progress)
        store.keep_applied(op, said.head.rows)
    kept = {row for row, line in said.lines.items() if line.action != "skip"}
    if left_out := sum(row.row not in kept and row.action != "skip" for row in plan.rows):
        note = f"left out, as the draft says: {'1 row' if left_out == 1 else f'{left_out:,} rows'}"
        reports[0] = msgspec.structs.replace(reports[0], notes=[*reports[0].notes, note])
    return reports


def _path_of(uri: str, name: str) -> Path:
    parts = urlsplit(uri)
    path = unquote_to_bytes(parts.path)
    if parts.scheme != "file" or parts.netloc or not path or b"\0" in path:
        raise UsageError(f"{name}: its source {uri!r} is no file", hint="make a new draft", code="draft")
    return Path(os.fsdecode(path))


def _stale(message: str, path: Path) -> StaleDraftError:
    return StaleDraftError(
        message, hint=f"nothing was changed; make a new draft: dex import {shlex.quote(str(path))} --draft FILE"
    )


def _refuse_again(conn: Connection, said: Draft, name: str) -> None:
    by = store.applied_by(conn, said.head.rows)
    if by is not None:
        raise StaleDraftError(
            f"{name} was applied already (o{by})",
            hint=f"make a new draft for the rest, or take it back first: dex undo o{by}",
        )


def _refuse_stale(plan: Plan, said: Draft, name: str) -> None:
    """Raise StaleDraftError unless the draft would be made again as it is, UsageError for rows that never were."""
    rows = {one.row for one in plan.rows}
    unknown = [line for line in said.lines.values() if line.row not in rows]
    if plan.digest == said.head.rows:
        if unknown:
            raise UsageError(
                "\n".join(f"{name}: line {line.number}: there is no row {line.row}" for line in unknown[:_TOLD]),
                hint="nothing was changed; lines can be changed and deleted, not made up",
                code="draft",
            )
        return
    told = [f"line {line.number}: {line.action} {line.row} {_about(line)}".rstrip() for line in unknown[:_TOLD]]
    if len(unknown) > _TOLD:
        told.append(f"and {len(unknown) - _TOLD:,} more")
    if not told:
        told = ["something would be done that is not in it"]
    raise _stale(
        "\n".join([f"{name} was made against another state: these are not so any more", *told]),
        _path_of(said.head.source, name),
    )


def _about(line: Line) -> str:
    """What stands behind `#`, its columns with commas between them."""
    columns = [column.strip() for column in line.about.split("  ")]
    return ", ".join(column for column in columns if column)


def _is_changed(row: Planned, line: Line | None) -> bool:
    """Whether somebody wants something else of a row than it was when the draft was made."""
    if line is None or line.action != row.action:
        return row.action != "skip" or (line is not None and line.action != "skip")
    return line.action in ("link", "update") and line.person != (row.shown.person or "")


def _orders(conn: Connection, call: Invocation, plan: Plan, said: Draft, name: str) -> dict[int, Order]:
    """What is to be done with each row that is not skipped. Raises UsageError that tells of every line in the way."""
    numbers = {row.row: number for number, row in enumerate(plan.rows)}
    orders: dict[int, Order] = {}
    faults: list[str] = []
    hints: list[str] = []
    for line in sorted(said.lines.values(), key=lambda one: numbers[one.row]):
        number = numbers[line.row]
        if line.action == "skip":
            continue
        try:
            orders[number] = _order(conn, call, plan, number, line, numbers, orders)
        except DexError as error:
            faults.append(f"{name}: line {line.number}: {error.message}")
            hints += [error.hint] if error.hint else []
    if faults:
        hints = list(dict.fromkeys(["nothing was changed", *hints]))
        raise UsageError("\n".join(faults), hint="\n".join(hints[:_TOLD]), code="draft")
    return orders


def _order(
    conn: Connection,
    call: Invocation,
    plan: Plan,
    number: int,
    line: Line,
    numbers: Mapping[str, int],
    orders: Mapping[int, Order],
) -> Order:
    row = plan.rows[number]
    changed = _is_changed(row, line)
    refused = change_refused(row.action, line.action, entries=row.place is None, fixed=row.fixed)
    if refused is None and changed and (row.action == "update" or row.place is None):
        refused = f"an {row.action} belongs to {row.shown.person or 'no person'}, and can only be left, or skipped"
    if refused:
        raise UsageError(refused)
    if not line.person or row.place is None or row.why == "mine":
        return Order(line=line.number, action=line.action, changed=changed)
    if not changed and row.by is None:
        return Order(line=line.number, action=line.action, person_id=row.person_id, changed=False)
    if not line.person.startswith(SAME):
        person_id = naming.find(conn, line.person, region=call.region)
        return Order(line=line.number, action=line.action, person_id=person_id, changed=changed)
    by = numbers.get(line.person.removeprefix(SAME))
    if by is None:
        raise UsageError(f"there is no row {line.person.removeprefix(SAME)}")
    if by >= number:
        raise UsageError(f"row {plan.rows[by].row} comes later in the source: link that one to this")
    if plan.rows[by].why == "mine" or by not in orders:
        raise UsageError(f"row {plan.rows[by].row} is skipped, or about you: skip this one too, or name a person")
    return Order(line=line.number, action=line.action, by=by, changed=changed)
