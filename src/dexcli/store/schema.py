"""What the schema of each version is made of, and what in a file is otherwise.

Whoever opens a file runs what its schema says: a trigger writes along, a view answers in the place of a table. So one
that dex did not make is told from those that it makes, by kind, name and definition.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache

from msgspec import Struct

from dexcli.store import schema_v1, schema_v2, schema_v3, schema_v4, schema_v5, schema_v6
from dexcli.store.connection import Connection
from dexcli.store.texts import INDEXES

PARTS = ("data", "idx", "content", "docsize", "config")
"""Behind the name of a table of FTS5: those in which it keeps what it has."""

_OF_WORDS = frozenset(f"{index.table}{part}" for index in INDEXES for part in ("", *(f"_{one}" for one in PARTS)))

_BY_LIBRARIES = frozenset(
    {
        ("table", "_sqlite_migrations"),
        ("index", "idx__sqlite_migrations_migration_set_name"),
        ("table", "sqlite_sequence"),
        *(("table", name) for name in _OF_WORDS - {index.table for index in INDEXES}),
    }
)
"""What SQLite, FTS5 and sqlite-utils write for themselves: another release of these may say it in other words."""

_OF_MIGRATIONS = (
    "create table _sqlite_migrations(id integer primary key, migration_set text, name text, applied_at text) strict",
    "create unique index idx__sqlite_migrations_migration_set_name on _sqlite_migrations(migration_set, name)",
)
"""Where sqlite-utils writes down the steps that it has taken."""

STEPS = (
    schema_v1.STATEMENTS,
    schema_v2.STATEMENTS,
    schema_v3.STATEMENTS,
    schema_v4.STATEMENTS,
    schema_v5.STATEMENTS,
    schema_v6.STATEMENTS,
)
"""What each version adds: known here without `migrations`, which costs more than a whole backup."""

_STATISTICS = frozenset({("table", "sqlite_stat1"), ("table", "sqlite_stat4")})
"""What `analyze` leaves behind, which anybody may run."""

_TOKEN = re.compile(r"""\s+|--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\[[^\]]*\]|`[^`]*`|\w+|.""", re.DOTALL)


class Strange(Struct, frozen=True, kw_only=True):
    """One thing in which a file is not as dex makes it."""

    kind: str
    """`table`, `index`, `view` or `trigger`."""
    name: str
    what: str
    """`foreign`: dex makes no such thing; `altered`: it is defined otherwise; `missing`."""

    def __str__(self) -> str:
        words = {"foreign": "is not of dex", "altered": "is defined otherwise than by dex", "missing": "is missing"}
        return f"the {self.kind} {self.name!r} {words[self.what]}"

    @property
    def is_of_words(self) -> bool:
        """Whether it belongs to the index of words, which is made anew from the rest."""
        return self.kind == "table" and self.name in _OF_WORDS

    @property
    def can_be_mended(self) -> bool:
        """Whether nothing that is known can be lost by it: a table may hold what is known."""
        return self.kind != "table" or (self.is_of_words and self.what != "foreign")


def strange(conn: Connection) -> list[Strange]:
    """In what a file is not as the dex of its version makes it; nothing of an empty one."""
    version = version_of(conn)
    if not version:
        return []
    present, expected = _objects(conn), of_version(version)
    found = [
        Strange(kind=kind, name=name, what="foreign")
        for kind, name in sorted(present.keys() - expected.keys() - _STATISTICS)
    ]
    for (kind, name), sql in sorted(expected.items()):
        if (kind, name) not in present:
            found.append(Strange(kind=kind, name=name, what="missing"))
        elif (kind, name) not in _BY_LIBRARIES and _normal(present[kind, name]) != _normal(sql):
            found.append(Strange(kind=kind, name=name, what="altered"))
    return found


def version_of(conn: Connection) -> int:
    """The version of the schema that a file has; 0 of an empty one."""
    return int(conn.execute("pragma user_version").fetchone()[0])


@cache
def of_version(version: int) -> Mapping[tuple[str, str], str]:
    """Kind and name of everything that a database of this version has, and the statement that makes it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        for statements in (_OF_MIGRATIONS, *STEPS[:version]):
            for statement in statements:
                conn.execute(statement)
        return _objects(conn)


def _objects(conn: Connection) -> dict[tuple[str, str], str]:
    """Without the indexes that SQLite makes for keys: they are part of their tables."""
    rows = conn.execute(
        "select cast(type as blob), cast(name as blob), cast(sql as blob) from sqlite_master"
        " where type <> 'index' or sql is not null"
    )
    return {(_text(kind), _text(name)): _text(sql) for kind, name, sql in rows}


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode(errors="replace")


def _normal(sql: str) -> str:
    """A definition without what means nothing: blanks, comments, and how names are quoted."""
    return " ".join(_words(sql))


def _words(sql: str) -> Iterator[str]:
    for match in _TOKEN.finditer(sql):
        word = match[0]
        if word.isspace() or word.startswith("--"):
            continue
        if word.startswith("'"):
            yield word
        else:
            yield (word[1:-1] if len(word) > 1 and word[0] in '"[`' else word).casefold()
