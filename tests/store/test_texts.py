"""The index of words has what the rows say, after anything that can happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dexcli.store import texts, undo
from dexcli.store.connection import Connection, open_for_reading, open_for_writing, transaction
from support.world import World, in_memory

STEPS, SEEDS = 80, range(12)

Words = list[tuple[str, int, str, int]]


@pytest.fixture
def conn() -> Iterator[Connection]:
    with closing(in_memory()) as conn:
        yield conn


def stored(conn: Connection) -> dict[str, Words]:
    """Every word of the index with its place."""
    found = {}
    for index in texts.INDEXES:
        conn.execute(f"create virtual table temp.places using fts5vocab(main, {index.table}, instance)")
        rows = conn.execute("select term, doc, col, offset from temp.places").fetchall()
        found[index.table] = sorted((row[0], row[1], row[2], row[3]) for row in rows)
        conn.execute("drop table temp.places")
    return found


def made_anew(conn: Connection) -> dict[str, Words]:
    """The same after a rebuild, which is taken back."""
    conn.execute("begin")
    texts.rebuild(conn)
    found = stored(conn)
    conn.execute("rollback")
    return found


@pytest.mark.parametrize("portion", [3, texts.PORTION])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_index_equals_one_made_from_scratch_after_anything(
    conn: Connection, monkeypatch: pytest.MonkeyPatch, seed: int, portion: int
) -> None:
    monkeypatch.setattr(texts, "PORTION", portion)  # as many are held before they are written
    monkeypatch.setattr(undo, "PORTION", portion)
    world = World(conn, seed)
    for step in range(STEPS):
        if world.act() is None:
            world.wait()
        if step % 4 == 0:
            assert stored(conn) == made_anew(conn)
    assert stored(conn) == made_anew(conn)
    assert all(stored(conn).values())
    assert texts.check(conn) == []


def test_what_other_programs_have_changed_is_found_out_and_put_right(conn: Connection) -> None:
    world = World(conn, 1)
    for _ in range(30):
        world.act()
    conn.execute("update person set name = 'Somebody Else' where id = (select min(id) from person)")
    conn.execute("update interaction set title = 'something else' where id = (select min(id) from interaction)")

    assert [found.partition(" ")[0] for found in texts.check(conn)] == ["person_text", "interaction_text"]
    conn.execute("update interaction set title = title, happened_on = '2020-02-02' where title = 'something else'")
    assert len(texts.check(conn)) == 2
    with transaction(conn):
        texts.rebuild(conn)
    assert texts.check(conn) == []


def test_a_file_that_cannot_be_written_can_be_checked(tmp_path: Path) -> None:
    path = tmp_path / "dex.db"
    with closing(open_for_writing(path)) as conn:
        World(conn, 1).add()
    with closing(open_for_reading(path)) as conn:
        assert texts.check(conn) == []


def test_two_programs_that_write_in_turns_keep_one_index(tmp_path: Path) -> None:
    path = tmp_path / "dex.db"
    with closing(open_for_writing(path)) as conn, closing(open_for_writing(path)) as other:
        world, beside = World(conn, 1), World(other, 2)
        for _ in range(20):
            world.act()
            beside.act()
        assert stored(conn) == made_anew(conn)


def test_a_database_of_an_earlier_version_is_indexed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "dex.db"
    with closing(open_for_writing(path)) as conn:
        world = World(conn, 3)
        for _ in range(30):
            world.act()
        expected = stored(conn)
        for index in texts.INDEXES:
            conn.execute(f"drop table {index.table}")
        conn.execute("delete from _sqlite_migrations where name = 'm006_search'")
        conn.execute("pragma user_version = 5")
    with closing(open_for_writing(path)) as conn:
        assert stored(conn) == expected
        assert any(expected.values())
    assert (tmp_path / "backups/dex-before-v6.db").exists()
