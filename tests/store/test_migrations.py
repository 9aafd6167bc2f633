"""Every schema that was ever released can be opened, and is brought up to date or left as it was."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from dexcli.errors import StoreError
from dexcli.store import (
    connection,
    copies,
    migrations,
    schema,
    schema_v1,
    schema_v2,
    schema_v3,
    schema_v4,
    schema_v5,
    schema_v6,
    texts,
)
from dexcli.store.connection import APPLICATION_ID, is_current, open_for_reading, open_for_writing, private_copy
from dexcli.store.journal import LOGICAL
from dexcli.store.version import SCHEMA_VERSION
from support.world import FIRST_DAY

RELEASED = {
    1: (schema_v1.STATEMENTS, "8b290e4a01653bf1428580c7e854c9b4849cb1cb0fa05113a5981199cd3ac03e"),
    2: (schema_v2.STATEMENTS, "4cec2f8658775ffb0722eeca2e308a7a4104b06bf07ee158a37e4dc95e03ad71"),
    3: (schema_v3.STATEMENTS, "8889d4fdd6dab76dcca67f7020d760b035e555bd81900a65dfce326fe305d1af"),
    4: (schema_v4.STATEMENTS, "8fff9ce33d485e6a2f7b36e99e9b6fc1db7e000816d145fe5a356f45f9100786"),
    5: (schema_v5.STATEMENTS, "2476f95ad54ee3f50d208f6c7cefc493d9b35ab7f7313ba360060f9551ee9ce0"),
    6: (schema_v6.STATEMENTS, "1c583bead90ecc1ed4f6aa96f556e271e57f924dc91bca9e689af66a6af3e645"),
}
"""Each schema that people have, with the hash of its statements: a released schema is never edited."""


def shape(conn: sqlite3.Connection) -> list[tuple[str, ...]]:
    return [
        tuple(row) for row in conn.execute("select type, name, tbl_name, sql from sqlite_schema order by type, name")
    ]


def of_version(version: int, path: Path) -> None:
    """Write a database as the program of that schema wrote it."""
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("pragma journal_mode = wal")
        known = Migrations("dexcli")
        known._migrations = migrations.migrations._migrations[:version]
        known.apply(Database(conn, recursive_triggers=False, strict=True))
        conn.execute(f"pragma application_id = {APPLICATION_ID}")
        conn.execute("insert into meta(key, value) values('device', 'from long ago')")
        conn.commit()


@pytest.mark.parametrize("version", RELEASED)
def test_a_released_schema_is_never_edited(version: int) -> None:
    statements, expected = RELEASED[version]

    assert hashlib.sha256("\0".join(statements).encode()).hexdigest() == expected


def test_there_is_a_step_for_every_version() -> None:
    assert len(migrations.migrations._migrations) == SCHEMA_VERSION
    assert set(RELEASED) == set(range(1, SCHEMA_VERSION + 1))


@pytest.mark.parametrize("version", [0, *RELEASED])
def test_every_earlier_schema_becomes_the_present_one(tmp_path: Path, version: int) -> None:
    with closing(open_for_writing(tmp_path / "new.db")) as new:
        expected = shape(new)
    path = tmp_path / "old.db"
    if version:
        of_version(version, path)
    else:
        path.touch()

    with closing(open_for_writing(path)) as conn:
        assert conn.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION
        assert conn.execute("pragma application_id").fetchone()[0] == APPLICATION_ID
        assert shape(conn) == expected
        assert schema.strange(conn) == []
        assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
        kept = conn.execute("select value from meta where key = 'device'").fetchone()
        assert (kept and kept[0]) == ("from long ago" if version else None)
    assert (tmp_path / f"backups/old-before-v{SCHEMA_VERSION}.db").exists() == (0 < version < SCHEMA_VERSION)


@pytest.mark.parametrize("version", RELEASED)
def test_a_backup_of_every_earlier_schema_can_be_put_back(tmp_path: Path, version: int) -> None:
    of_version(version, tmp_path / "old.db")
    path = tmp_path / "dex.db"

    with copies.unpacked(tmp_path / "old.db", path) as (draft, _):
        copies.put_back(path, draft, at=FIRST_DAY, wait=5)

    with closing(open_for_writing(path)) as conn:
        assert schema.strange(conn) == []


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_try_on_an_older_schema_leaves_the_file_as_it_was(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.db"
    of_version(version, path)
    before = (path.read_bytes(), path.stat().st_mtime_ns)

    assert not is_current(path)
    with private_copy(path) as copy:
        assert copy.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION

    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert not (tmp_path / "backups").exists()


def test_whoever_deletes_a_row_that_undo_deletes_finds_what_refers_to_it_by_an_index(tmp_path: Path) -> None:
    with closing(open_for_writing(tmp_path / "dex.db")) as conn:
        found = [
            (table, key["from"], conn.execute(f"explain query plan select 1 from {table} where {key['from']} = 1"))
            for (table,) in conn.execute("select name from sqlite_schema where type = 'table'").fetchall()
            for key in conn.execute(f"pragma foreign_key_list({table})").fetchall()
            if key["table"] in LOGICAL
        ]
        scanned = [(table, column) for table, column, plan in found if "SCAN" in plan.fetchone()["detail"]]

    assert len(found) > 10
    assert scanned == []


def test_every_table_is_strict(tmp_path: Path) -> None:
    with closing(open_for_writing(tmp_path / "dex.db")) as conn:
        loose = {
            row["name"]
            for row in conn.execute("pragma table_list")
            if row["schema"] == "main" and not row["strict"] and row["type"] == "table"  # the others are FTS5's
        }

    assert loose == {"sqlite_schema", "sqlite_sequence"}


# -- a step to come, until there is one ----------------------------------------------------------------


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> Migrations:
    """The program of the next schema: one step more."""
    steps = Migrations("dexcli")
    steps._migrations = list(migrations.migrations._migrations)

    @steps()
    def m_next(db: Database) -> None:
        db.execute("alter table person add column pronouns text")
        db.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")

    monkeypatch.setattr(migrations, "migrations", steps)
    monkeypatch.setattr(connection, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    return steps


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.usefixtures("next_version")
def test_an_older_schema_is_backed_up_and_migrated_by_whoever_opens_it(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "dex.db"
    of_version(SCHEMA_VERSION, path)
    before = os.umask(umask)
    try:
        open_for_reading(path).close()
    finally:
        os.umask(before)

    backup = tmp_path / f"backups/dex-before-v{SCHEMA_VERSION + 1}.db"
    assert backup.parent.stat().st_mode & 0o777 == 0o700
    assert backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as new, closing(sqlite3.connect(backup)) as old:
        assert new.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION + 1
        assert old.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION
        for conn, columns in ((old, 0), (new, 1)):
            assert conn.execute("select value from meta where key = 'device'").fetchone()[0] == "from long ago"
            found = conn.execute("select count(*) from pragma_table_info('person') where name = 'pronouns'").fetchone()
            assert found[0] == columns


@pytest.mark.usefixtures("next_version")
def test_who_comes_second_finds_it_done_and_spares_the_backup(tmp_path: Path) -> None:
    path = tmp_path / "dex.db"
    of_version(SCHEMA_VERSION, path)
    second = connection._connect(path, 5)
    assert connection.checked_version(second, path) == SCHEMA_VERSION

    open_for_writing(path).close()
    connection._migrate(second, path)
    second.close()

    with closing(sqlite3.connect(tmp_path / f"backups/dex-before-v{SCHEMA_VERSION + 1}.db")) as backup:
        assert backup.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION


def test_a_step_that_fails_leaves_the_schema_as_it_was(tmp_path: Path, next_version: Migrations) -> None:
    path = tmp_path / "dex.db"
    of_version(SCHEMA_VERSION, path)

    @next_version()
    def m_broken(db: Database) -> None:
        db.execute("alter table person add column twice text")
        db.execute("alter table person add column twice text")

    with pytest.raises(StoreError):
        open_for_writing(path)

    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION
        found = conn.execute("select name from pragma_table_info('person') where name in ('pronouns', 'twice')")
        assert found.fetchall() == []


def test_the_index_is_made_once_behind_the_last_step(tmp_path: Path, next_version: Migrations) -> None:
    path = tmp_path / "dex.db"
    of_version(5, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(
            "insert into person(uid, handle, name, name_folded, created_at, updated_at, operation_id)"
            " values('1c583bea-90ec-4ed4-8aa9-6f556e271e57', 'ada', 'Ada Lovelace', 'ada lovelace', ?1, ?1, 1)",
            (FIRST_DAY.isoformat(),),
        )

    @next_version()
    def m_changes_words(db: Database) -> None:
        db.execute("update person set handle = 'countess'")

    with closing(open_for_writing(path)) as conn:
        assert conn.execute("select rowid from person_text('countess')").fetchall() != []
        assert texts.check(conn) == []
        assert [row[0] for row in conn.execute("select key from meta")] == ["device"]


# -- a program that is killed on the way -------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from dexcli.store import connection

def kill(statement):
    if statement.startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

path = Path(sys.argv[1])
connection._create_private(path)
conn = connection._connect(path, 5)
conn.execute("pragma journal_mode = wal")
conn.set_trace_callback(kill)
connection._migrate(conn, path)
"""


@pytest.mark.parametrize(
    "statement",
    [
        "begin immediate",
        "CREATE TABLE",  # the steps themselves are remembered in a table
        "create table meta",
        "create index person_by_name",
        "create table shown",
        "pragma user_version = 1",
        "INSERT INTO",
        "pragma application_id",
        "commit",
    ],
)
def test_a_program_killed_while_it_migrates_leaves_a_database_that_opens(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "dex.db"

    killed = subprocess.run([sys.executable, "-c", KILLED, path, statement], check=False)

    assert killed.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("pragma user_version").fetchone()[0] == 0
    with closing(open_for_writing(path)) as conn:
        assert conn.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION
        assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"


def test_programs_that_create_a_database_at_once_all_succeed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from dexcli.store.connection import open_for_writing;"
        " open_for_writing(Path(sys.argv[1]))"
    )
    path = tmp_path / "new" / "dex.db"

    together = [
        subprocess.Popen([sys.executable, "-c", script, path], stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]

    assert [(one.communicate()[1], one.returncode) for one in together] == [("", 0)] * 6
    with closing(open_for_writing(path)) as conn:
        assert conn.execute("select count(*) from _sqlite_migrations").fetchone()[0] == SCHEMA_VERSION
