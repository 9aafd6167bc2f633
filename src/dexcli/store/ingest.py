"""Writing what sources bring: people one by one, interactions by the thousand."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, tzinfo
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from dexcli.domain.identifiers import Identifier
from dexcli.domain.policy import BY_HAND, Verdict
from dexcli.domain.records import InteractionRecord, Origin, PersonRecord
from dexcli.store.connection import Connection
from dexcli.store.journal import Operation, discard

CACHE = 100_000
"""Identifiers remembered between batches; memory stays constant in the input's size."""


_CONTESTED = "!"
"""Stands among the digests of a contested record."""


class Met:
    """Which rows of a table a run has met: one bit for each id, as ids are dense."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def __contains__(self, number: int) -> bool:
        at = number >> 3
        return at < len(self._bits) and bool(self._bits[at] >> (number & 7) & 1)

    def add(self, number: int) -> None:
        """Say that the row of that id was met."""
        at = number >> 3
        if at >= len(self._bits):
            self._bits.extend(bytes(at + 1 - len(self._bits)))
        self._bits[at] |= 1 << (number & 7)


class PersonOrigin(Struct, frozen=True, kw_only=True):
    """A record that was seen before."""

    id: int
    person_id: int
    digests: list[str]
    """Of all that the last run said of it: the files of one import may differ about a card."""
    contested: bool
    """Somebody else came under the same reference: what now comes under it is asked for its name."""
    operation_id: int


class Resolved(Struct, frozen=True, kw_only=True):
    """An interaction whose participants are known by identifier."""

    record: InteractionRecord
    participants: tuple[tuple[Identifier, str], ...]
    """Identifier and role; mine are left out."""
    verdict: Verdict


class Written(Struct, frozen=True, kw_only=True):
    """What became of a batch of interactions."""

    added: int
    updated: int
    unchanged: int
    repeated: int
    """Seen earlier in the same run."""
    not_counting: int


def feed_id(op: Operation, origin: Origin) -> int:
    """The row of a source and account."""
    conn = op.conn
    row = conn.execute(
        "select id from feed where source = ? and account = ? and folder = '' and epoch = ''",
        (origin.source, origin.account),
    ).fetchone()
    if row is not None:
        return int(row[0])
    cursor = conn.execute("insert into feed(source, account, folder) values(?, ?, '')", (origin.source, origin.account))
    return int(cursor.lastrowid or 0)


def digest(record: PersonRecord) -> str:
    """A hash of all that a record says: equal means that there is nothing to do."""
    said = (record.name, sorted((c.field, c.value, c.label or "") for c in record.claims), sorted(record.tags))
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()


def find_person_origin(conn: Connection, feed: int, ref: str) -> PersonOrigin | None:
    """The record of that reference, if it was seen before."""
    row = conn.execute(
        "select id, person_id, digest, operation_id from person_origin where feed_id = ? and ref = ?", (feed, ref)
    ).fetchone()
    if row is None:
        return None
    digests = row[2].split()
    return PersonOrigin(
        id=row[0],
        person_id=row[1],
        digests=[one for one in digests if one != _CONTESTED],
        contested=_CONTESTED in digests,
        operation_id=row[3],
    )


def know(op: Operation, origin: PersonOrigin, digests: Sequence[str], *, contested: bool) -> None:
    """Remember what a record says now, and whether several people claim its reference."""
    marks = (_CONTESTED,) if contested else ()
    op.update("person_origin", origin.id, digest=" ".join((*digests, *marks)))


def is_of_run(op: Operation, origin: PersonOrigin) -> bool:
    """Whether this very run has brought the record or changed it: what it says again then adds to that."""
    if origin.operation_id == op.id:
        return True
    row = op.conn.execute(
        "select 1 from change where tbl = 'person_origin' and lo = ? and operation_id = ?", (origin.id, op.id)
    ).fetchone()
    return row is not None


def has_origin(conn: Connection, person_id: int, feed: int) -> bool:
    """Whether that source already describes the person by some record."""
    row = conn.execute(
        "select 1 from person_origin where person_id = ? and feed_id = ? limit 1", (person_id, feed)
    ).fetchone()
    return row is not None


def anybody_buried(conn: Connection) -> bool:
    """Whether the user has removed anything at all."""
    return conn.execute("select 1 from tombstone limit 1").fetchone() is not None


def is_buried(conn: Connection, keys: Iterable[str]) -> bool:
    """Whether the user has removed what any of these keys stands for."""
    return any(conn.execute("select 1 from tombstone where key = ?", (key,)).fetchone() for key in keys)


def new_with_namesakes(op: Operation) -> list[tuple[int, str, int]]:
    """Whom the operation has brought and who is not alone with that name: person, folded name, and by which feed."""
    rows = op.conn.execute(
        "select p.id, p.name_folded, o.feed_id from person p"
        " join person_origin o on o.person_id = p.id and o.operation_id = p.operation_id"
        " where p.operation_id = ?"
        " and exists(select 1 from person q where q.name_folded = p.name_folded and q.id <> p.id)"
        " group by p.id, o.feed_id order by p.id, o.feed_id",
        (op.id,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def namesakes(op: Operation, name_folded: str, feed: int) -> list[int]:
    """Everybody of that name but those whom this very operation has brought from that feed."""
    rows = op.conn.execute(
        "select id from person where name_folded = ? and state <> 'merged' and not exists("
        "select 1 from person_origin o where o.person_id = person.id and o.feed_id = ? and o.operation_id = ?)"
        " order by id",
        (name_folded, feed, op.id),
    )
    return [row[0] for row in rows]


def ask(op: Operation, person_id: int, other_id: int, reason: str) -> bool:
    """Queue the question whether two people are one; False where it was asked before."""
    low, high = sorted((person_id, other_id))
    known = op.conn.execute("select 1 from question where person_id = ? and other_id = ?", (low, high)).fetchone()
    if known is not None:
        return False
    op.insert("question", person_id=low, other_id=high, reason=reason, created_on=op.today.isoformat())
    return True


def typed_columns(conn: Connection, interaction_id: int) -> set[str]:
    """The columns of an interaction that the user has changed by hand, which no import may overwrite."""
    rows = conn.execute(
        "select distinct key from change c join operation o on o.id = c.operation_id, json_each(c.image)"
        " where c.tbl = 'interaction' and c.lo = ? and c.op = 'update'"
        " and o.origin = 'hand' and o.state = 'done' and o.undoes is null",
        (interaction_id,),
    )
    return {row[0] for row in rows}


class InteractionWriter:
    """Writes batches of interactions at the speed of `executemany`.

    Ids are assigned here; `on conflict do nothing` and a look-up by range tell who got in. Derived rows are only marked
    stale: the end of the run derives everybody once.
    """

    def __init__(self, op: Operation, zone: tzinfo, met: Met) -> None:
        self._op = op
        self._met = met
        self._conn = op.conn
        self._zone = zone
        self._ids: dict[Identifier, int] = {}
        self._feeds: dict[tuple[str, str], int] = {}
        self._version: int | None = None
        self._buried = False

    def write(self, batch: Sequence[Resolved]) -> Written:
        """Write a batch inside a transaction of the caller."""
        self._look_again()
        if self._buried:
            kept = [one for one in batch if not is_buried(self._conn, (f"interaction:{one.record.key}",))]
            left_out, batch = len(batch) - len(kept), kept
        else:
            left_out = 0
        self._identify(batch)
        first = self._next_id("interaction")
        rows, days = [], []
        for number, one in enumerate(batch, first):
            record = one.record
            values = self._values(record)
            days.append(values[0])
            rows.append((number, record.key, record.thread, *values, self._op.id))
        inserted = self._conn.executemany(_INSERT_INTERACTION, rows).rowcount
        last = first + len(batch) - 1
        got_in: Collection[int] = range(first, last + 1)
        if inserted < len(batch):
            found = self._conn.execute("select id from interaction where id between ? and ?", (first, last))
            got_in = {row[0] for row in found}
        ids = self._ids
        participants, origins, others = [], [], []
        not_counting = 0
        for number, (one, on) in enumerate(zip(batch, days, strict=True), first):
            if number not in got_in:
                others.append(one)
                continue
            counts, why = one.verdict.counts, one.verdict.why
            not_counting += not counts
            for identifier, role in one.participants:
                participants.append((number, ids[identifier], on, role, counts, why))
            origin = one.record.origin
            origins.append((self.feed(origin), origin.ref, number, self._op.id))
        self._conn.executemany(_INSERT_PARTICIPANT, participants)
        self._conn.executemany(_INSERT_ORIGIN, origins)
        if got_in:
            self._op.inserted("interaction", first, last)
            self._conn.execute(_MARK_STALE, (first, last))
        updated = repeated = 0
        for one in others:
            change = self._meet_again(one)
            updated += change == "updated"
            repeated += change == "repeated"
        return Written(
            added=len(got_in),
            updated=updated,
            repeated=repeated,
            unchanged=len(others) - updated - repeated + left_out,
            not_counting=not_counting,
        )

    def _look_again(self) -> None:
        """Forget what was remembered where another program has written since: it may have removed somebody."""
        (version,) = self._conn.execute("pragma data_version").fetchone()
        if version != self._version:
            self._version = version
            self._ids.clear()
            buried = self._conn.execute("select 1 from tombstone where key glob 'interaction:*' limit 1").fetchone()
            self._buried = buried is not None

    def _identify(self, batch: Sequence[Resolved]) -> None:
        """Make sure that every identifier of the batch has a row, and remember its id."""
        if len(self._ids) > CACHE:
            for key in list(islice(self._ids, CACHE // 2)):
                del self._ids[key]
        wanted = {identifier: None for one in batch for identifier, _ in one.participants}
        missing = [identifier for identifier in wanted if identifier not in self._ids]
        if not missing:
            return
        first = self._next_id("identifier")
        inserted = self._conn.executemany(
            "insert into identifier(kind, value, operation_id) values(?, ?, ?) on conflict do nothing",
            ((one.kind, one.value, self._op.id) for one in missing),
        )
        if inserted.rowcount:  # those that were there have used up ids as well
            self._op.inserted("identifier", first, self._next_id("identifier") - 1)
        for one in missing:
            row = self._conn.execute(
                "select id from identifier where kind = ? and value = ?", (one.kind, one.value)
            ).fetchone()
            self._ids[one] = row[0]

    def _meet_again(self, one: Resolved) -> str:
        """Compare a known interaction with what the source says now."""
        record = one.record
        row = self._conn.execute("select * from interaction where key = ?", (record.key,)).fetchone()
        feed = self.feed(record.origin)
        seen = self._conn.execute(
            "select 1 from interaction_origin where feed_id = ? and ref = ?", (feed, record.origin.ref)
        ).fetchone()
        if seen is None:
            self._op.insert_owned(
                "interaction_origin",
                feed_id=feed, ref=record.origin.ref, interaction_id=row["id"], operation_id=self._op.id,
            )  # fmt: skip
        said = zip(_CHANGING, self._values(record), strict=True)
        new = {column: value for column, value in said if row[column] != value}
        if new:
            typed = typed_columns(self._conn, row["id"])
            new = {column: value for column, value in new.items() if column not in typed}
        again = row["operation_id"] == self._op.id or row["id"] in self._met
        self._met.add(row["id"])
        if not new:
            return "repeated" if again else "unchanged"
        from dexcli.store import interactions

        present = None
        if new.keys() & {"kind", "status"}:  # a meeting that is called off is no contact any more
            present = [
                (id_, role, counts, why) if why == BY_HAND.why else (id_, role, one.verdict.counts, one.verdict.why)
                for id_, role, counts, why in interactions.participants(self._conn, row["id"])
            ]
        interactions.change(self._op, row["id"], new, present)
        return "updated"

    def _values(self, record: InteractionRecord) -> tuple[Any, ...]:
        """What a source says of an interaction, in the order of `_CHANGING`."""
        at, on = self._day(record.when)
        return (
            on, at, record.kind, record.direction, record.minutes, record.title, record.body, record.place,
            record.status,
        )  # fmt: skip

    def _day(self, when: datetime | date) -> tuple[int | None, str]:
        """Seconds since 1970 (None where only the day is known) and the local day."""
        if not isinstance(when, datetime):
            return None, when.isoformat()
        try:
            return int(when.timestamp()), when.astimezone(self._zone).date().isoformat()
        except OverflowError:  # here it is a day beyond the calendar: it stays the day that was written
            return None, when.date().isoformat()

    def feed(self, origin: Origin) -> int:
        """The row of a source and account, remembered."""
        key = (origin.source, origin.account)
        if key not in self._feeds:
            self._feeds[key] = feed_id(self._op, origin)
        return self._feeds[key]

    def _next_id(self, table: str) -> int:
        """The id that the next row gets: never that of a deleted one."""
        row = self._conn.execute("select seq from sqlite_sequence where name = ?", (table,)).fetchone()
        return (int(row[0]) if row else 0) + 1


_CHANGING = ("happened_on", "happened_at", "kind", "direction", "minutes", "title", "body", "place", "status")
"""Columns of an interaction of which a source may say something else later."""

_INSERT_INTERACTION = (
    f"insert into interaction(id, key, thread, {', '.join(_CHANGING)}, operation_id)"
    f" values(?, ?, ?, {'?, ' * len(_CHANGING)}?) on conflict(key) do nothing"
)
_INSERT_PARTICIPANT = (
    "insert into participant(interaction_id, identifier_id, happened_on, role, counts, why) values(?, ?, ?, ?, ?, ?)"
    " on conflict do nothing"
)
_INSERT_ORIGIN = (
    "insert into interaction_origin(feed_id, ref, interaction_id, operation_id) values(?, ?, ?, ?)"
    " on conflict do nothing"
)
_MARK_STALE = (
    "update standing set stale = 1 where stale = 0 and person_id in (select f.person_id from participant p"
    " join identifier f on f.id = p.identifier_id where p.interaction_id between ? and ?)"
)


# -- progress of a run that may be killed -------------------------------------------------------------


def find_run(conn: Connection, name: str) -> int | None:
    """The operation of the unfinished run of that name: a killed import goes on, unless it was undone since."""
    row = conn.execute(
        "select o.id from meta m join operation o on o.id = m.value and o.state = 'running' where m.key = ?",
        (f"run:{name}",),
    ).fetchone()
    return row[0] if row else None


def begin_run(conn: Connection, name: str, operation_id: int, summary: str) -> None:
    """Remember the operation of a run, and forget what an earlier one of that name has left behind.

    The summary is what the history says of it until it ends.
    """
    end_run(conn, name)
    conn.execute("update operation set summary = ? where id = ?", (summary, operation_id))
    conn.execute("insert into meta(key, value) values(?, ?)", (f"run:{name}", str(operation_id)))


def is_running(op: Operation) -> bool:
    """Whether the operation of a run is still open: somebody may have undone it meanwhile."""
    row = op.conn.execute("select state from operation where id = ?", (op.id,)).fetchone()
    return row is not None and row[0] == "running"


def cursor_of(conn: Connection, name: str, part: str) -> str | None:
    """How far a run has come in one of its sources."""
    row = conn.execute("select value from meta where key = ?", (f"cursor:{name}:{part}",)).fetchone()
    return row[0] if row else None


def keep_cursor(conn: Connection, name: str, part: str, cursor: str) -> None:
    """Remember how far a run came, in the transaction of what it wrote."""
    conn.execute(
        "insert into meta(key, value) values(?, ?) on conflict(key) do update set value = excluded.value",
        (f"cursor:{name}:{part}", cursor),
    )


def forget_empty_run(op: Operation, name: str) -> None:
    """Forget a run that ended before it wrote anything."""
    if is_running(op) and not op.conn.execute("select 1 from change where operation_id = ?", (op.id,)).fetchone():
        end_run(op.conn, name)
        discard(op)


def read_of(conn: Connection, name: str, part: str) -> int:
    """How many records a run has read in one of its sources, in all its transactions."""
    row = conn.execute("select value from meta where key = ?", (f"read:{name}:{part}",)).fetchone()
    return int(row[0]) if row else 0


def keep_read(conn: Connection, name: str, part: str, read: int) -> None:
    """Remember how many records a run has read, in the transaction of what it wrote."""
    conn.execute(
        "insert into meta(key, value) values(?, ?) on conflict(key) do update set value = excluded.value",
        (f"read:{name}:{part}", str(read)),
    )


def end_run(conn: Connection, name: str) -> None:
    """Forget a run, its cursors and its counts."""
    conn.execute("delete from meta where key = ?", (f"run:{name}",))
    for prefix in (f"cursor:{name}:", f"read:{name}:"):
        conn.execute("delete from meta where substr(key, 1, ?) = ?", (len(prefix), prefix))
