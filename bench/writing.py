"""Bulk writing: a source of interactions through the whole pipeline, beside the same rows by bare `executemany`.

Each interaction is between me and whoever else takes part, and counts as contact. The floor writes rows that are
ready, identifiers already resolved to numbers, mine included, into two STRICT tables with their keys and nothing else,
with `on conflict do nothing`, in transactions of as many rows as the pipeline reads at once, on a connection that is
opened as the pipeline's own. Making the data up is counted for neither.

The database that is left behind serves the other rows of the table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from itertools import islice
from pathlib import Path
from shutil import copyfile
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import generate
from measure import Cost, Row, Watch, apart, judged, megabytes, seconds

if TYPE_CHECKING:
    from dexcli.domain.records import InteractionRecord, SourceItem
    from dexcli.results.report import Report
    from dexcli.sources.base import Source

GOAL = 3.0
JOURNAL_TIME, JOURNAL_SIZE = 0.15, 0.10
"""Of the time of a bulk write, and of the size of its database."""
NOW = datetime.combine(generate.TODAY, time_of_day(9), tzinfo=UTC)
PORTION = 2_000
"""Interactions made at once, outside of the time that is counted."""


class Sizes(NamedTuple):
    """How much there is of everything."""

    people: int
    interactions: int


def rows(folder: Path, sizes: Sizes) -> Iterator[Row]:
    """Bulk write, reading the same again, and taking it back; leaves `large.db`."""
    floor = apart(bare, folder / "floor.db", sizes)
    large = folder / "large.db"
    apart(fill_people, large, sizes.people)
    before = apart(counts, large)
    written = apart(fill_interactions, large, sizes)
    ratio, cpu_ratio = written.wall / floor.wall, written.cpu / floor.cpu
    yield Row(
        work=f"bulk write, {sizes.interactions:,} interactions",
        measured=seconds(written.wall),
        beside=f"bare executemany with keys {seconds(floor.wall)}",
        ratio=f"{ratio:.2f}",
        cpu_ratio=f"{cpu_ratio:.2f}",
        goal=f"<= {GOAL:g} x",
        verdict=judged(ratio <= GOAL),
    )
    yield from _journal(large, sizes)
    full = apart(counts, large)
    again = apart(fill_interactions, large, sizes)
    same = apart(counts, large) == full
    yield Row(
        work="the same again, all known",
        measured=seconds(again.wall),
        beside=f"bare executemany with keys {seconds(floor.wall)}",
        ratio=f"{again.wall / floor.wall:.2f}",
        cpu_ratio=f"{again.cpu / floor.cpu:.2f}",
        goal="no change",
        verdict=judged(same),
    )
    copy = folder / "undo.db"
    copyfile(large, copy)
    undone = apart(undo_latest, copy)
    yield Row(
        work="undo of the bulk write",
        measured=seconds(undone.wall),
        beside=f"writing it {seconds(written.wall)}",
        ratio=f"{undone.wall / written.wall:.2f}",
        cpu_ratio=f"{undone.cpu / written.cpu:.2f}",
        goal="counts as before",
        verdict=judged(apart(counts, copy) == before),
    )
    for path in (copy, folder / "floor.db"):
        path.unlink()


def _journal(large: Path, sizes: Sizes) -> Iterator[Row]:
    """What it costs to remember how to take the bulk write back, beside all of it."""
    copy = large.with_name("journal.db")
    apart(fill_people, copy, sizes.people)
    writing, remembering = apart(remember_interactions, copy, sizes)
    yield Row(
        work="the journal's part in writing them",
        measured=seconds(remembering),
        beside=f"everything {seconds(writing)}",
        ratio=f"{remembering / writing:.4f}",
        goal=f"< {JOURNAL_TIME:g}",
        verdict=judged(remembering / writing < JOURNAL_TIME),
    )
    journal, whole = apart(sizes_of, copy)
    yield Row(
        work="the journal's part of the file",
        measured=f"{journal / 1024:,.0f} KB",
        beside=f"everything {megabytes(whole)}",
        ratio=f"{journal / whole:.4f}",
        goal=f"< {JOURNAL_SIZE:g}",
        verdict=judged(journal / whole < JOURNAL_SIZE),
    )
    copy.unlink()


# -- each of these runs in a process of its own ---------------------------------------------------------


def synced(conn: Any, source: Source, format: str) -> tuple[Cost, Report]:  # noqa: A002 - the word of Job
    """What the whole pipeline takes for a source as `dex sync` reads it; the database is closed behind it."""
    from dexcli.services.ingest import Job, ingest

    job = Job(
        source=source,
        name="bench",
        format=format,
        what="everything",
        run="sync:bench",
        origin="sync",
        command="sync",
        region=None,
    )
    watch = Watch()
    with watch.running():
        report = ingest(conn, job, now=NOW)
        conn.close()
    return watch.cost, report


def bare(path: Path, sizes: Sizes) -> Cost:
    """Write the rows of interactions and participants as fast as SQLite takes them with their keys."""
    from dexcli.store.connection import open_for_writing

    conn = open_for_writing(path)
    conn.execute(
        "create table floor_interaction(id integer primary key, key text not null unique, kind text not null,"
        " direction text, happened_at integer, happened_on text not null, minutes integer, title text, body text,"
        " place text, thread text, status text, operation_id integer not null) strict"
    )
    conn.execute(
        "create table floor_participant(interaction_id integer not null, identifier_id integer not null,"
        " happened_on text not null, role text not null, counts integer not null, why text not null,"
        " primary key(interaction_id, identifier_id)) strict, without rowid"
    )
    made = generate.happenings(sizes.interactions, sizes.people)
    watch = Watch()
    with watch.running():
        while True:
            with watch.paused():
                happened, present = _ready(made)
            if not happened:
                break
            conn.execute("begin immediate")
            conn.executemany(
                "insert into floor_interaction values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
                happened,
            )
            conn.executemany("insert into floor_participant values(?, ?, ?, ?, ?, ?) on conflict do nothing", present)
            conn.execute("commit")
        conn.close()
    return watch.cost


def _ready(made: Iterator[generate.Happening]) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """A portion of rows for both tables."""
    happened: list[tuple[object, ...]] = []
    present: list[tuple[object, ...]] = []
    for one in islice(made, PORTION):
        day = one.at.date().isoformat()
        happened.append(
            (one.number + 1, one.key, one.kind, one.direction, int(one.at.timestamp()), day, None, one.title, None,
             None, None, None, 1)
        )  # fmt: skip
        present.append((one.number + 1, 1, day, "me", 0, "me"))
        present += [(one.number + 1, who + 2, day, "from", 1, "direct") for who in one.who]
    return happened, present


class People:
    """The generated people as a source."""

    source, account = "bench", "people"

    def __init__(self, people: int) -> None:
        self._people = people

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """All of them, and me."""
        from dexcli.domain.records import Checkpoint, Claim, Origin, PersonRecord

        yield PersonRecord(
            key="bench:me",
            origin=Origin(source=self.source, account=self.account, ref="me"),
            where="people:me",
            name="Me Myself",
            claims=(Claim(field="email", value=generate.MINE),),
            mine=True,
        )
        for one in generate.people(self._people):
            said = (("email", one.email), ("company", one.company), ("birthday", one.birthday))
            yield PersonRecord(
                key=f"bench:{one.number}",
                origin=Origin(source=self.source, account=self.account, ref=str(one.number)),
                where=f"people:{one.number}",
                name=one.name,
                claims=tuple(
                    Claim(field=field, value=value) for field, value in (*said, ("cadence", one.cadence)) if value
                ),
                tags=(one.tag,) if one.tag else (),
            )
        yield Checkpoint(cursor=cursor or "end")


class Interactions:
    """The generated interactions as a source; `watch` stops while they are made up."""

    source, account = "bench", "mail"

    def __init__(self, sizes: Sizes, watch: Watch) -> None:
        self._sizes = sizes
        self._watch = watch

    def read(self, cursor: str | None) -> Iterator[SourceItem]:
        """All of them, with a checkpoint after each portion."""
        from dexcli.domain.records import Checkpoint

        assert cursor is None  # noqa: S101 - a benchmark is not resumed
        made = generate.happenings(self._sizes.interactions, self._sizes.people)
        while True:
            with self._watch.paused():
                portion = list(islice(made, PORTION))
            if not portion:
                break
            for one in portion:
                yield self._record(one)
            yield Checkpoint(cursor=str(portion[-1].number))

    def _record(self, one: generate.Happening) -> InteractionRecord:
        from dexcli.domain.records import InteractionRecord, Origin, ParticipantRecord

        return InteractionRecord(
            key=one.key,
            origin=Origin(source=self.source, account=self.account, ref=str(one.number)),
            where=f"mail:{one.number}",
            when=one.at,
            kind=one.kind,
            direction=one.direction,
            participants=tuple(
                ParticipantRecord(kind="email", value=value, role=role) for value, role in self._named(one)
            ),
            title=one.title,
        )

    def _named(self, one: generate.Happening) -> Iterator[tuple[str, str]]:
        """Addresses and roles: between me and whoever takes part; of what comes in, the first of them wrote it."""
        mine, others = generate.MINE, [generate.address(who, self._sizes.people) for who in one.who]
        if one.direction == "out":
            yield mine, "from"
        else:
            yield others.pop(0), "from"
            yield mine, "to"
        for other in others:
            yield other, "to"


def fill_people(path: Path, people: int) -> Cost:
    """Write the people, so long ago that a cadence has run out for whoever was never contacted."""
    watch = Watch()
    with watch.running():
        _ingest(path, People(people), "people", now=NOW - timedelta(days=400))
    return watch.cost


def fill_interactions(path: Path, sizes: Sizes) -> Cost:
    """Write the interactions."""
    watch = Watch()
    with watch.running():
        _ingest(path, Interactions(sizes, watch), "mail", now=NOW)
    return watch.cost


def remember_interactions(path: Path, sizes: Sizes) -> tuple[float, float]:
    """Write the interactions; returns the seconds of all of it, and what it took to remember which rows are new."""
    from dexcli.store.journal import Operation

    watch = Watch()
    for name in ("inserted", "write_ranges"):
        setattr(Operation, name, _watched(getattr(Operation, name), watch))
    return fill_interactions(path, sizes).wall, watch.wall


def _watched(function: Callable[..., None], watch: Watch) -> Callable[..., None]:
    def watched(*args: object) -> None:
        begin = perf_counter()
        function(*args)
        watch.wall += perf_counter() - begin

    return watched


def sizes_of(path: Path) -> tuple[int, int]:
    """Bytes that the journal takes in a database, and all that it has: by what is left when the journal is gone."""
    conn = sqlite3.connect(path)
    try:
        conn.execute("vacuum")
        with_journal = path.stat().st_size
        conn.executescript("pragma foreign_keys = off; delete from change; delete from operation; vacuum;")
    finally:
        conn.close()
    return with_journal - path.stat().st_size, with_journal


def _ingest(path: Path, source: People | Interactions, what: str, *, now: datetime) -> Report:
    from dexcli.services.ingest import Job, ingest
    from dexcli.store.connection import open_for_writing

    conn = open_for_writing(path)
    try:
        job = Job(
            source=source,
            name=what,
            format="bench",
            what=what,
            run=what,
            origin="import",
            command="import",
            region="GB",
        )
        return ingest(conn, job, now=now)
    finally:
        conn.close()


def counts(path: Path) -> dict[str, int]:
    """Rows of each logical table."""
    from dexcli.store.journal import LOGICAL

    conn = sqlite3.connect(path)
    try:
        return {table: conn.execute(f"select count(*) from {table}").fetchone()[0] for table in LOGICAL}
    finally:
        conn.close()


def undo_latest(path: Path) -> Cost:
    """Take back the latest operation."""
    from dexcli.services.history import undo
    from dexcli.services.invocation import Invocation
    from dexcli.store.connection import open_for_writing

    conn = open_for_writing(path)
    latest = conn.execute("select max(id) from operation where command = 'import'").fetchone()[0]
    watch = Watch()
    with watch.running():
        undo(conn, Invocation(now=NOW, command="undo"), latest)
        conn.close()
    return watch.cost
