"""Everything that undo would restore, row by row, out of one database and into an empty one.

What is derived, what is a setting, and what is of this machine alone (cursors of syncs, marks of what was shown, the
journal) stays.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from dexcli.domain.names import fold, handle_for
from dexcli.domain.occasions import MAX_LEAD
from dexcli.domain.records import Origin
from dexcli.errors import UsageError
from dexcli.store import contradictions, feeds, texts, tombstones
from dexcli.store.connection import Connection
from dexcli.store.damage import is_yearly, reader, refuse_no_day
from dexcli.store.journal import LOGICAL, OWNED, Operation, all_typed_columns
from dexcli.store.judging import judge_again
from dexcli.store.settings import policy

TABLES = (
    "feed", "person", "identifier", "person_origin", "claim", "tag", "person_tag", "occasion", "occasion_kind",
    "question", "tombstone", "interaction", "participant", "interaction_origin", "commitment",
)  # fmt: skip
"""Those of `LOGICAL`, and where things were seen; a table stands behind those that its rows refer to."""

TYPED = "typed"
"""Beside the columns of an interaction: which of them were changed by hand, in one text; no import overwrites these."""

FORGOTTEN = "forgotten"
"""The one row that is of no table: by what the tombstones of the forgotten are hashed."""

AT_ONCE = 1_000
"""Rows written together."""

Value = str | int | float | bool | None
Line = tuple[int, str, dict[str, Value]]
"""Its number in the file, the table, and the values by column."""

_LEFT_OUT = {"operation_id": None, "cursor": "feed", "name_folded": "person"}
"""Columns that stay: of every table, or of one."""

_ORDER = {"participant": "interaction_id, identifier_id", "interaction_origin": "feed_id, ref"}
_KEPT_ID = 2**31 - 1
"""Up to which rows keep their ids: the index of words has room for twice as many, which is for what comes later."""
_GREATEST_ID = 2**63 - 1

_REFERS: Mapping[str, str] = {
    "person_id": "person", "other_id": "person", "identifier_id": "identifier", "tag_id": "tag",
    "person_origin_id": "person_origin", "interaction_id": "interaction",
}  # fmt: skip
"""Columns that have the id of a row of another table; beside these feed_id and merged_into."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Of the calendar, since 1970."""


class UnfitError(Exception):
    """A row that cannot be in a database of dex, or rows that cannot be there together."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        """None: it is no single line that is wrong."""
        self.reason = reason


# -- out ---------------------------------------------------------------------------------------------


def rows(conn: Connection) -> Iterator[tuple[str, dict[str, Value]]]:
    """Every row with its table, all as of one moment, whoever writes in between; one row is held at a time."""
    conn.execute("begin")
    try:
        typed = all_typed_columns(conn)
        if (salt := tombstones.salt(conn)) is not None:
            yield FORGOTTEN, {"salt": salt}
        for table in TABLES:
            names = _columns(conn, table)
            order = _ORDER.get(table, "id")
            for row in conn.execute(f"select {', '.join(names)} from {table} order by {order}"):
                values = dict(zip(names, row, strict=True))
                if table == "interaction" and values["id"] in typed:
                    values[TYPED] = " ".join(sorted(typed[values["id"]]))
                yield table, values
    finally:
        conn.execute("rollback")


def _columns(conn: Connection, table: str) -> list[str]:
    """The columns of a table that are told, in its order."""
    names = [row["name"] for row in conn.execute(f"pragma table_info({table})")]
    return [name for name in names if name not in _LEFT_OUT or _LEFT_OUT[name] not in (None, table)]


# -- in ----------------------------------------------------------------------------------------------


def is_empty(conn: Connection) -> bool:
    """Whether nothing is there that an undo could bring back or take away."""
    return not any(conn.execute(f"select exists(select 1 from {table})").fetchone()[0] for table in LOGICAL)


def write(op: Operation, lines: Iterable[Line]) -> Counter[str]:
    """Write rows into an empty database, with the ids that they have; returns how many of each table.

    An id that leaves no room for later ones becomes a smaller one: whatever a database has written can be read.

    They come in the order of `TABLES`. Raises UnfitError for the first that cannot be, and where they contradict each
    other, which leaves the rest to the caller to take back.
    """
    writer = _Writer(op)
    for number, table, values in lines:
        writer.add(number, table, values)
    writer.end()
    if (told := contradictions.first(op.conn)) is not None:
        raise UnfitError(None, f"its rows contradict each other: {told}")
    texts.rebuild(op.conn)
    judge_again(op.conn, policy(op.conn))
    op.touch(*(row[0] for row in op.conn.execute("select id from person")))
    return writer.counts


class _Writer:
    """Rows on their way into an empty database."""

    def __init__(self, op: Operation) -> None:
        self._op = op
        self._conn = op.conn
        self._known = {table: frozenset(_columns(op.conn, table)) for table in TABLES}
        self._checks = {table: _checks(names) for table, names in self._known.items()}
        self._feeds: dict[Value, int] = {}
        """Where things were seen, by its id in the file: this database may know the place already."""
        self._renumbered: dict[str, dict[Value, int]] = {table: {} for table in TABLES}
        """By the id in the file."""
        self._merged: list[tuple[int, Value, Value]] = []
        """Line, person, and into whom they were merged, who may come later."""
        self._ranges: dict[str, tuple[int, int]] = {}
        self._waiting: list[tuple[int, tuple[Value, ...]]] = []
        self._into: tuple[str, tuple[str, ...]] = ("", ())
        self.counts: Counter[str] = Counter()

    def add(self, number: int, table: str, values: dict[str, Value]) -> None:
        """Check a row and have it written."""
        if table == FORGOTTEN:
            try:
                tombstones.take_salt(self._conn, str(values.get("salt")))
            except ValueError as error:
                raise UnfitError(number, str(error)) from error
            return
        if table not in self._known:
            raise UnfitError(number, f"there is no table {table!r}")
        typed = values.pop(TYPED, None) if table == "interaction" else None
        if not values.keys() <= self._known[table]:
            unknown = min(values.keys() - self._known[table])
            raise UnfitError(number, f"{table} has no column {unknown!r}")
        try:
            for name, check in self._checks[table].items():
                if values.get(name) is not None:
                    check(values[name])
            _CHECKED.get(table, _no_more)(values)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, UsageError) as error:
            raise UnfitError(number, f"this is no row of {table}: {error}") from error
        self.counts[table] += 1
        if table not in OWNED:
            id_ = values.get("id")
            if not isinstance(id_, int) or not 0 < id_ <= _GREATEST_ID:
                raise UnfitError(number, f"{id_!r} is no id")
        if table == "feed":
            self._feed(number, values)
            return
        self._place(number, table, values)
        names = tuple(values)
        if (table, names) != self._into or len(self._waiting) >= AT_ONCE:
            self._flush()
            self._into = (table, names)
        self._waiting.append((number, tuple(values.values())))
        if typed:
            self._type(number, _id(values), str(typed).split())

    def end(self) -> None:
        """Write what is left, and what refers to what came later."""
        self._flush()
        for number, person_id, named in self._merged:
            into = self._renumbered["person"].get(named, named)
            self._run(number, "update person set merged_into = ? where id = ?", (into, person_id))
            if not self._is_there(into):
                raise UnfitError(number, f"person {person_id} is merged into nobody who is there")
        # What stands twice is taken from where it belongs.
        self._conn.execute(
            "update participant set happened_on = i.happened_on from interaction i"
            " where i.id = participant.interaction_id and i.happened_on <> participant.happened_on"
        )
        for table, (lo, hi) in self._ranges.items():
            self._op.inserted(table, lo, hi)

    def _is_there(self, person_id: Value) -> bool:
        row = self._conn.execute("select state <> 'merged' from person where id = ?", (person_id,)).fetchone()
        return row is not None and bool(row[0])

    def _feed(self, number: int, values: Mapping[str, Value]) -> None:
        place = {name: values.get(name) for name in ("source", "account", "folder", "epoch")}
        if not all(isinstance(text, str) for text in place.values()):
            raise UnfitError(number, f"a feed needs {', '.join(place)}")
        origin = Origin(**{name: str(text) for name, text in place.items()}, ref="")
        self._feeds[values["id"]] = feeds.feed_id(
            self._conn, origin, wanted=_id(values) if _id(values) <= _KEPT_ID else None
        )

    def _place(self, number: int, table: str, values: dict[str, Value]) -> None:
        """Turn a row of the file into one of this database and this operation."""
        if _id(values) > _KEPT_ID:
            _, last = self._ranges.get(table, (0, 0))
            self._renumbered[table][values["id"]] = last + 1
            values["id"] = last + 1
        for column, of in _REFERS.items():
            if column in values:
                values[column] = self._renumbered[of].get(values[column], values[column])
        if "feed_id" in values:
            if values["feed_id"] not in self._feeds:
                raise UnfitError(number, f"there is no feed {values['feed_id']!r}")
            values["feed_id"] = self._feeds[values["feed_id"]]
        if table == "person":
            values["name_folded"] = fold(str(values.get("name", "")))
            if values.get("merged_into") is not None:
                self._merged.append((number, values["id"], values["merged_into"]))
                values["merged_into"] = None
        if table != "participant":
            values["operation_id"] = self._op.id
        if table not in OWNED:
            id_ = _id(values)
            lo, hi = self._ranges.get(table, (id_, id_))
            self._ranges[table] = (min(lo, id_), max(hi, id_))

    def _type(self, number: int, interaction_id: int, columns: list[str]) -> None:
        """Remember which columns of an interaction were changed by hand."""
        if not set(columns) <= self._known["interaction"]:
            raise UnfitError(number, f"interaction has no such columns: {' '.join(columns)}")
        self._flush()
        self._op.typed(interaction_id, columns)

    def _flush(self) -> None:
        """Write what waits; where that fails, find the line."""
        if not self._waiting:
            return
        table, names = self._into
        statement = f"insert into {table}({', '.join(names)}) values({', '.join('?' * len(names))})"
        waiting, self._waiting = self._waiting, []
        self._conn.execute("savepoint rows")
        try:
            self._conn.executemany(statement, (values for _, values in waiting))
        except (sqlite3.Error, OverflowError, UnicodeEncodeError):
            self._conn.execute("rollback to rows")
            for number, values in waiting:
                self._run(number, statement, values)
            raise
        self._conn.execute("release rows")

    def _run(self, number: int, statement: str, values: tuple[Value, ...]) -> None:
        try:
            self._conn.execute(statement, values)
        except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError) as error:
            raise UnfitError(number, _in_words(error)) from error


def _id(values: Mapping[str, Value]) -> int:
    """The id of a row that was looked at; 0 of one that has none."""
    return int(values.get("id") or 0)


def _in_words(error: Exception) -> str:
    text = str(error)
    if text.startswith("FOREIGN KEY"):
        return "it refers to what does not come before it"
    if text.startswith("UNIQUE"):
        return f"the same came before ({text.rpartition(': ')[2]})"
    return text


def _checks(names: Iterable[str]) -> dict[str, Callable[[Any], object]]:
    """What reads the text of each column that is more than text; happened_at alone is a number."""
    found = {name: reader(name) for name in names if name != "happened_at"}
    return {name: check for name, check in found.items() if check is not str}


def _notice(values: Mapping[str, Any]) -> None:
    """Notice before yearly dates is as it could have been typed."""
    lead = values.get("lead")
    if lead is not None and not 0 <= lead <= MAX_LEAD:
        raise ValueError(f"lead is {lead}, not from 0 to {MAX_LEAD}")


def _rule(values: Mapping[str, Any]) -> None:
    """A cadence counts from the day on which it was given."""
    _notice(values)
    if values.get("cadence") is not None and values.get("cadence_set_on") is None:
        raise ValueError("a cadence without cadence_set_on")


def _person(values: Mapping[str, Any]) -> None:
    _rule(values)
    _marks("cadence_spread")(values)
    if (values.get("state") == "merged") is (values.get("merged_into") is None):
        raise ValueError("merged is who has been merged into somebody")
    if _UUID.fullmatch(values["uid"]) is None:
        raise ValueError("its uid is none")
    if handle_for(values["handle"]) != values["handle"]:
        raise ValueError("its handle is none")
    if values.get("snoozed_until") is not None:
        date.fromisoformat(values["snoozed_until"])
    if any(datetime.fromisoformat(values[name]).tzinfo is None for name in ("created_at", "updated_at")):
        raise ValueError("an instant without its offset")


def _marks(*names: str) -> Callable[[Mapping[str, Any]], None]:
    def check(values: Mapping[str, Any]) -> None:
        for name in names:
            if values.get(name) not in (0, 1, None):
                raise ValueError(f"{name} is {values[name]}, not 0 or 1")

    return check


def _claim(values: Mapping[str, Any]) -> None:
    if values["field"] in ("birthday", "anniversary", "date") and not is_yearly(values["value"]):
        raise ValueError("its value is no yearly date")


def _occasion(values: Mapping[str, Any]) -> None:
    refuse_no_day(values.get("year"), values["month"], values["day"])


def _interaction(values: Mapping[str, Any]) -> None:
    at = values.get("happened_at")
    if at is not None and not _FIRST_SECOND <= at <= _LAST_SECOND:
        raise ValueError("it lies beyond the calendar")


def _no_more(_: Mapping[str, Any]) -> None:
    pass


_CHECKED: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "person": _person,
    "tag": _rule,
    "occasion_kind": _notice,
    "identifier": _marks("mine", "shared", "ignored"),
    "claim": _claim,
    "occasion": _occasion,
    "interaction": _interaction,
    "participant": _marks("counts"),
}
"""What a row has to be beyond what the schema says."""
