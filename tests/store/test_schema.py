"""What in a file's schema dex did not make: told by kind, name and definition, whatever else wrote it down how."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dexcli.store import mending, migrations, schema
from dexcli.store.connection import Connection, open_for_writing
from dexcli.store.version import SCHEMA_VERSION


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dex.db"


@pytest.fixture
def conn(path: Path) -> Iterator[Connection]:
    with closing(open_for_writing(path)) as conn:
        yield conn


def rewrite(conn: Connection, name: str, old: str, new: str) -> None:
    """Change a definition as no statement would."""
    conn.execute("pragma writable_schema = on")
    conn.execute("update sqlite_master set sql = replace(sql, ?, ?) where name = ?", (old, new, name))
    conn.execute("pragma writable_schema = reset")


def found(conn: Connection) -> list[str]:
    return list(map(str, schema.strange(conn)))


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_what_is_expected_of_a_version_is_what_the_steps_to_it_make(version: int) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        db = migrations._opened(conn)
        later = [step.name for step in migrations.migrations.pending(db)][version:]
        migrations.migrations.apply(db, stop_before=later)
        made, expected = schema._objects(conn), schema.of_version(version)
        assert made.keys() == expected.keys()
        assert {key for key in made if made[key] != expected[key]} <= schema._BY_LIBRARIES


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "create trigger spy after update on person begin update person set notes = 'x' where id = new.id; end",
            "the trigger 'spy' is not of dex",
        ),
        ("create view friend as select * from person", "the view 'friend' is not of dex"),
        ("create table loot(x)", "the table 'loot' is not of dex"),
        ("create virtual table loot using fts5(x, content='')", "the table 'loot' is not of dex"),
        ("create index by_company on person(company)", "the index 'by_company' is not of dex"),
        ("drop index person_by_name", "the index 'person_by_name' is missing"),
        ("drop table shown", "the table 'shown' is missing"),
        ("alter table person add column evil text", "the table 'person' is defined otherwise than by dex"),
    ],
)
def test_what_dex_did_not_make_is_told(conn: Connection, statement: str, told: str) -> None:
    conn.execute(statement)

    assert told in found(conn)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'archived'", "'gone'"),
        ("check(name <> '')", "check(name <> ' ')"),
        ("check(name <> '')", "check(name <> 'A -- ')"),
        ("default 0", "default 1"),
        ("references person(id)", ""),
    ],
)
def test_a_constraint_that_is_another_is_told(conn: Connection, old: str, new: str) -> None:
    rewrite(conn, "person", old, new)

    assert found(conn) == ["the table 'person' is defined otherwise than by dex"]


def test_blanks_comments_and_quotes_around_names_mean_nothing(conn: Connection) -> None:
    rewrite(conn, "person", "name_folded text not null", "[name_folded]   TEXT -- folded\n  not null")
    rewrite(conn, "feed", "feed(", "`feed` (")

    assert found(conn) == []


def test_statistics_of_sqlite_are_nothing_strange(conn: Connection) -> None:
    conn.execute("insert into meta(key, value) values('a', 'b')")
    conn.execute("analyze")

    assert found(conn) == []


def test_what_holds_nothing_is_mended_and_a_table_stays(conn: Connection, path: Path) -> None:
    for statement in (
        "create trigger spy after update on person begin delete from claim; end",
        'create view "fri""end" as select * from person',
        "create table loot(x)",
        "insert into loot values(1)",
        "create index by_company on person(company)",
        "drop index person_by_name",
        "drop index change_by_row",
        "create index change_by_row on change(lo)",
    ):
        conn.execute(statement)
    assert len(found(conn)) == 6

    mending.restore_schema(path)

    assert found(conn) == ["the table 'loot' is not of dex"]
    assert conn.execute("select x from loot").fetchone()[0] == 1
