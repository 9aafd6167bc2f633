"""The index of words: derived rows, kept equal to those made from scratch (a property test proves it).

The tables hold no text, so whoever changes a row says so before: what the index has of it is worked out from the row as
it still is, and what it is to have from the row as it is when the operation is written out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct

from dexcli.domain.words import cut, index_form
from dexcli.errors import StoreError
from dexcli.store.connection import Connection, path_of

Doc = tuple[int | str, ...]
"""What the index has of a row: the number under which it stands there, and the words of each column."""

PORTION = 2_000
"""Rows whose words are held in memory at once."""

ID_BITS = 32
"""An entry stands under its day, then its id, so that the newest are found first."""
ID_MASK = (1 << ID_BITS) - 1
"""What is left of such a number is the id."""

WHO = "\x80"
"""Before the number of an identifier in `who`: no folded word begins with it."""


class Index(Struct, frozen=True, kw_only=True):
    """One of the tables."""

    table: str
    columns: tuple[str, ...]
    docs: Callable[[Connection, Collection[int]], dict[int, Doc]]
    """What it is to have of rows, by their ids; nothing of those that are not there."""
    rows: str
    """The table whose ids these are."""


def listed(ids: Collection[int]) -> str:
    """Ids as `json_each` takes them."""
    return msgspec.json.encode(list(ids)).decode()


def docid(on: str, interaction_id: int) -> int:
    """The number under which an entry of a day stands in the index."""
    day = _DAYS.get(on)
    if day is None:
        if len(_DAYS) > _MOST_DAYS:
            _DAYS.clear()
        day = _DAYS[on] = date.fromisoformat(on).toordinal() << ID_BITS
    return day | interaction_id


_DAYS: dict[str, int] = {}
_MOST_DAYS = 20_000
"""Days that are remembered: those of half a century."""


def interaction_doc(  # one argument for each column
    interaction_id: int,
    on: str,
    title: str | None,
    body: str | None,
    place: str | None,
    kind: str,
    who: Iterable[int],
) -> Doc:
    """What the index has of an entry; `coffee` is found by its kind, which mail in its thousands is not."""
    return (
        docid(on, interaction_id),
        index_form(title),
        index_form(body),
        index_form(place),
        "" if kind == "mail" else index_form(kind),
        " ".join([WHO + str(identifier_id) for identifier_id in sorted(who)]),
    )


def identifier_docs(identifier_id: int, kind: str, name: str | None, value: str) -> list[Doc]:
    """What the index has of an address, number or profile: nothing of what only dex gives people."""
    return [] if kind in ("uid", "alias") else [(identifier_id, index_form(name), index_form(value))]


def _interactions(conn: Connection, ids: Collection[int]) -> dict[int, Doc]:
    rows = conn.execute(
        "select i.id, i.happened_on, i.title, i.body, i.place, i.kind,"
        " (select group_concat(p.identifier_id) from participant p where p.interaction_id = i.id)"
        " from interaction i where i.id in (select value from json_each(?))",
        (listed(ids),),
    )
    return {
        id_: interaction_doc(id_, on, title, body, place, kind, map(int, who.split(",")) if who else ())
        for id_, on, title, body, place, kind, who in rows
    }


def _identifiers(conn: Connection, ids: Collection[int]) -> dict[int, Doc]:
    rows = conn.execute(
        "select id, kind, name, value from identifier where id in (select value from json_each(?))", (listed(ids),)
    )
    return {row[0]: doc for row in rows for doc in identifier_docs(*row)}


_COLUMN_OF = {
    "name": 0, "alias": 0,
    "company": 2, "title": 2, "location": 2, "met_where": 2,
    "note": 3,
    "email": 4, "phone": 4, "url": 4, "address": 4,
}  # fmt: skip
"""Where the claims of a field go; those of its own fields a person has go with the notes."""

NO_WORDS = ("met_on", "birthday", "anniversary", "date", "cadence", "importance", "lead_days")
"""Fields whose values are no words."""


def _people(conn: Connection, ids: Collection[int]) -> dict[int, Doc]:
    wanted = listed(ids)
    found: dict[int, list[list[str]]] = {
        row[0]: [[row[1], row[2]], [], [], [], []]
        for row in conn.execute(
            "select id, name, handle from person where state <> 'merged' and id in (select value from json_each(?))",
            (wanted,),
        )
    }
    for person_id, field, value in conn.execute(
        "select person_id, field, value from claim where current = 1 and person_id in (select value from json_each(?))",
        (wanted,),
    ):
        if person_id in found and field not in NO_WORDS:
            found[person_id][_COLUMN_OF.get(field, 3)].append(value)
    for person_id, tag in conn.execute(
        "select pt.person_id, t.name from person_tag pt join tag t on t.id = pt.tag_id"
        " where pt.person_id in (select value from json_each(?))",
        (wanted,),
    ):
        if person_id in found:
            found[person_id][1].append(tag)
    return {id_: (id_, *(_together(values) for values in columns)) for id_, columns in found.items()}


def _together(values: Iterable[str]) -> str:
    """Several values of one column, each once; no phrase runs from one into the next."""
    return f" {_BETWEEN} ".join(sorted({form for value in values if (form := index_form(value))}))


_BETWEEN = "\x81"


PEOPLE = Index(table="person_text", columns=("name", "tags", "about", "notes", "reach"), docs=_people, rows="person")
IDENTIFIERS = Index(table="identifier_text", columns=("name", "value"), docs=_identifiers, rows="identifier")
INTERACTIONS = Index(
    table="interaction_text", columns=("title", "body", "place", "kind", "who"), docs=_interactions, rows="interaction"
)
INDEXES = (PEOPLE, IDENTIFIERS, INTERACTIONS)

_SAYS = {
    "person": ("name", "handle", "state"),
    "claim": ("person_id", "field", "value", "current"),
    "person_tag": ("person_id", "tag_id"),
    "tag": ("name",),
    "identifier": ("kind", "value", "name"),
    "interaction": ("happened_on", "title", "body", "place", "kind"),
    "participant": ("interaction_id", "identifier_id"),
}
"""The columns of each table that have words, or say whose they are."""

_CONCERNED = {
    "person": (PEOPLE, None),
    "claim": (PEOPLE, "select person_id from claim where id between ? and ?"),
    "person_tag": (PEOPLE, "select person_id from person_tag where id between ? and ?"),
    "tag": (PEOPLE, "select person_id from person_tag where tag_id between ? and ?"),
    "identifier": (IDENTIFIERS, None),
    "interaction": (INTERACTIONS, None),
    "participant": (INTERACTIONS, None),
}
"""The index that rows of a table belong to, and whose rows of it they are: None is the row's own number."""


class Texts:
    """What an operation changes, as the index still has it. Tell before a row changes; `write` before the commit."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._before: dict[str, dict[int, Doc | None]] = {index.table: {} for index in INDEXES}
        self._held = 0
        self._written: dict[int, Doc] = {}
        self._version: int | None = None

    def adding(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Rows of these values are about to be inserted."""
        if table in ("claim", "person_tag"):
            self._remember(PEOPLE, {row["person_id"] for row in rows})
        elif table == "participant":
            self._remember(INTERACTIONS, {row["interaction_id"] for row in rows})
        elif table == "tag":
            for row in rows:
                if "id" in row:  # it comes back, and may find people who have it
                    self.changing(table, row["id"], row["id"])

    def added(self, table: str, lo: int, hi: int) -> None:
        """Rows that were not there have been inserted."""
        if table in ("person", "identifier", "interaction"):
            before = self._before[_CONCERNED[table][0].table]
            for id_ in range(lo, hi + 1):
                before.setdefault(id_, None)
            self._held += hi - lo + 1

    def changing(self, table: str, lo: int, hi: int, values: dict[str, Any] | None = None) -> None:
        """Rows are about to get these values, or to go; `participant` goes by its interaction."""
        if table not in _SAYS or (values is not None and not any(column in values for column in _SAYS[table])):
            return
        index, whose = _CONCERNED[table]
        if whose is None:
            self._remember(index, range(lo, hi + 1))
            return
        ids = {row[0] for row in self._conn.execute(whose, (lo, hi))}
        if values is not None and "person_id" in values:
            ids.add(values["person_id"])
        self._remember(index, ids)

    def _remember(self, index: Index, ids: Collection[int]) -> None:
        if self._held >= PORTION:
            self.write()
        before = self._before[index.table]
        new = [id_ for id_ in ids if id_ not in before]
        if new:
            known = self._known() if index is PEOPLE else {}
            docs = index.docs(self._conn, [id_ for id_ in new if id_ not in known]) | known
            before.update((id_, docs.get(id_)) for id_ in new)
            self._held += len(new)

    def _known(self) -> dict[int, Doc]:
        """The people written last: an import of thousands of records may be about one, with thousands of claims."""
        (version,) = self._conn.execute("pragma data_version").fetchone()
        if version != self._version:  # another program has written since
            self._version = version
            self._written.clear()
        return self._written

    def write(self) -> None:
        """Bring the index up to date with the rows as they are now."""
        if not self._held:
            return
        with explained(self._conn):
            for index in INDEXES:
                before = self._before[index.table]
                if before:
                    after = _replace(self._conn, index, before)
                    before.clear()
                    if index is PEOPLE:
                        self._known().clear()
                        self._written.update(after)
        self._held = 0


def _replace(conn: Connection, index: Index, before: dict[int, Doc | None]) -> dict[int, Doc]:
    """Put what an index has of rows in the place of what it had; returns what it has now."""
    ids = list(before)
    after: dict[int, Doc] = {}
    for first in range(0, len(ids), PORTION):
        after |= index.docs(conn, ids[first : first + PORTION])
    changed = [id_ for id_ in ids if before[id_] != after.get(id_)]
    _delete(conn, index, [doc for id_ in changed if (doc := before[id_]) is not None])
    add(conn, index, [doc for id_ in changed if (doc := after.get(id_)) is not None])
    return after


def add(conn: Connection, index: Index, docs: Iterable[Doc]) -> None:
    """Add rows to an index. In the order of their numbers: any other has FTS5 write a segment for each."""
    columns = ", ".join(index.columns)
    conn.executemany(f"insert into {index.table}(rowid, {columns}) values(?{', ?' * len(index.columns)})", sorted(docs))


def _delete(conn: Connection, index: Index, docs: Iterable[Doc]) -> None:
    columns = ", ".join(index.columns)
    conn.executemany(
        f"insert into {index.table}({index.table}, rowid, {columns}) values('delete', ?{', ?' * len(index.columns)})",
        sorted(docs),
    )


def rebuild(conn: Connection) -> None:
    """Make the whole index anew, inside a transaction of the caller."""
    with explained(conn):
        for index in INDEXES:
            conn.execute(f"insert into {index.table}({index.table}) values('delete-all')")
            for docs in _all(conn, index):
                add(conn, index, docs)


def check(conn: Connection) -> list[str]:
    """What is wrong with the index, in words; nothing where it has what the rows say. Reads everything."""
    found = []
    for index in INDEXES:
        try:
            stored = _stored(conn, index)
        except sqlite3.DatabaseError as error:
            found.append(f"{index.table} cannot be read: {error}")
            continue
        expected = 0
        for docs in _all(conn, index):
            for number, *said in docs:
                for column, form in zip(index.columns, said, strict=True):
                    expected += sum(_print(word, number, column) for word in cut(str(form)))
        if stored != expected:
            found.append(f"{index.table} is not what the rows say")
    return found


def _print(word: str, number: object, column: str) -> int:
    """What a word at its place adds to the sum by which two indexes are compared: all of them would not fit memory."""
    return crc32(f"{number} {column} {word}".encode()) + 1


def _all(conn: Connection, index: Index) -> Iterator[list[Doc]]:
    """What an index is to have, a portion at a time."""
    # Ids that are there, and not all up to the last one: it may be any number in a file from elsewhere.
    some = f"select id from {index.rows} where id > ? order by id limit {PORTION}"
    last = 0
    while ids := [row[0] for row in conn.execute(some, (last,))]:
        yield list(index.docs(conn, ids).values())
        last = ids[-1]


def _stored(conn: Connection, index: Index) -> int:
    """The sum of all words of an index at their places."""
    try:
        conn.execute(f"insert into {index.table}({index.table}) values('integrity-check')")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_READONLY":  # then the words alone are compared
            raise
    words = f"temp.{index.table}_words"
    conn.execute(f"create virtual table {words} using fts5vocab(main, {index.table}, instance)")
    try:
        return sum(_print(*row) for row in conn.execute(f"select term, doc, col from {words}"))
    finally:
        conn.execute(f"drop table {words}")


@contextmanager
def explained(conn: Connection) -> Iterator[None]:
    """Say of an index that is missing or damaged that it is, and what helps: nothing else is lost by it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name, said = str(getattr(error, "sqlite_errorname", "")), str(error)
        missing = any(f"no such table: {prefix}{index.table}" in said for index in INDEXES for prefix in ("", "main."))
        if not (missing or name == "SQLITE_CORRUPT_VTAB" or "fts5" in said):
            raise
        raise StoreError(
            f"the search index of {path_of(conn)} is {'missing' if missing else 'damaged'} ({said})",
            hint="dex doctor --fix makes it anew from what is stored; nothing else is concerned",
            code="index_damaged",
        ) from error
