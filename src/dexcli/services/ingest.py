"""THE pipeline: every importer and every sync goes through `ingest`.

A source yields records; the domain says whom they are about and whether they count; the store writes each batch and the
cursor behind it in one short transaction. A killed run goes on under the same operation; reading twice changes nothing.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from itertools import islice

from dexcli.domain.records import Checkpoint, Gone, InteractionRecord, LeftOut, PersonRecord, Skipped, SourceItem
from dexcli.errors import ServerError, StoreError, UndoConflictError, UsageError
from dexcli.results.report import Report, SkippedItem
from dexcli.services.course import Course
from dexcli.services.interaction_records import HistoryWriter
from dexcli.services.people_records import PeopleWriter
from dexcli.services.reading import Met, Reading, asked
from dexcli.services.tally import Job, Tally, report, summary
from dexcli.sources.base import Source
from dexcli.store import feeds, runs
from dexcli.store import ingest as store
from dexcli.store.connection import Connection, transaction
from dexcli.store.journal import Operation, discard, finish, resume, start

__all__ = ["BrokenOffError", "Job", "Progress", "at_once", "ingest", "ingest_all"]

SECONDS = 0.2
"""A batch is committed when it has taken so long, so that a shell command gets its turn."""

PAUSE = 0.005
"""Seconds between two such transactions, five times as long as a waiting command is looking away."""

GATHER = 0.1
"""Checkpoints that follow each other within so many seconds share a transaction: a page is written once for both."""

BATCH = 6_000
"""Records held in memory at most."""

DERIVE = 2_000
"""People derived in one transaction."""

OBJECTS = 20_000
"""New objects between two searches for garbage in cycles: records are many, and part of none."""

MOST_NAMESAKES = 5
"""A name that many have says nothing: nobody is asked about more of them."""

Pending = PersonRecord | InteractionRecord | Gone

Progress = Callable[[str, int], None]
"""Told the name of a source and how many of its records were read so far."""


class BrokenOffError(Exception):
    """A server failed on the way: what was read before is kept, and reported."""

    def __init__(self, error: ServerError, reports: list[Report]) -> None:
        super().__init__(error.message)
        self.error = error
        self.reports = reports


def ingest(conn: Connection, job: Job, *, now: datetime, progress: Progress | None = None) -> Report:
    """Read a source to its end and write what is new; the report says what became of every record."""
    return ingest_all(conn, [job], now=now, title=f"{job.what} from {job.name}", progress=progress)[0]


def ingest_all(
    conn: Connection, jobs: Sequence[Job], *, now: datetime, title: str, progress: Progress | None = None
) -> list[Report]:
    """Read several sources, which are one run, under one operation; `title` names them in the history.

    Where a source turns out to be broken on the way, what was read before stays, and can be undone; the others are
    still read if it may break. A run that is interrupted stays unfinished, to be gone on with, unless nothing was
    written yet.
    """
    with _few_collections():
        return _ingest_all(conn, jobs, now, title, progress)


def at_once(
    op: Operation, jobs: Sequence[Job], *, title: str, course: Course, progress: Progress | None = None
) -> list[Report]:
    """The same for `course` within an operation of the caller, who holds its transaction: all or nothing, from the
    beginning, and nothing of it depends on how long it takes.
    """
    with _few_collections():
        done: list[Tally] = []
        met = Met(store.Met(), store.Met())
        for job in jobs:
            done.append(Tally())
            before = op.changes
            course.begin(job)
            writer = _Writer(Reading(op, job, done[-1], met, course), seconds=math.inf)
            try:
                for batch, _ in _batches(job.source, None, gather=math.inf):
                    writer.write(_pending(batch, done[-1]))
                    op.pause()
                    _tell(progress, job, done[-1])
            except UsageError as error:
                if not job.may_break:
                    raise
                done[-1].skipped.append(SkippedItem(where=job.name, reason=error.message))
            done[-1].changed = op.changes > before
        _ask_about_namesakes(op, done, course)
        op.summary = summary(title, done)
        while op.derive_some(DERIVE):
            pass
        finish(op)
        return [report(job, counts, op.ref) for job, counts in zip(jobs, done, strict=True)]


def _ingest_all(
    conn: Connection, jobs: Sequence[Job], now: datetime, title: str, progress: Progress | None
) -> list[Report]:
    op = _begin(conn, jobs[0], now, title)
    if op.changes:
        title = f"{title}, continued"
    done: list[Tally] = []
    met = Met(store.Met(), store.Met())
    try:
        for job in jobs:
            done.append(Tally())
            try:
                _read(op, job, done[-1], met, progress)
            except UsageError as error:
                if not job.may_break:
                    raise
                done[-1].skipped.append(SkippedItem(where=job.name, reason=error.message))
    except (UsageError, ServerError) as error:
        _end(op, jobs, f"a part of {title}", done)
        if isinstance(error, ServerError):
            reports = [report(job, counts, op.ref) for job, counts in zip(jobs, done, strict=False)]
            raise BrokenOffError(error, reports) from error
        raise
    except BaseException:
        with suppress(StoreError), transaction(conn):
            if runs.wrote_nothing(op):
                _end_run(conn, jobs)
                discard(op)
        raise
    _end(op, jobs, title, done)
    return [report(job, counts, op.ref) for job, counts in zip(jobs, done, strict=True)]


@contextmanager
def _few_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _begin(conn: Connection, job: Job, now: datetime, title: str) -> Operation:
    """Start the operation of a run, or go on with the one that a killed program left behind."""
    with transaction(conn):
        known = runs.find_run(conn, job.run)
        if known is not None:
            return resume(conn, known, now)
        op = start(conn, now=now, command=job.command, origin=job.origin, state="running")
        runs.begin_run(conn, job.run, op.id, f"{title}: unfinished")
        return op


def _read(op: Operation, job: Job, counts: Tally, met: Met, progress: Progress | None) -> None:
    """Write what a source says, from its cursor on."""
    conn = op.conn
    before = op.changes
    writer = _Writer(Reading(op, job, counts, met))
    counts.read_before = runs.read_of(conn, job.run, job.part)
    for batch, cursor in _batches(job.source, _cursor_of(conn, job)):
        pending = _pending(batch, counts)
        more = True
        while more:
            with _turn(op):
                pending = writer.write(pending)
                more = bool(pending)
                if cursor is not None and not more:
                    runs.keep_cursor(conn, job.run, job.part, cursor)
                runs.keep_read(conn, job.run, job.part, counts.read_before + counts.read)
                op.pause()
            if more:
                time.sleep(PAUSE)
        _tell(progress, job, counts)
    counts.changed = op.changes > before


def _pending(batch: Sequence[SourceItem], counts: Tally) -> list[Pending]:
    """What of a batch is to be written; the rest is counted."""
    counts.skipped += [SkippedItem(where=i.where, reason=i.reason) for i in batch if isinstance(i, Skipped)]
    counts.left_out.update(item.use for item in batch if isinstance(item, LeftOut))
    return [item for item in batch if isinstance(item, PersonRecord | InteractionRecord | Gone)]


def _tell(progress: Progress | None, job: Job, counts: Tally) -> None:
    if progress is not None:
        progress(job.name, counts.read + len(counts.skipped))


def _cursor_of(conn: Connection, job: Job) -> str | None:
    """Where to read on: where a killed run stopped; else a sync behind the last one, an import at the beginning."""
    reached = runs.cursor_of(conn, job.run, job.part)
    if reached is None and job.origin == "sync":
        return feeds.cursor_of(conn, job.source.source, job.source.account)
    return reached


def _end_run(conn: Connection, jobs: Sequence[Job]) -> None:
    """Forget a run. Only now the next sync reads on where this one stopped: undone before, it would miss the mail."""
    for job in jobs:
        reached = runs.cursor_of(conn, job.run, job.part)
        if reached is not None and job.origin == "sync":
            feeds.keep_cursor(conn, job.source.source, job.source.account, reached)
    runs.end_run(conn, jobs[0].run)


def _end(op: Operation, jobs: Sequence[Job], title: str, done: Sequence[Tally]) -> None:
    """Ask about namesakes, derive everybody whom the run has touched, some at a time, and close its operation."""
    if op.changes:
        _ask_about_namesakes(op, done)
    more = True
    while more:
        with _turn(op):
            more = op.derive_some(DERIVE)
        if more:
            time.sleep(PAUSE)
    with _turn(op):
        op.summary = summary(title, done)
        _end_run(op.conn, jobs)
        finish(op)


def _ask_about_namesakes(op: Operation, done: Sequence[Tally], course: Course | None = None) -> None:
    """Ask whether people of one name are one, unless the same source has spoken of both in this run.

    Two records of one export are two people; a record of a newer export, which knows no ids, may well be an old one.
    """
    new = store.new_with_namesakes(op)
    others: dict[tuple[str, int], list[int]] = {}
    for first in range(0, len(new), DERIVE):
        with _turn(op) if course is None else nullcontext():
            for person_id, name, feed in new[first : first + DERIVE]:
                if course is not None and not course.asks(person_id):
                    continue
                if (name, feed) not in others:
                    known = store.namesakes(op, name, feed)
                    absent = (other for other in known if not any((feed, other) in counts.seen for counts in done))
                    others[name, feed] = list(islice(absent, MOST_NAMESAKES))
                counts = next((counts for counts in done if person_id in counts.brought), done[-1])
                counts.asked += asked(op, person_id, others[name, feed], "name")
            op.pause()


@contextmanager
def _turn(op: Operation) -> Iterator[None]:
    """One of the transactions of a run. Raises UndoConflictError where the run was undone since the last."""
    with transaction(op.conn):
        if not runs.is_running(op):
            raise UndoConflictError("this was undone while it ran", hint="run it again to have it")
        yield


def _batches(
    source: Source, cursor: str | None, *, gather: float = GATHER
) -> Iterator[tuple[list[SourceItem], str | None]]:
    """Items in portions that fit memory, each with the cursor behind it where there is one."""
    batch: list[SourceItem] = []
    reached: str | None = None
    deadline = time.monotonic() + gather
    try:
        for item in source.read(cursor):
            if isinstance(item, Checkpoint):
                reached = item.cursor
                enough = len(batch) > BATCH // 2 or time.monotonic() > deadline
            else:
                batch.append(item)
                reached = None
                enough = len(batch) >= BATCH
            if enough:
                yield batch, reached
                batch = []
                deadline = time.monotonic() + gather
    except Exception:  # what was read before the source broke stays
        yield batch, reached
        raise
    yield batch, reached


class _Writer:
    """Writes the records of one source: people, then what happened."""

    def __init__(self, reading: Reading, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._people = PeopleWriter(reading)
        self._history = HistoryWriter(reading)

    def write(self, items: list[Pending]) -> list[Pending]:
        """Write people, then interactions, then take off what is gone; returns what did not fit into the time of one
        transaction.
        """
        deadline = time.monotonic() + self._seconds
        self._people.begin()
        persons = [item for item in items if isinstance(item, PersonRecord)]
        happened = [item for item in items if isinstance(item, InteractionRecord)]
        gone = [item for item in items if isinstance(item, Gone)]
        for position, record in enumerate(persons):
            if position and time.monotonic() > deadline:
                self._people.end()
                return [*persons[position:], *happened, *gone]
            self._people.write(record, self._history.writer.feed(record.origin))
        self._people.end()
        self._history.write(happened)
        self._history.take_off(gone)
        return []
