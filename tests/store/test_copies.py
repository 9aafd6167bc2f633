"""Copies of the database: whatever was done before and comes after, a backup that is put back is the state it was."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dexcli.errors import LockedError, StoreError
from dexcli.services import copies as services
from dexcli.services.invocation import Invocation
from dexcli.store import connection, copies
from dexcli.store.connection import Connection, open_for_reading, open_for_writing
from support.world import FIRST_DAY, World, logical

SEEDS = range(8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dex.db"


@pytest.fixture
def conn(path: Path) -> Iterator[Connection]:
    with closing(open_for_writing(path)) as conn:
        yield conn


def put_back(path: Path, source: Path, at: datetime = FIRST_DAY) -> Path | None:
    with copies.unpacked(source, path) as (draft, _):
        return copies.put_back(path, draft, at=at, wait=5)


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(open_for_reading(path)) as conn:
        return logical(conn)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_backup_can_be_put_back_and_what_it_replaces_as_well(path: Path, conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    taken = []
    for number in range(4):
        for _ in range(world.random.choice([1, 10, 30])):
            if world.act() is None:
                world.wait()
        backup, held = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY + timedelta(days=number))
        assert held.people == conn.execute("select count(*) from person").fetchone()[0]
        taken.append((backup, logical(conn)))
    world.random.shuffle(taken)
    for backup, rows in taken:
        before = logical(conn)
        kept = put_back(path, backup)
        assert logical(conn) == rows, "whoever has it open sees the restored one"
        assert kept is not None
        assert rows_of(kept) == before
        again = put_back(path, kept)
        assert logical(conn) == before
        assert again is not None
        put_back(path, backup)
        world = World(conn, seed + 100)
        world.act()


def test_a_backup_needs_nothing_beside_it_and_holds_no_rests(path: Path, conn: Connection) -> None:
    conn.execute("insert into meta(key, value) values('device', 'x'), ('gone', 'a word that was deleted')")
    conn.execute("delete from meta where key = 'gone'")
    backup, _ = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)
    assert [one.name for one in backup.parent.iterdir()] == ["dex-2026-01-31T090000.db"]
    assert b"a word that was deleted" not in backup.read_bytes()
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("pragma journal_mode").fetchone()[0] == "delete"


def test_a_backup_that_another_run_takes_away_at_once_has_been_looked_at(
    path: Path, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    World(conn, 1).add()
    conn.execute("create view friend as select * from person")
    publish = copies._publish

    def publish_and_lose(file: int, draft: Path, final: Path, **how: bool) -> None:
        publish(file, draft, final, **how)
        final.unlink()

    monkeypatch.setattr(copies, "_publish", publish_and_lose)
    made = services.back_up(path, Invocation(now=FIRST_DAY, command="backup"), None, None)
    assert made.report.refused == ["the view 'friend' is not of dex"]


@pytest.mark.usefixtures("conn")
@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_only_the_owner_can_read_a_backup(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        backup, _ = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)
    finally:
        os.umask(before)
    assert backup.stat().st_mode & 0o777 == 0o600
    assert backup.parent.stat().st_mode & 0o777 == 0o700


def test_a_backup_is_taken_while_another_writes_and_holds_what_was_committed(path: Path, conn: Connection) -> None:
    conn.execute("insert into meta(key, value) values('one', 'committed')")
    conn.execute("begin immediate")
    conn.execute("insert into meta(key, value) values('two', 'not yet')")
    backup, _ = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)
    conn.execute("commit")
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("select key from meta where key in ('one', 'two')").fetchall() == [("one",)]


def test_who_writes_is_waited_for_and_nothing_changes_where_that_takes_too_long(path: Path, conn: Connection) -> None:
    World(conn, 1).add()
    backup, _ = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)
    World(conn, 2).add()
    before = logical(conn)
    conn.execute("begin immediate")
    with copies.unpacked(backup, path) as (draft, _), pytest.raises(LockedError):
        copies.put_back(path, draft, at=FIRST_DAY, wait=0.1)
    conn.execute("rollback")
    assert logical(conn) == before
    assert len(list(backup.parent.iterdir())) == 1


def test_a_reader_keeps_what_it_saw_until_it_looks_again(path: Path, conn: Connection) -> None:
    World(conn, 1).add()
    backup, _ = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)
    World(conn, 2).add()
    with closing(open_for_reading(path)) as reader:
        reader.execute("begin")
        seen = logical(reader)
        put_back(path, backup)
        assert logical(reader) == seen
        reader.execute("commit")
        assert logical(reader) == rows_of(backup)


@pytest.mark.parametrize("page_size", [1024, 8192])
def test_pages_of_another_length_are_no_hindrance(path: Path, tmp_path: Path, page_size: int) -> None:
    with closing(open_for_writing(path)) as conn:
        World(conn, 1).add()
    backup, _ = copies.back_up(path, tmp_path, at=FIRST_DAY)
    with closing(sqlite3.connect(backup, isolation_level=None)) as other:
        other.execute(f"pragma page_size = {page_size}")
        other.execute("vacuum")
        assert other.execute("pragma page_size").fetchone()[0] == page_size
    with closing(open_for_writing(path)) as conn:
        World(conn, 2).add()
    put_back(path, backup)
    assert rows_of(path) == rows_of(backup)


@pytest.mark.parametrize("damage", ["strewn", "cut", "emptied", "first page"])
def test_a_damaged_database_is_replaced_and_kept(path: Path, tmp_path: Path, damage: str) -> None:
    with closing(open_for_writing(path)) as conn:
        World(conn, 1).add()
    backup, _ = copies.back_up(path, tmp_path / "b.db", at=FIRST_DAY)
    data = bytearray(path.read_bytes())
    if damage == "strewn":
        data[4096:20000] = b"\xaa" * (20000 - 4096)
    elif damage == "cut":
        del data[10_000:]
    elif damage == "first page":
        data[100:4096] = b"\xff" * 3996
    else:
        data.clear()
    path.write_bytes(data)
    copies.refuse_foreign(path)
    kept = put_back(path, backup)
    assert rows_of(path) == rows_of(backup)
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert (kept is None) == (damage == "emptied")
    if kept is not None:
        assert kept.read_bytes()[4096:10_000] == bytes(data[4096:10_000])


def test_the_log_of_a_database_that_was_moved_away_is_not_mixed_with_the_restored_one(path: Path) -> None:
    conn = open_for_writing(path)
    World(conn, 1).add()
    backup, _ = copies.back_up(path, path.parent / "b.db", at=FIRST_DAY)
    World(conn, 2).add()
    log = path.with_name("dex.db-wal").read_bytes()
    conn.close()
    path.unlink()
    path.with_name("dex.db-wal").write_bytes(log)
    put_back(path, backup)
    assert rows_of(path) == rows_of(backup)
    assert path.with_name("dex.db-wal.of-another").read_bytes() == log


@pytest.mark.parametrize("at", range(100, 60_000, 7_919))
def test_a_damaged_backup_replaces_nothing(path: Path, tmp_path: Path, at: int) -> None:
    with closing(open_for_writing(path)) as conn:
        World(conn, 1).add()
        backup, _ = copies.back_up(path, tmp_path / "b.db", at=FIRST_DAY)
        before = logical(conn)
        data = bytearray(backup.read_bytes())
        data[at : at + 6000] = b"\x5a" * 6000
        backup.write_bytes(data)
        with pytest.raises(StoreError, match="damaged"):
            put_back(path, backup)
        assert logical(conn) == before


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("pragma application_id = 7", "not_a_database"),
        ("pragma user_version = 99", "newer_schema"),
        ("pragma foreign_keys = off; delete from person", "damaged"),
    ],
)
def test_what_is_no_sound_backup_of_ours_is_refused(path: Path, tmp_path: Path, statement: str, code: str) -> None:
    with closing(open_for_writing(path)) as conn:
        World(conn, 1).add()
        backup, _ = copies.back_up(path, tmp_path / "b.db", at=FIRST_DAY)
        with closing(sqlite3.connect(backup)) as other:
            other.executescript(statement)
        before = logical(conn)
        with pytest.raises(StoreError) as refused:
            put_back(path, backup)
        assert refused.value.code == code
        assert str(backup) in refused.value.message
        assert logical(conn) == before


def test_a_damaged_database_is_not_backed_up(path: Path) -> None:
    with closing(open_for_writing(path)) as conn:
        World(conn, 1).add()
    data = bytearray(path.read_bytes())
    data[8192:] = b"\x5a" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)
    assert list(copies.folder_of(path).iterdir()) == []


def test_only_the_dated_backups_of_this_database_are_found(path: Path, conn: Connection, tmp_path: Path) -> None:
    World(conn, 1).add()
    folder = copies.folder_of(path)
    taken = [copies.back_up(path, folder, at=FIRST_DAY)[0] for _ in range(11)]
    taken.append(copies.back_up(path, folder, at=FIRST_DAY + timedelta(seconds=1))[0])
    copies.back_up(path, folder / "dex-of-mine.db", at=FIRST_DAY)
    (folder / "dex-2020-01-01T000000.db").write_text("notes")
    other = tmp_path / "other/dex.db"
    with closing(open_for_writing(other)) as another:
        World(another, 2).add()
    copies.back_up(other, folder / "dex-2020-01-02T000000.db", at=FIRST_DAY)
    device = conn.execute("select value from meta where key = 'device'").fetchone()[0]
    assert copies.dated(path, folder, device) == taken
    assert [one for one in copies.known(path) if one in taken] == taken
    assert copies.dated(path, folder, None) == []


@pytest.mark.parametrize("name", ["dex.db", "before-v2.db", "a.before-v2", "x-replaced.db", "2026-01-01T000000.db"])
def test_a_database_may_be_called_as_copies_are(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with closing(open_for_writing(path)) as conn:
        World(conn, 1).add()
    taken = [copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)[0] for _ in range(2)]
    kept = put_back(path, taken[0])
    copies.keep_before_migration(path, 7)
    device = copies._device(path)
    assert copies.dated(path, copies.folder_of(path), device) == taken
    made = {one.path.name.removeprefix(path.stem): one.made_by for one in copies.listed(path, None)}
    assert made == {
        "-before-v7.db": "migration",
        "-2026-01-31T090000-replaced.db": "restore",
        "-2026-01-31T090000-2.db": "backup",
        "-2026-01-31T090000.db": "backup",
    }
    assert kept is not None
    assert {copies.made_at(one, FIRST_DAY.tzinfo) for one in (*taken, kept)} == {FIRST_DAY}


def test_a_name_that_is_taken_meanwhile_is_never_overwritten(path: Path, tmp_path: Path) -> None:
    final = tmp_path / "x.db"
    with copies._draft(tmp_path, "dex") as (draft, file):
        final.write_text("of another")
        with pytest.raises(FileExistsError):
            copies._publish(file, draft, final)
    assert final.read_text() == "of another"
    assert copies.leftovers(path) == []


def test_what_a_killed_run_leaves_is_told_from_what_is_being_written(path: Path) -> None:
    left = path.with_name(".dex.abc123.part")
    left.touch()
    left.with_name(".dex.abc123.part-journal").touch()
    with copies._draft(path.parent, "dex") as (draft, _):
        assert copies.leftovers(path) == [left, left.with_name(".dex.abc123.part-journal")]
        assert draft.exists()


def test_only_one_restores_at_a_time(path: Path, conn: Connection) -> None:
    World(conn, 1).add()
    backup, _ = copies.back_up(path, copies.folder_of(path), at=FIRST_DAY)
    with (
        connection.sole_run(path, wait=0),
        copies.unpacked(backup, path) as (draft, _),
        pytest.raises(LockedError, match="an import"),
    ):
        copies.put_back(path, draft, at=FIRST_DAY, wait=0)
