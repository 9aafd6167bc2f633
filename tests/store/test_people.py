"""Rows of people."""

from __future__ import annotations

from pathlib import Path

from dexcli.store import people
from dexcli.store.connection import open_for_writing
from dexcli.store.journal import operation
from support.world import FIRST_DAY


def test_namesakes_get_handles_in_order(tmp_path: Path) -> None:
    conn = open_for_writing(tmp_path / "dex.db")
    with operation(conn, now=FIRST_DAY, command="add") as op:
        ids = [people.add(op, "John Smith") for _ in range(40)]
        handles = [person.handle for person in people.briefs(conn, ids).values()]
    assert handles == ["john-smith", *(f"john-smith-{number}" for number in range(2, 41))]
    conn.close()
