"""Records of people that sources bring: which were seen before, who was removed, and who may be one person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from dexcli.domain.records import PersonRecord
from dexcli.store.connection import Connection
from dexcli.store.journal import Operation
from dexcli.store.tombstones import hashed

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


def would_change(conn: Connection, records: Iterable[PersonRecord]) -> tuple[int, int]:
    """Of how many people known by these feeds something else is said now than before, and how many those are."""
    feeds: dict[tuple[str, str, str], tuple[int, int]] = {}
    changed = 0
    for record in records:
        place = (record.origin.source, record.origin.account, record.origin.folder)
        if place not in feeds:
            row = conn.execute(
                "select d.id, count(*) from feed d join person_origin o on o.feed_id = d.id"
                " where d.source = ? and d.account = ? and d.folder = ? group by d.id",
                place,
            ).fetchone()
            feeds[place] = (row[0], row[1]) if row else (0, 0)
        known = find_person_origin(conn, feeds[place][0], record.origin.ref)
        changed += known is not None and digest(record) not in known.digests
    return changed, sum(known for _, known in feeds.values())


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
    wanted = list(keys)
    if (forgotten := hashed(conn)) is not None:
        wanted += map(forgotten, list(wanted))
    return any(conn.execute("select 1 from tombstone where key = ?", (key,)).fetchone() for key in wanted)


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
