"""The index of words has what the rows say, after anything that can happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dexcli.store import texts
from dexcli.store.connection import Connection
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


@pytest.mark.parametrize("seed", SEEDS)
def test_the_index_equals_one_made_from_scratch_after_anything(conn: Connection, seed: int) -> None:
    world = World(conn, seed)
    for step in range(STEPS):
        if world.act() is None:
            world.wait()
        if step % 4 == 0:
            assert stored(conn) == made_anew(conn)
    assert stored(conn) == made_anew(conn)
    assert all(stored(conn).values())
    assert texts.check(conn) == []
